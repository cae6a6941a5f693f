"""Token-level scores against scikit-learn, and tags written for many documents at once."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_strategies import LABELS, document, tag_pairs, with_characters
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score  # type: ignore[import-untyped]

from onoma.metrics.confusion import tag_confusion
from onoma.metrics.spans import encode_tags, spans_from_documents
from onoma.metrics.tagging import tag_ids_of_spans, tokens_of_documents
from onoma.metrics.tokens import batch_macro_f1, macro_f1, token_accuracy, token_scores
from onoma.tags import SCHEMES, Scheme, spans_to_tags
from onoma.tags.flatten import flatten_spans
from onoma.text import Document, document_from_sentences

BIO = SCHEMES["BIO"]
Sentences = list[list[str]]


def sklearn_macro(gold: list[str], predicted: list[str]) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(f1_score(gold, predicted, average="macro", zero_division=0))


def flat(sentences: Sentences) -> list[str]:
    return [tag for sentence in sentences for tag in sentence]


@given(tag_pairs(BIO), st.integers(1, 3))
def test_scores_equal_those_of_sklearn(pair: tuple[Sentences, Sentences], batch_sentences: int) -> None:
    tags = BIO.tags(LABELS)
    (gold, offsets, _), (predicted, _, _) = (encode_tags(side, tags) for side in pair)
    scores = token_scores(gold, predicted, offsets, len(tags))
    assert scores.accuracy == pytest.approx(accuracy_score(flat(pair[0]), flat(pair[1])))
    assert scores.macro_f1 == pytest.approx(sklearn_macro(flat(pair[0]), flat(pair[1])))
    batches = [
        sklearn_macro(*(flat(side[first : first + batch_sentences]) for side in pair))
        for first in range(0, len(pair[0]), batch_sentences)
    ]
    ours = batch_macro_f1(gold, predicted, offsets, len(tags), batch_sentences)
    assert ours == pytest.approx(sum(batches) / len(batches))
    confusion = tag_confusion(gold, predicted, tags)
    np.testing.assert_array_equal(
        confusion.counts, confusion_matrix(flat(pair[0]), flat(pair[1]), labels=list(confusion.rows))
    )


def test_a_batch_is_eight_sentences_and_the_last_counts_the_same() -> None:
    gold, offsets = np.zeros(9, dtype=np.int64), np.arange(10)
    predicted = gold.copy()
    predicted[8] = 1  # the ninth sentence: all wrong, two tags present
    assert batch_macro_f1(gold, predicted, offsets, 2) == 0.5
    assert token_scores(gold, predicted, offsets, 2).batch_macro_f1 == 0.5


def test_a_batch_without_tokens_does_not_count() -> None:
    ones = np.ones(2, dtype=np.int64)
    assert batch_macro_f1(ones, ones, np.array([0, 1, 1, 2]), 2, batch_sentences=1) == 1.0


def test_no_tokens_give_zero() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert token_scores(none, none, np.zeros(1, dtype=np.int64), 3).as_dict() == {
        "accuracy": 0.0,
        "macro_f1": 0.0,
        "batch_macro_f1": 0.0,
    }


def test_a_token_without_prediction_is_refused() -> None:
    two, three = np.zeros(2, dtype=np.int64), np.zeros(3, dtype=np.int64)
    with pytest.raises(ValueError, match="2 tokens, predicted 3"):
        token_accuracy(two, three)
    with pytest.raises(ValueError, match="2 tokens, predicted 3"):
        macro_f1(two, three, 1)
    with pytest.raises(ValueError, match="shape"):
        tag_confusion(two, three, ["O"])


@st.composite
def flat_documents(draw: st.DrawFn) -> tuple[Document, list[tuple[int, int, int, str]]]:
    """A document of sentences with flat entities, and these as (sentence, first, end, label)."""
    lengths = draw(st.lists(st.integers(1, 7), min_size=1, max_size=3))
    spans = []
    for sentence, length in enumerate(lengths):
        place = 0
        while place < length:
            size = draw(st.integers(0, 3))
            if size:
                spans.append((sentence, place, min(length, place + size), draw(st.sampled_from(LABELS[:2]))))
            place += max(size, 1)
    words = [["ab"] * length for length in lengths]
    return document_from_sentences("d", words, spans), spans


@pytest.mark.parametrize("name", SCHEMES)
@given(rows=st.lists(flat_documents(), max_size=3))
def test_tags_are_written_as_by_spans_to_tags(
    name: str, rows: list[tuple[Document, list[tuple[int, int, int, str]]]]
) -> None:
    scheme = SCHEMES[name]
    documents = [source for source, _ in rows]
    expected = []
    for source, spans in rows:
        for index, (first, end) in enumerate(source.sentences):
            own = [span[1:] for span in spans if span[0] == index]
            expected.extend(spans_to_tags(own, end - first, scheme))
    assert tags_of(documents, scheme) == expected


def tags_of(documents: list[Document], scheme: Scheme = BIO) -> list[str]:
    spans, tokens = spans_from_documents(documents), tokens_of_documents(documents)
    tags = scheme.tags(spans.labels)
    return [tags[index] for index in tag_ids_of_spans(spans, tokens, scheme).tolist()]


@pytest.mark.parametrize(
    ("spans", "tags"),
    [
        ([(0, 12, "X"), (4, 7, "Y")], "B-X I-X I-X"),  # the outermost
        ([(0, 7, "X"), (4, 12, "Y")], "B-X I-X O"),  # of two that cross and are as long, the first
        ([(0, 3, "X"), (0, 7, "Y"), (4, 12, "X")], "B-Y I-Y O"),
        ([(1, 5, "X")], "B-X I-X O"),  # touched tokens count in full
        ([(4, 5, "X"), (6, 12, "Y")], "O B-Y I-Y"),  # a token touched twice is the longer one's
        ([(4, 5, "X"), (6, 7, "Y")], "O B-X O"),  # ... or the first one's
        ([(3, 4, "X")], "O O O"),  # between the tokens
        ([(0, 3, "X"), (0, 3, "Y")], "B-X O O"),  # the same place twice
    ],
)
def test_spans_that_do_not_fit_the_tokens(spans: list[tuple[int, int, str]], tags: str) -> None:
    assert tags_of([with_characters(document("abc def ghij", []), spans)]) == tags.split(" ")


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4), st.sampled_from(LABELS)), max_size=6))
def test_overlapping_spans_are_written_as_flatten_spans_chooses(rows: list[tuple[int, int, str]]) -> None:
    spans = [(first, min(7, first + length), label) for first, length, label in rows]
    chosen = [spans[index] for index in flatten_spans(spans)]
    assert tags_of([document("a bc d ef g hi j", spans)] * 2) == spans_to_tags(chosen, 7, BIO) * 2


def test_documents_without_tokens_or_sentences_stand_between_others() -> None:
    whole = document("abc def", [(1, 2, "X")])
    bare = Document("bare", "abc def", entities=whole.entities)
    unsplit = Document("unsplit", whole.text, whole.tokens, (), whole.entities)
    assert tags_of([bare, whole, bare, unsplit, bare]) == ["O", "B-X", "O", "B-X"]
    assert tokens_of_documents([bare, whole, unsplit]).sentence_offsets.tolist() == [0, 0, 2, 4]
    assert tags_of([]) == []


def test_an_entity_over_a_sentence_end_goes_on() -> None:
    source = document_from_sentences("d", [["ab", "cd"], ["ef"]])
    spanning = with_characters(source, [(3, 8, "X")])
    assert tags_of([spanning]) == ["O", "B-X", "I-X"]
