"""Probabilities of given places: entities, and no entity, right or wrong."""

from __future__ import annotations

import numpy as np
import pytest
from enumeration import all_paths, probabilities, random_transitions, scores
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.decode.marginals import outside_probabilities
from onoma.decode.nested import SpanDecoder
from onoma.decode.protocol import NOTHING
from onoma.decode.tags import TagDecoder
from onoma.features.windows import Window
from onoma.tags import get_scheme

SCHEME = get_scheme("BIO")
TAGS = SCHEME.tags(["LOC"])


def lattice(seed: int, length: int, num_tags: int):
    rng = np.random.default_rng(seed)
    emissions = (2 * rng.standard_normal((1, length, num_tags))).astype(np.float32)
    return emissions, np.array([length]), random_transitions(rng, num_tags)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 4), st.data())
def test_no_entity_agrees_with_enumeration(
    seed: int, length: int, num_tags: int, data: st.DataObject
) -> None:
    chain = lattice(seed, length, num_tags)
    start = data.draw(st.integers(0, length - 1))
    end = data.draw(st.integers(start + 1, length))
    outside = data.draw(st.integers(0, num_tags - 1))
    shares = probabilities(scores(chain[0][0], length, chain[2]))
    paths = all_paths(length, num_tags)
    expected = sum(
        share for path, share in zip(paths, shares, strict=True) if set(path[start:end]) == {outside}
    )
    found = outside_probabilities(*chain, outside, np.array([[0, start, end]]))
    assert found == pytest.approx([expected], abs=1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_what_may_be_at_one_token_adds_up_to_no_more_than_one(seed: int, length: int) -> None:
    emissions, lengths, transitions = lattice(seed, length, len(TAGS))
    decoder = TagDecoder(TAGS, SCHEME, transitions)
    around = [(0, start, end, "LOC") for start in range(length) for end in range(start + 1, length + 1)]
    at_first = [place for place in around if place[1] == 0]
    found = decoder.probabilities(emissions, lengths, [(0, 0, 1, NOTHING), *at_first])
    assert found.sum() == pytest.approx(1, abs=1e-4)  # the first token is outside, or begins some entity
    assert decoder.probabilities(emissions, lengths, [(0, 0, 1, "XYZ")]).tolist() == [0]
    assert decoder.probabilities(emissions, lengths, []).shape == (0,)


def test_predicted_entities_have_the_score_that_decoding_gives_them() -> None:
    emissions, lengths, transitions = lattice(3, 6, len(TAGS))
    decoder = TagDecoder(TAGS, SCHEME, transitions)
    found = list(decoder.decode(emissions, lengths))
    assert found
    places = [one[:4] for one in found]
    assert decoder.probabilities(emissions, lengths, places).tolist() == [one.score for one in found]


def test_windows_of_a_sentence_give_what_the_whole_gives() -> None:
    emissions, lengths, transitions = lattice(5, 6, len(TAGS))
    decoder = TagDecoder(TAGS, SCHEME, transitions)
    windows = [(Window(0, 4, 0, 3), emissions[0, :4]), (Window(2, 6, 3, 6), emissions[0, 2:])]
    places = [(0, 2, 4, "LOC"), (0, 1, 5, NOTHING)]
    whole = decoder.probabilities(emissions, lengths, places)
    assert decoder.window_probabilities(iter(windows), 6, places).tolist() == whole.tolist()


def test_spans_have_the_softmax_of_their_class() -> None:
    emissions = np.random.default_rng(1).normal(size=(2, 4, 3, 3)).astype(np.float32)
    decoder = SpanDecoder(["LOC", "PER"])
    lengths = np.array([4, 2])
    classes = [(1, 0, 2, label) for label in (NOTHING, "LOC", "PER")]
    found = decoder.probabilities(emissions, lengths, classes)
    exact = np.exp(emissions[1, 0, 1]) / np.exp(emissions[1, 0, 1]).sum()
    assert found == pytest.approx(exact, rel=1e-5)
    wide = decoder.probabilities(emissions, lengths, [(0, 0, 4, "LOC"), (0, 0, 4, NOTHING)])
    assert wide.tolist() == [0, 1]  # wider than the model looks
    windows = [(Window(0, 3, 0, 2), emissions[0, :3]), (Window(1, 4, 2, 4), emissions[0, :3])]
    places = [(0, 1, 3, "PER"), (0, 2, 4, "LOC"), (0, 1, 4, "LOC"), (0, 1, 4, NOTHING)]
    moved = decoder.probabilities(emissions, np.array([3, 2]), [(0, 1, 3, "PER"), (0, 1, 3, "LOC")])
    in_windows = decoder.window_probabilities(iter(windows), 4, places)
    assert in_windows == pytest.approx([*moved, 0, 1])


@pytest.mark.parametrize(
    "place", [(0, 2, 2, "LOC"), (0, 0, 5, "LOC"), (0, 0, 5, NOTHING), (1, 0, 1, NOTHING)]
)
def test_places_outside_their_sentence_are_refused(place) -> None:
    emissions, lengths, transitions = lattice(0, 4, len(TAGS))
    with pytest.raises(ValueError, match="does not lie in its sentence"):
        TagDecoder(TAGS, SCHEME, transitions).probabilities(emissions, lengths, [place])
