from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.decode.long import long_span_probabilities, long_viterbi
from onoma.decode.marginals import span_probabilities
from onoma.decode.transitions import Transitions, add_transitions, scheme_transitions, zero_transitions
from onoma.decode.viterbi import viterbi
from onoma.tags import get_scheme, tags_to_spans

SCHEME = get_scheme("BIOES")
TAGS = SCHEME.tags(["LOC", "PER"])
RULES = scheme_transitions(TAGS, SCHEME)


def random_scores(seed: int, length: int, scale: float = 3) -> tuple[np.ndarray, Transitions]:
    rng = np.random.default_rng(seed)
    emissions = rng.normal(size=(length, len(TAGS))) * scale
    learned = Transitions(*(rng.normal(size=part.shape) for part in RULES))
    return emissions, learned


def spans_of(path) -> list[tuple[int, int, str]]:
    return tags_to_spans([TAGS[tag] for tag in path], SCHEME)


def whole(emissions, transitions, spans):
    places = [(0, *span) for span in spans]
    return span_probabilities(emissions[None], np.array([len(emissions)]), transitions, TAGS, SCHEME, places)


@given(st.integers(0, 9), st.integers(0, 60), st.integers(1, 20), st.booleans())
def test_blocks_give_the_path_and_the_probabilities_of_the_whole(seed, length, block, ruled) -> None:
    emissions, transitions = random_scores(seed, length)
    if ruled:
        transitions = add_transitions(transitions, RULES)
    path, _ = viterbi(emissions[None], np.array([length]), transitions)
    blocks = long_viterbi(emissions, transitions, block=block)
    assert blocks.tolist() == path[0].tolist()
    spans = spans_of(path[0])
    found = long_span_probabilities(emissions, transitions, TAGS, SCHEME, spans, block=block)
    np.testing.assert_allclose(found, whole(emissions, transitions, spans), rtol=1e-9, atol=1e-12)


@given(st.integers(0, 9), st.integers(1, 40), st.integers(1, 12))
def test_long_and_touching_spans_of_any_blocks(seed, length, block) -> None:
    emissions, transitions = random_scores(seed, length)
    rng = np.random.default_rng(seed)
    edges = np.unique(rng.integers(0, length + 1, size=6)).tolist()
    labels = ["LOC", "PER", "other"]
    spans = [(left, right, labels[right % 3]) for left, right in pairwise(edges)]
    found = long_span_probabilities(emissions, transitions, TAGS, SCHEME, spans, block=block)
    np.testing.assert_allclose(found, whole(emissions, transitions, spans), rtol=1e-9, atol=1e-300)


@given(st.integers(0, 9), st.integers(1, 40), st.integers(1, 12))
def test_ties_are_broken_as_in_the_whole(seed, length, block) -> None:
    emissions = np.random.default_rng(seed).integers(0, 2, size=(length, len(TAGS))).astype(np.float32)
    path, _ = viterbi(emissions[None], np.array([length]), RULES)
    assert long_viterbi(emissions, RULES, block=block).tolist() == path[0].tolist()


@pytest.mark.parametrize("scale", [200.0, 2000.0])
def test_probabilities_beyond_the_range_of_floats(scale) -> None:
    emissions, learned = random_scores(3, 50, scale)
    transitions = add_transitions(learned, RULES)
    emissions = emissions.astype(np.float32)
    spans = spans_of(long_viterbi(emissions, transitions, block=7))
    found = long_span_probabilities(emissions, transitions, TAGS, SCHEME, spans, block=7)
    np.testing.assert_allclose(found, whole(emissions, transitions, spans), rtol=1e-4)


def test_entities_without_a_gap_and_longer_than_a_block() -> None:
    emissions, transitions = random_scores(5, 40)
    spans = [(index, index + 1, "PER") for index in range(25)] + [(25, 39, "LOC")]
    found = long_span_probabilities(emissions, transitions, TAGS, SCHEME, spans, block=4)
    np.testing.assert_allclose(found, whole(emissions, transitions, spans), rtol=1e-9)


def test_rounding_does_not_grow_with_the_length() -> None:
    # A bonus a step makes float32 sums of half a million, in which a difference of 0.02 is lost.
    length = 60_000
    transitions = zero_transitions(2)._replace(matrix=np.full((2, 2), 10, np.float32))
    emissions = np.zeros((length, 2), np.float32)
    emissions[:, 1] = 0.02
    assert long_viterbi(emissions, transitions).all()


def test_a_span_outside_the_sentence_is_refused() -> None:
    emissions, transitions = random_scores(1, 9)
    for span in [(8, 10, "PER"), (9, 9, "PER"), (20, 21, "PER"), (-1, 2, "PER"), (3, 3, "PER")]:
        with pytest.raises(ValueError, match="does not lie in the sentence"):
            long_span_probabilities(emissions, transitions, TAGS, SCHEME, [span], block=4)


def test_a_sentence_without_tokens() -> None:
    emissions, transitions = random_scores(1, 0)
    assert long_viterbi(emissions, transitions).tolist() == []
    assert long_span_probabilities(emissions, transitions, TAGS, SCHEME, []).tolist() == []
