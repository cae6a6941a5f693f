import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.features.examples import CUT, Examples, cut_sentence, prepare_examples
from onoma.features.labelling import TagLabelling
from onoma.features.pieces import PieceFeatures
from onoma.features.tokenizer_training import train_bpe
from onoma.features.vocabulary import Vocabulary
from onoma.features.words import WordFeatures
from onoma.tags import get_scheme, tags_to_spans
from onoma.text import Document, document_from_sentences

SCHEME = get_scheme("BIOES")
TAGS = SCHEME.tags(["LOC", "PER"])
LABELLING = TagLabelling(TAGS, SCHEME)


def word_features() -> WordFeatures:
    return WordFeatures(Vocabulary([], []))


def document(length: int, spans: list[tuple[int, int, str]]) -> Document:
    words = [f"w{number}" for number in range(length)]
    return document_from_sentences("d", [words], [(0, *span) for span in spans])


def taught(examples: Examples) -> list[tuple[int, int, str]]:
    """The spans of all examples, in tokens of the documents in a row."""
    spans, base = [], 0
    for target in examples.targets:
        found = tags_to_spans([TAGS[tag] for tag in target], SCHEME)
        spans += [(base + start, base + end, label) for start, end, label in found]
        base += len(target)
    return spans


@st.composite
def sentences(draw):
    spans, position = [], 0
    for _ in range(draw(st.integers(0, 8))):
        start = position + draw(st.integers(0, 6))
        position = start + draw(st.integers(1, 9))
        spans.append((start, position, draw(st.sampled_from(["LOC", "PER"]))))
    return position + draw(st.integers(1, 9)), spans


@given(sentences(), st.integers(1, 12))
def test_no_token_and_no_entity_is_lost(sentence, window) -> None:
    length, spans = sentence
    examples = prepare_examples([document(length, spans)], word_features(), LABELLING, window=window)
    assert examples.num_tokens == length
    assert np.concatenate(examples.rows).tolist() == list(range(length))
    assert examples.lengths.max() <= window
    assert examples.sizes.tolist() == examples.lengths.tolist()
    got = taught(examples)
    covered = {(token, label) for start, end, label in got for token in range(start, end)}
    assert covered == {(token, label) for start, end, label in spans for token in range(start, end)}
    whole = [span for span in spans if span in got]
    assert examples.ledger.balanced
    assert examples.ledger.kept == len(whole)
    assert examples.ledger.adjusted == ({CUT: len(spans) - len(whole)} if len(whole) < len(spans) else {})
    assert all(end - start > window for start, end, label in spans if (start, end, label) not in got)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.integers(1, 30), st.integers(0, 9), st.data())
def test_cuts_are_as_far_as_they_can_be(sizes, limit, gap, data) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, len(sizes)), max_size=8)))
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    parts = cut_sentence(np.array(sizes), spans, limit)
    assert [start for start, _ in parts[1:]] == [end for _, end in parts[:-1]]
    assert (parts[0][0], parts[-1][1]) == (0, len(sizes))
    for start, end in parts:
        assert sum(sizes[start:end]) <= limit or end == start + 1
    for start, end in parts[:-1]:
        further = [place for place in range(end + 1, len(sizes) + 1) if sum(sizes[start:place]) <= limit]
        assert all(any(first < place < last for first, last in spans) for place in further)


def test_a_cut_is_before_the_entity_that_does_not_fit() -> None:
    spans = [(1, 2, "PER"), (8, 11, "LOC")]
    examples = prepare_examples([document(15, spans)], word_features(), LABELLING, window=10)
    assert examples.lengths.tolist() == [8, 7]
    assert taught(examples) == spans
    assert examples.ledger.kept == 2


def test_an_entity_longer_than_a_window_is_taught_in_parts() -> None:
    examples = prepare_examples([document(14, [(2, 13, "PER")])], word_features(), LABELLING, window=5)
    assert taught(examples) == [(2, 7, "PER"), (7, 12, "PER"), (12, 13, "PER")]
    assert (examples.ledger.read, examples.ledger.kept) == (1, 0)
    assert examples.ledger.adjusted == {CUT: 1}


def test_no_window_cuts_nothing() -> None:
    examples = prepare_examples([document(5000, [(1, 4000, "PER")])], word_features(), LABELLING)
    assert examples.lengths.tolist() == [5000]
    assert examples.ledger.kept == 1


def test_pieces_count_with_begin_and_end() -> None:
    tokenizer = train_bpe({"anna": 3}, 262, lowercase=False)
    features = PieceFeatures(word_features(), tokenizer)
    examples = prepare_examples([document(40, [(3, 5, "PER")])], features, LABELLING, window=20)
    assert (examples.sizes <= 20).all()
    assert examples.sizes.sum() == features.sizes(np.arange(40)).sum() + 2 * len(examples.sizes)
    assert examples.num_tokens == 40


def test_a_window_without_room_is_refused() -> None:
    features = PieceFeatures(word_features(), train_bpe({"a": 1}, 262, lowercase=False))
    with pytest.raises(ValueError, match="no room"):
        prepare_examples([], features, LABELLING, window=2)
