"""Span tables: building them, and reading tags by the million as tags_to_spans reads them one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_strategies import LABELS, any_tags, document, with_characters

from onoma.metrics.spans import (
    SpanTable,
    align_labels,
    encode_tags,
    spans_from_documents,
    spans_from_tag_ids,
    spans_from_tags,
    spans_from_tokens,
)
from onoma.tags import SCHEMES, get_scheme, tags_to_spans


def rows_of(table: SpanTable) -> list[tuple[int, int, int, str]]:
    columns = (table.document_ids, table.starts, table.ends, table.label_ids)
    return [
        (where, start, end, table.labels[label])
        for where, start, end, label in zip(*(column.tolist() for column in columns), strict=True)
    ]


def expected_rows(sentences: list[list[str]], scheme: str) -> list[tuple[int, int, int, str]]:
    return [
        (index, *span)
        for index, tags in enumerate(sentences)
        for span in tags_to_spans(tags, get_scheme(scheme))
    ]


@pytest.mark.parametrize("name", SCHEMES)
@given(data=st.data())
def test_tags_are_read_as_by_tags_to_spans(name: str, data: st.DataObject) -> None:
    scheme = SCHEMES[name]
    sentences = data.draw(st.lists(any_tags(scheme), max_size=6))
    assert rows_of(spans_from_tags(sentences, scheme)) == expected_rows(sentences, name)


@pytest.mark.parametrize("name", SCHEMES)
@given(
    sentences=st.lists(
        st.lists(
            st.sampled_from(
                ["O", "B-A", "I-A", "E-A", "S-A", "L-A", "U-A", "B-B", "X-A", "A", "B-", "-A", "I-A-B"]
            )
        ),
        max_size=4,
    )
)
def test_tags_of_other_schemes_are_read_as_by_tags_to_spans(name: str, sentences: list[list[str]]) -> None:
    assert rows_of(spans_from_tags(sentences, SCHEMES[name])) == expected_rows(sentences, name)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_tag_ids_of_any_integer_type_are_read(dtype: type[np.integer]) -> None:
    scheme = SCHEMES["BIO"]
    tags = scheme.tags(LABELS)
    ids = np.array([1, 2, 0, 2, 5, 6], dtype=dtype)
    table = spans_from_tag_ids(ids, np.array([0, 2, 2, 6]), tags, scheme)
    assert rows_of(table) == [(0, 0, 2, "LOC"), (2, 1, 2, "LOC"), (2, 2, 4, "PER")]
    assert table.num_documents == 3


def test_an_entity_does_not_run_on_into_the_next_sentence() -> None:
    assert rows_of(spans_from_tags([["B-X", "I-X"], [], ["I-X"]], SCHEMES["BIO"])) == [
        (0, 0, 2, "X"),
        (2, 0, 1, "X"),
    ]


@pytest.mark.parametrize(
    ("ids", "offsets", "message"),
    [
        ([0, 9], [0, 2], "tag_ids"),
        ([0, -1], [0, 2], "tag_ids"),
        ([0, 0], [0, 1], "offsets"),
        ([0], [1], "offsets"),
    ],
)
def test_tag_ids_and_offsets_out_of_range_are_refused(
    ids: list[int], offsets: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        spans_from_tag_ids(np.array(ids), np.array(offsets), ["O", "B-X"], SCHEMES["BIO"])


def test_tags_keep_the_numbers_they_are_given() -> None:
    ids, offsets, tags = encode_tags([["B-X", "O"], [], ["I-X"]], tags=["O", "I-X"])
    assert tags == ("O", "I-X", "B-X")
    assert ids.tolist() == [2, 0, 1]
    assert offsets.tolist() == [0, 2, 2, 3]


def test_more_than_a_byte_of_tags_can_be_numbered() -> None:
    sentence = [f"B-{number}" for number in range(300)]
    assert len(spans_from_tags([sentence], SCHEMES["BIO"])) == 300


def test_documents_become_character_spans_with_scores() -> None:
    plain = document("Ann met Bob", [(0, 1, "PER"), (2, 3, "PER")])
    scored = with_characters(plain, [(0, 7, "ORG"), (0, 3, "PER")], score=0.5)
    table = spans_from_documents([plain, document("no one", []), scored])
    assert rows_of(table) == [(0, 0, 3, "PER"), (0, 8, 11, "PER"), (2, 0, 7, "ORG"), (2, 0, 3, "PER")]
    assert table.scores is not None
    np.testing.assert_array_equal(table.scores, [np.nan, np.nan, 0.5, 0.5])
    assert spans_from_documents([plain]).scores is None


def test_nothing_gives_an_empty_table() -> None:
    for table in (spans_from_documents([]), spans_from_tokens([]), spans_from_tags([], SCHEMES["BIO"])):
        assert (len(table), table.num_documents, table.labels) == (0, 0, ())


def test_tables_are_aligned_on_all_labels() -> None:
    gold, predicted = spans_from_tokens([[(0, 1, "B")]]), spans_from_tokens([[(0, 1, "C"), (1, 2, "A")]])
    gold, predicted = align_labels(gold, predicted)
    assert gold.labels == predicted.labels == ("A", "B", "C")
    assert rows_of(gold) == [(0, 0, 1, "B")]
    assert rows_of(predicted) == [(0, 0, 1, "C"), (0, 1, 2, "A")]


def test_labels_that_are_missing_are_named() -> None:
    with pytest.raises(ValueError, match="'B'"):
        spans_from_tokens([[(0, 1, "B")]]).with_labels(("A",))


@pytest.mark.parametrize(
    "change",
    [
        {"document_ids": np.array([1])},
        {"label_ids": np.array([-1])},
        {"starts": np.array([-1])},
        {"ends": np.array([0])},
        {"ends": np.array([1, 2])},
        {"scores": np.array([0.5, 0.5])},
        {"labels": ("X", "X")},
    ],
)
def test_columns_that_cannot_be_are_refused(change: dict[str, object]) -> None:
    one = np.array([1])
    columns: dict[str, object] = {
        "document_ids": one - 1,
        "starts": one,
        "ends": one + 1,
        "label_ids": one - 1,
    }
    columns |= {"labels": ("X",), "num_documents": 1, "scores": None} | change
    with pytest.raises(ValueError, match=r"column|scores|labels|ids|span"):
        SpanTable(**columns)  # type: ignore[arg-type]
