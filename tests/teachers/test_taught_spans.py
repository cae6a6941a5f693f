"""How teachers' answers about whole spans are put on tokens, renamed, averaged, kept and read."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.decode.nested import SpanDecoder
from onoma.errors import DataError
from onoma.readers.label_map import LabelMap
from onoma.teachers.form import get_form
from onoma.teachers.shards import Shard, read_shard, write_shard
from onoma.teachers.spans import (
    TaughtSpan,
    average_spans,
    entities_of_spans,
    nested_spans,
    renamed_spans,
)
from onoma.teachers.tables import SpanTable
from onoma.text import Document, Span
from onoma.tokenize import tokenize_document

LABELS = ("LOC", "ORG", "PER")
LENGTH = 6


@st.composite
def said(draw: st.DrawFn) -> list[TaughtSpan]:
    """Probabilities of labels of some spans, with a sum of 1 at most in each."""
    places = [(first, end) for first in range(LENGTH) for end in range(first + 1, LENGTH + 1)]
    spans: list[TaughtSpan] = []
    for first, end in sorted(draw(st.sets(st.sampled_from(places), max_size=6))):
        labels = sorted(draw(st.sets(st.sampled_from(LABELS), min_size=1)))
        whole = draw(st.floats(0.01, 1.0))
        shares = [draw(st.floats(0.1, 1.0)) for _ in labels]
        spans += [
            (first, end, label, whole * share / sum(shares))
            for label, share in zip(labels, shares, strict=True)
        ]
    return spans


def sums(spans: list[TaughtSpan]) -> dict[tuple[int, int], float]:
    found: dict[tuple[int, int], float] = defaultdict(float)
    for first, end, _, value in spans:
        found[first, end] += value
    return found


@given(said())
def test_renaming_adds_what_is_merged_and_drops_the_rest(spans: list[TaughtSpan]) -> None:
    merged = renamed_spans(spans, LabelMap({"PER": "X", "ORG": "X", "LOC": ""}))
    assert {label for _, _, label, _ in merged} <= {"X"}
    wanted = sums([span for span in spans if span[2] != "LOC"])
    assert sums(merged) == pytest.approx(wanted)
    same = renamed_spans(spans, LabelMap())
    assert [span[:3] for span in same] == [span[:3] for span in spans]
    assert [span[3] for span in same] == pytest.approx([span[3] for span in spans])


def test_of_more_than_one_each_label_has_its_share() -> None:
    spans = [(0, 2, "PER", 0.9), (0, 2, "PERSON", 0.6), (1, 2, "LOC", 1.0), (1, 2, "PER", 1.0)]
    found = renamed_spans(spans, LabelMap({"PERSON": "PER"}))
    assert found == [(0, 2, "PER", 1.0), (1, 2, "LOC", 0.5), (1, 2, "PER", 0.5)]


@given(st.lists(said(), min_size=1, max_size=4))
def test_the_average_is_a_mean_and_blind_to_order(answers: list[list[TaughtSpan]]) -> None:
    mean = average_spans(answers)
    wanted: Counter[tuple[int, int, str]] = Counter()
    for first, end, label, value in (span for spans in answers for span in spans):
        wanted[first, end, label] += value / len(answers)
    assert {span[:3]: span[3] for span in mean} == pytest.approx(dict(wanted))
    assert max(sums(mean).values(), default=0) <= 1 + 1e-9
    again = average_spans(answers[::-1])
    assert [span[:3] for span in again] == [span[:3] for span in mean]
    assert [span[3] for span in again] == pytest.approx([span[3] for span in mean])


@given(said(), st.booleans())
def test_entities_are_those_that_a_model_would_find(spans: list[TaughtSpan], nested: bool) -> None:
    shares = np.zeros((1, LENGTH, LENGTH, 4))
    shares[..., 0] = 1
    for first, end, label, value in spans:
        shares[0, first, end - first - 1, LABELS.index(label) + 1] = value
        shares[0, first, end - first - 1, 0] -= value
    emissions = np.log(shares.clip(1e-9)).astype(np.float32)
    best = np.sort(shares, axis=-1)
    if (best[..., -1] - best[..., -2] < 1e-5).any():
        return  # in single precision either may be the best
    tops = np.sort([best[0, first, end - first - 1, -1] for first, end in sums(spans)])
    if (np.diff(tops) < 1e-5).any():
        return
    decoded = SpanDecoder(LABELS, nested=nested).decode(emissions, np.array([LENGTH]))
    wanted = sorted((one.start, one.end, one.label) for one in decoded)
    found = entities_of_spans(spans, nested=nested)
    assert [span[:3] for span in found] == wanted


def test_entities_in_one_another_are_kept() -> None:
    document = tokenize_document(Document("d", "Bank of New York. She left."))
    entities = [
        Span(0, 16, "ORG", "Bank of New York", 0.8),
        Span(8, 16, "LOC", "New York"),
        Span(8, 16, "LOC", "New York", 0.4),
        Span(12, 21, "LOC", "York. She", 0.9),
    ]
    notes: Counter[str] = Counter()
    found = nested_spans(document, entities, 0.7, notes)
    assert found == [(0, 4, "ORG", 0.8), (2, 4, "LOC", 0.7)]
    assert sum(notes.values()) == 1, notes


@given(st.lists(said(), min_size=1, max_size=3))
def test_written_and_read(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[TaughtSpan]]
) -> None:
    words = [[f"w{place}" for place in range(LENGTH)] for _ in sentences]
    moved = [
        (LENGTH * place + first, LENGTH * place + end, label, value)
        for place, spans in enumerate(sentences)
        for first, end, label, value in spans
    ]
    table = SpanTable.of(moved, LENGTH * len(sentences), LABELS)
    path = tmp_path_factory.mktemp("shards") / "0.safetensors"
    write_shard(path, Shard([words], [False], table))
    found = read_shard(path, len(LABELS), SpanTable)
    for one, other in zip(found.targets.arrays().values(), table.arrays().values(), strict=True):
        np.testing.assert_array_equal(one, other)
    form = get_form("spans")
    read = list(form.entities(found.targets, found.lengths, LABELS, nested=True))
    rounded = [[(*span[:3], float(np.float16(span[3]))) for span in spans] for spans in sentences]
    assert read == [entities_of_spans(spans, nested=True) for spans in rounded]
    sure = form.sureness(found.targets, found.lengths)
    wanted = [
        min(
            (
                max(1 - whole, *(value for *span, _, value in spans if tuple(span) == place))
                for place, whole in sums(spans).items()
            ),
            default=1.0,
        )
        for spans in rounded
    ]
    assert sure.tolist() == pytest.approx(wanted)


def test_what_is_said_of_some_words_can_be_taken() -> None:
    table = SpanTable.of([(0, 1, "PER", 0.5), (0, 3, "ORG", 0.75), (2, 3, "LOC", 1.0)], 4, LABELS)
    taken = table.take(np.array([2, 3, 0]))
    assert taken.counts.tolist() == [1, 0, 2]
    assert (taken.labels.tolist(), taken.less.tolist()) == ([0, 2, 1], [0, 0, 2])
    joined = SpanTable.join([table, taken])
    np.testing.assert_array_equal(joined.take(np.arange(4, 7)).values, taken.values)
    assert table.keep(table.less < 1).counts.tolist() == [1, 0, 1, 0]
    assert len(SpanTable.of([(0, 1, "PER", 0.0009)], 1, LABELS).values) == 0


@pytest.mark.parametrize(
    "damage", ["beyond its sentence", "label", "order", "parts", "probability", "more than 1"]
)
def test_damage_is_found(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "0.safetensors"
    counts, less, labels, values = (
        np.array([2, 0, 0], np.uint32), np.array([0, 1], np.uint16),
        np.array([2, 0], np.uint16), np.array([0.5, 0.5], np.float16),
    )  # fmt: skip
    shard = Shard([[["a", "b"], ["c"]]], [False], SpanTable(counts, less, labels, values))
    write_shard(path, shard)
    assert read_shard(path, 3, SpanTable).targets.labels.tolist() == [2, 0]
    if damage == "beyond its sentence":
        less[1] = 2
    elif damage == "label":
        labels[0] = 3
    elif damage == "order":
        less[:] = [1, 0]
    elif damage == "parts":
        counts[0] = 3
    elif damage == "more than 1":
        less[:], labels[:], values[:] = [1, 1], [0, 2], [0.6, 0.5]
    else:
        values[0] = np.nan
    write_shard(path, shard)
    with pytest.raises(DataError, match=r"0\.safetensors"):
        read_shard(path, 3, SpanTable)
