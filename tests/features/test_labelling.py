"""From entities to targets and back: what is taught can be found again, and the rest is counted."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from onoma.decode.nested import SpanDecoder
from onoma.features.examples import prepare_examples
from onoma.features.labelling import SAME_TOKENS, SpanLabelling, TagLabelling
from onoma.features.vocabulary import Vocabulary
from onoma.features.words import WordFeatures
from onoma.tags import get_scheme
from onoma.text import document_from_sentences

LABELS = ("LOC", "ORG", "PER")


@st.composite
def sentences(draw):
    length = draw(st.integers(1, 12))
    places = st.tuples(st.integers(0, length - 1), st.integers(1, length), st.sampled_from(LABELS))
    spans = draw(st.lists(places, max_size=6))
    return length, [(first, end, label) for first, end, label in spans if first < end]


@given(sentences(), st.integers(1, 12))
def test_spans_that_are_taught_are_found_where_they_go_together(sentence, width: int) -> None:
    length, spans = sentence
    labelling = SpanLabelling(LABELS, width)
    choice = labelling.choose(spans)
    taught = [spans[index] for index in choice.taught]
    lost = choice.flattened.total() + choice.unreachable.total()
    assert len(taught) + lost == len(spans)
    assert choice.unreachable.total() == sum(end - first > width for first, end, _ in spans)
    assert len({span[:2] for span in taught}) == len(taught)

    target = labelling.encode(taught, length)
    padded = labelling.pad([target, labelling.encode([], 0)], np.array([length, 0]))
    assert padded.shape == (2, length, min(width, length))
    assert padded[1].sum() == 0
    emissions = np.zeros((*padded.shape, len(LABELS) + 1), dtype=np.float32)
    np.put_along_axis(emissions, padded[..., None], 9.0, axis=-1)
    found = {
        (one.start, one.end, one.label)
        for one in SpanDecoder(LABELS).decode(emissions, np.array([length, 0]))
    }
    crossing = {
        one
        for one in taught
        for other in taught
        if other[0] < one[0] < other[1] < one[1] or one[0] < other[0] < one[1] < other[1]
    }
    assert set(taught) - crossing <= found <= set(taught)
    assert sum(labelling.count([target]).values()) == len(taught)


def test_every_entity_of_a_nested_document_is_accounted_for() -> None:
    spans = [(0, 0, 6, "ORG"), (0, 1, 3, "LOC"), (0, 1, 3, "PER"), (0, 2, 3, "PER"), (0, 4, 6, "EVENT")]
    document = document_from_sentences("d", [["a", "b", "c", "d", "e", "f"]], spans)
    features = WordFeatures(Vocabulary([], []))
    examples = prepare_examples([document], features, SpanLabelling(LABELS, 4))
    ledger = examples.ledger
    assert ledger.balanced
    assert (ledger.read, ledger.kept) == (5, 2)
    assert ledger.flattened == {SAME_TOKENS: 1}
    assert ledger.unreachable == {"wider than 4 tokens": 1, "label not in train": 1}
    scheme = get_scheme("BIO")
    flat = prepare_examples([document], features, TagLabelling(scheme.tags(LABELS), scheme)).ledger
    assert (flat.kept, dict(flat.flattened)) == (1, {"nested": 3})


def test_a_span_cut_by_a_window_keeps_its_parts_and_nested_ones_stay_whole() -> None:
    document = document_from_sentences(
        "d", [[f"w{n}" for n in range(10)]], [(0, 0, 8, "ORG"), (0, 1, 3, "LOC"), (0, 6, 7, "PER")]
    )
    examples = prepare_examples(
        [document], WordFeatures(Vocabulary([], [])), SpanLabelling(LABELS, 9), window=5
    )
    assert examples.ledger.balanced
    assert examples.ledger.kept == 2
    found, base = [], 0
    for target, length in zip(examples.targets, examples.lengths.tolist(), strict=True):
        found += [(base + first, base + first + width + 1, label) for first, width, label in target.tolist()]
        base += length
    assert {(1, 3, 1), (6, 7, 3)} <= set(found)
    parts = sorted(span[:2] for span in found if span[2] == 2)
    assert parts[0][0] == 0
    assert parts[-1][1] == 8
