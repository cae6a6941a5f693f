"""Candidates off the best path: all of them, in sentences of any length; and what is given of them."""

from __future__ import annotations

import numpy as np
import pytest
from enumeration import all_paths, probabilities, random_transitions, scores
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.decode.candidates import span_candidates
from onoma.decode.long import long_span_candidates
from onoma.decode.nested import SpanDecoder
from onoma.decode.protocol import Found
from onoma.decode.resolving import crosses, overlaps, resolve
from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import add_transitions, scheme_transitions
from onoma.features.windows import Window
from onoma.tags import SCHEMES, tags_to_spans

FLOOR = 0.02


def enumerated(emissions, length, transitions, tags, scheme):
    """Probability of each (start, end, label) that some path is read to hold."""
    found: dict[tuple[int, int, str], float] = {}
    shares = probabilities(scores(emissions, length, transitions))
    for path, share in zip(all_paths(length, len(tags)), shares, strict=True):
        for span in tags_to_spans([tags[tag] for tag in path], scheme):
            found[span] = found.get(span, 0.0) + share
    return found


def keyed(found):
    listed = list(found)
    by_key = {tuple(one[:4]): one.score for one in listed}
    assert len(by_key) == len(listed), "none comes twice"
    return by_key


@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.5, 3.0, 200.0]))
def test_candidates_agree_with_enumeration(scheme, constrained, seed, scale):
    tags = scheme.tags(["A"] if scheme.marks_end else ["A", "B"])
    rng = np.random.default_rng(seed)
    lengths = np.array([4, 0, 2])
    emissions = scale * rng.standard_normal((3, 4, len(tags)))
    transitions = random_transitions(rng, len(tags))
    if constrained:
        transitions = add_transitions(transitions, scheme_transitions(tags, scheme))
    found = keyed(span_candidates(emissions, lengths, transitions, tags, scheme, FLOOR))
    exact = {
        (row, *span): share
        for row, length in enumerate(lengths.tolist())
        for span, share in enumerated(emissions[row], length, transitions, tags, scheme).items()
    }
    near = {key for key, share in exact.items() if abs(share - FLOOR) < 1e-6}
    assert found.keys() - near == {key for key, share in exact.items() if share >= FLOOR} - near
    for key, score in found.items():
        assert score == pytest.approx(exact[key], abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    length=st.integers(0, 40),
    block=st.integers(1, 12),
    stay=st.sampled_from([0.0, 6.0]),
)
def test_long_sentences_give_what_short_ones_give(seed, length, block, stay):
    scheme = SCHEMES["BIO"]
    tags = scheme.tags(["A", "B"])
    rng = np.random.default_rng(seed)
    emissions = rng.standard_normal((length, len(tags))).astype(np.float32)
    transitions = add_transitions(random_transitions(rng, len(tags)), scheme_transitions(tags, scheme))
    inside = tags.index("I-A")
    transitions.matrix[inside, inside] += stay  # entities of many blocks
    whole = keyed(span_candidates(emissions[None], np.array([length]), transitions, tags, scheme, FLOOR))
    parts = keyed(long_span_candidates(emissions, transitions, tags, scheme, FLOOR, block=block))
    near = {key for key, score in [*whole.items(), *parts.items()] if abs(score - FLOOR) < 1e-4}
    assert whole.keys() - near == parts.keys() - near
    for key in whole.keys() & parts.keys():
        assert parts[key] == pytest.approx(whole[key], abs=1e-4)


def test_a_tag_decoder_gives_them_at_its_temperature_and_in_windows():
    scheme = SCHEMES["BIO"]
    tags = scheme.tags(["A"])
    rng = np.random.default_rng(3)
    emissions = rng.standard_normal((1, 6, 3)).astype(np.float32)
    transitions = add_transitions(random_transitions(rng, 3), scheme_transitions(tags, scheme))
    decoder = TagDecoder(tags, scheme, transitions).with_temperature(2.0)
    whole = keyed(decoder.candidates(emissions, np.array([6]), FLOOR))
    assert len(whole) > 5
    assert list(whole.values()) == pytest.approx(
        decoder.probabilities(emissions, np.array([6]), list(whole)).tolist(), abs=1e-6
    )
    windows = [(Window(0, 4, 0, 3), emissions[0, :4]), (Window(2, 6, 3, 6), emissions[0, 2:])]
    in_windows = keyed(decoder.window_candidates(iter(windows), 6, FLOOR))
    assert in_windows == pytest.approx(whole, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), temperature=st.sampled_from([0.5, 1.0, 3.0]))
def test_span_candidates_are_all_probable_spans(seed, temperature):
    rng = np.random.default_rng(seed)
    emissions = (3 * rng.standard_normal((2, 4, 3, 3))).astype(np.float32)
    lengths = np.array([4, 2])
    decoder = SpanDecoder(["LOC", "PER"], temperature=temperature)
    places = [
        (row, start, end, label)
        for row, length in enumerate(lengths.tolist())
        for start in range(length)
        for end in range(start + 1, min(length, start + 3) + 1)
        for label in ("LOC", "PER")
    ]
    exact = dict(zip(places, decoder.probabilities(emissions, lengths, places).tolist(), strict=True))
    found = keyed(decoder.candidates(emissions, lengths, FLOOR))
    assert found == pytest.approx({key: share for key, share in exact.items() if share >= FLOOR})
    windows = [(Window(0, 3, 0, 2), emissions[0, :3]), (Window(2, 4, 2, 4), emissions[0, 2:])]
    in_windows = keyed(decoder.window_candidates(iter(windows), 4, FLOOR))
    seen = {key: score for key, score in found.items() if key[0] == 0 and (key[1] >= 2 or key[2] <= 3)}
    assert in_windows == pytest.approx(seen)


candidates = st.lists(
    st.builds(
        lambda row, start, width, label, score: Found(row, start, start + width, label, score),
        st.integers(0, 1),
        st.integers(0, 130),
        st.integers(1, 70) | st.integers(1, 4),
        st.sampled_from("AB"),
        st.sampled_from([0.1, 0.2, 0.5, 0.9]),
    ),
    max_size=12,
)


def tokens(found):
    return {(one.row, token) for one in found for token in range(one.start, one.end)}


@given(candidates, st.booleans())
def test_what_is_given_goes_together_and_covers_the_same(found, nested):
    given_ = resolve(found, nested=nested)
    assert tokens(given_) == tokens(found)
    places = [one[:3] for one in given_]
    assert len(set(places)) == len(places)
    clash = crosses if nested else overlaps
    for index, one in enumerate(given_):
        for other in given_[:index]:
            assert one.row != other.row or not clash(one.start, one.end, other.start, other.end)
    if found:
        best = max(found, key=lambda one: one.score)
        assert any(one.score == best.score for one in given_)


def test_the_most_probable_stay_whole_and_of_others_the_rest():
    found = [Found(0, 1, 3, "PER", 0.9), Found(0, 0, 4, "ORG", 0.05), Found(0, 2, 3, "LOC", 0.04)]
    assert resolve(found, nested=False) == [
        Found(0, 0, 1, "ORG", 0.05),
        Found(0, 1, 3, "PER", 0.9),
        Found(0, 3, 4, "ORG", 0.05),
    ]
    assert resolve(found, nested=True) == [found[1], found[0], found[2]]
