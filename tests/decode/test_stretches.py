from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.decode import tags as decoding
from onoma.decode.links import link_tags
from onoma.decode.long import long_viterbi
from onoma.decode.marginals import tag_marginals
from onoma.decode.protocol import NOTHING
from onoma.decode.settling import settled_sums, settled_tag
from onoma.decode.stretches import cut_into_stretches
from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import Transitions, add_transitions, scheme_transitions, zero_transitions
from onoma.decode.viterbi import viterbi
from onoma.features.windows import Window
from onoma.tags import get_scheme

SCHEMES = ["BIOES", "BIO", "IOB1", "IO"]
scales = st.sampled_from([0.3, 2.0, 8.0])


def make_decoder(seed: int, scheme: str, temperature: float = 1.0) -> TagDecoder:
    chosen = get_scheme(scheme)
    tags = chosen.tags(["LOC", "PER"])
    rng = np.random.default_rng(seed)
    rules = scheme_transitions(tags, chosen)
    learned = Transitions(*(rng.normal(size=part.shape).astype(np.float32) for part in rules))
    return TagDecoder(tags, chosen, add_transitions(learned, rules), temperature=temperature)


def make_emissions(decoder: TagDecoder, seed: int, length: int, scale: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(length, len(decoder.tags))) * scale).astype(np.float32)


def windows_of(emissions: np.ndarray, seed: int = 0):
    """Cut anywhere, with neighbours that are not to be looked at."""
    edges = np.unique(np.random.default_rng(seed).integers(0, len(emissions) + 1, size=len(emissions) // 9))
    edges = [0, *edges[(edges > 0) & (edges < len(emissions))].tolist(), len(emissions)]
    for first, end in pairwise(edges):
        start, stop = max(0, first - 2), min(len(emissions), end + 2)
        part = emissions[start:stop].copy()
        part[: first - start] = part[end - start :] = 99
        yield Window(start, stop, first, end), part


@pytest.fixture
def cut(monkeypatch) -> list[int]:
    """Cut often, and note where."""
    places: list[int] = []

    def noted(*args, **options):
        for stretch in cut_into_stretches(*args, **options, size=96, block=48):
            places.append(stretch.end)
            yield stretch

    monkeypatch.setattr(decoding, "cut_into_stretches", noted)
    return places


def whole(emissions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return emissions[None], np.array([len(emissions)])


def check_equal(found, expected) -> None:
    left, right = ({one[1:4]: one.score for one in given} for given in (found, expected))
    assert left.keys() == right.keys()
    np.testing.assert_allclose([left[key] for key in right], list(right.values()), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("scale", [0.7, 2.0, 8.0])
@pytest.mark.parametrize("temperature", [1.0, 1.7])
def test_stretches_give_the_entities_of_the_whole(cut, scheme, scale, temperature) -> None:
    cuts = 0
    for seed in range(3):
        decoder = make_decoder(seed, scheme, temperature)
        emissions = make_emissions(decoder, seed, 500, scale)
        found = list(decoder.decode_windows(windows_of(emissions, seed), len(emissions)))
        expected = list(decoder.decode(*whole(emissions)))
        assert [one[1:4] for one in found] == [one[1:4] for one in expected]
        check_equal(found, expected)
        assert cut[-1] == 500
        cuts += len(cut)
        cut.clear()
    assert cuts >= 9  # it was done in stretches


@pytest.mark.parametrize("scheme", SCHEMES)
def test_stretches_give_the_candidates_places_and_segments_of_the_whole(cut, kernel, scheme) -> None:
    precision = 1e-6 if kernel == "compiled" else 5e-6  # numpy works in single precision
    for seed in range(3):
        decoder = make_decoder(seed, scheme, 1.3)
        emissions = make_emissions(decoder, seed, 500, 4.0)
        found = decoder.window_candidates(windows_of(emissions, seed), 500, 0.02)
        expected = [one for one in decoder.candidates(*whole(emissions), 0.02) if one.score > 0.0201]
        given = {one[1:4]: one.score for one in found}
        check_equal([one for one in expected if one[1:4] in given], expected)
        assert sum(score > 0.0201 for score in given.values()) == len(expected)

        rng = np.random.default_rng(seed)
        starts = rng.integers(0, 495, size=40).tolist()
        labels = ["LOC", "PER", NOTHING, "unknown"]
        queries = [(0, start, start + 1 + start % 5, labels[start % 4]) for start in starts]
        np.testing.assert_allclose(
            decoder.window_probabilities(windows_of(emissions, seed), 500, queries),
            decoder.probabilities(*whole(emissions), queries),
            atol=precision,
        )
        np.testing.assert_allclose(
            decoder.window_segments(windows_of(emissions, seed), 500),
            decoder.segments(*whole(emissions)),
            atol=precision,
        )
    assert len(cut) > 30  # three a sentence, and more


@given(st.integers(0, 99), st.integers(1, 200), scales, st.booleans())
def test_the_path_is_the_very_one_of_the_whole(seed, length, scale, tied) -> None:
    decoder = make_decoder(seed, "BIOES")
    emissions = make_emissions(decoder, seed, length, scale)
    transitions = decoder.transitions
    if tied:
        emissions = np.round(emissions)
        transitions = scheme_transitions(decoder.tags, decoder.scheme)
    parts = [emissions[first : first + 11] for first in range(0, length, 11)]
    found = cut_into_stretches(parts, transitions, None, lambda _: True, size=20, block=8)
    path = [tag for one in found for tag in one.path[: one.end - one.start].tolist()]
    assert path == long_viterbi(emissions, transitions, block=8).tolist()
    assert path == viterbi(*whole(emissions), transitions)[0][0].tolist()


@given(st.integers(0, 99), st.integers(1, 40), st.integers(1, 40), scales)
def test_what_is_settled_no_later_token_changes(seed, length, later, scale) -> None:
    decoder = make_decoder(seed, "BIOES")
    emissions = make_emissions(decoder, seed, length + later, scale)
    tag = settled_tag(emissions[:length], decoder.transitions)
    if tag is not None:
        assert viterbi(*whole(emissions), decoder.transitions)[0][0, 0] == tag
    leaving = None
    if length > 1:
        before = decoder.transitions.start + emissions[0]
        leaving = settled_sums(emissions[:length], decoder.transitions.matrix, before)
    if leaving is not None:
        joint = leaving + before
        found = np.exp(joint - joint.max())
        expected = tag_marginals(*whole(emissions), decoder.transitions)[0, 0]
        np.testing.assert_allclose(found / found.sum(), expected, atol=1e-6)


def test_nothing_is_cut_where_the_last_token_decides_all() -> None:
    # Two tags that never change: only the end tells which it was.
    never = zero_transitions(2)._replace(matrix=np.where(np.eye(2) > 0, 0, -np.inf).astype(np.float32))
    emissions = np.zeros((400, 2), np.float32)
    emissions[-1, 1] = 1
    parts = [emissions[first : first + 50] for first in range(0, 400, 50)]
    stretches = list(cut_into_stretches(parts, never, never, lambda _: True, size=60, block=8))
    assert [(one.start, one.end) for one in stretches] == [(0, 400)]
    assert stretches[0].path.tolist() == [1] * 400


def test_what_is_held_does_not_grow_with_the_sentence() -> None:
    decoder = make_decoder(1, "BIOES")
    emissions = make_emissions(decoder, 1, 8_000, 3.0)
    parts = [emissions[first : first + 900] for first in range(0, 8_000, 900)]
    clear = decoder._ends_no_path
    run = partial(cut_into_stretches, parts, decoder.transitions, decoder.transitions, clear)
    assert max(one.end - one.start for one in run(size=1_024, block=128)) <= 1_024 + 900 + 3 * 128


def test_a_place_outside_the_sentence_is_refused() -> None:
    decoder = make_decoder(1, "BIOES")
    emissions = make_emissions(decoder, 1, 30, 1.0)
    with pytest.raises(ValueError, match="does not lie in its sentence"):
        decoder.window_probabilities(windows_of(emissions), 30, [(0, 29, 31, "PER")])


def test_tags_join_where_they_are_read_as_one_entity() -> None:
    scheme = get_scheme("BIO")
    tags = tuple(scheme.tags(["LOC", "PER"]))
    links = link_tags(tags, scheme)
    joined = {(a, b) for a in tags for b in tags if links.join(tags.index(a), tags.index(b))}
    assert joined == {(f"{p}-{label}", f"I-{label}") for p in "BI" for label in ("LOC", "PER")}
