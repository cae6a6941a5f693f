from __future__ import annotations

import numpy as np
import pytest
from enumeration import all_paths, problems, random_transitions, score, scores, wholes
from hypothesis import given
from hypothesis import strategies as st

from onoma.decode import viterbi as viterbi_module
from onoma.decode.transitions import Transitions, add_transitions, scheme_transitions, zero_transitions
from onoma.decode.viterbi import path_scores, viterbi
from onoma.tags import SCHEMES, find_illegal


def best_of(values, paths):
    """The highest score's path; of equals the one with the lowest last tag, then last but one, ..."""
    highest = values.max()
    return min(
        (path for path, value in zip(paths, values, strict=True) if value == highest), key=lambda p: p[::-1]
    )


@given(problems())
def test_score_is_that_of_the_best_of_all_paths(problem):
    emissions, lengths, transitions = problem
    paths, found = viterbi(emissions, lengths, transitions)
    assert paths.shape == emissions.shape[:2]
    for sentence, length in enumerate(lengths.tolist()):
        highest = scores(emissions[sentence], length, transitions).max()
        assert not paths[sentence, length:].any()
        if highest == -np.inf:
            assert found[sentence] == -np.inf
            continue
        path = tuple(paths[sentence, :length].tolist())
        assert found[sentence] == pytest.approx(score(emissions[sentence], path, transitions), rel=1e-12)
        assert found[sentence] == pytest.approx(highest, rel=1e-5, abs=1e-4)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 4))
def test_path_and_ties_are_exact(seed, steps, num_tags):
    rng = np.random.default_rng(seed)
    emissions = wholes(rng, 1, steps, num_tags)
    transitions = Transitions(wholes(rng, num_tags), wholes(rng, num_tags, num_tags), wholes(rng, num_tags))
    paths, found = viterbi(emissions, np.array([steps]), transitions)
    values = scores(emissions[0], steps, transitions)
    assert tuple(paths[0].tolist()) == best_of(values, all_paths(steps, num_tags))
    assert found[0] == values.max()


def make_batch(seed=0, lengths=(5, 0, 9, 1, 7, 7), num_tags=5, forbidden=0.2):
    rng = np.random.default_rng(seed)
    emissions = rng.standard_normal((len(lengths), max(lengths), num_tags)).astype(np.float32)
    return emissions, np.array(lengths), random_transitions(rng, num_tags, forbidden=forbidden)


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -np.inf, 1e30])
def test_padding_is_never_read(garbage):
    emissions, lengths, transitions = make_batch()
    expected = viterbi(emissions, lengths, transitions)
    padded = np.full((len(lengths), 20, 5), garbage, np.float32)
    for row, clean, length in zip(padded, emissions, lengths, strict=True):
        row[:length] = clean[:length]
    paths, found = viterbi(padded, lengths, transitions)
    np.testing.assert_array_equal(paths[:, :9], expected[0])
    np.testing.assert_array_equal(found, expected[1])


def test_sentence_alone_gives_what_it_gives_in_a_batch():
    emissions, lengths, transitions = make_batch(seed=1, lengths=(3, 40, 17, 1, 17))
    paths, found = viterbi(emissions, lengths, transitions)
    for sentence, length in enumerate(lengths.tolist()):
        alone, score_alone = viterbi(
            emissions[sentence : sentence + 1, :length], np.array([length]), transitions
        )
        np.testing.assert_array_equal(alone[0], paths[sentence, :length])
        assert score_alone[0] == found[sentence]


def test_large_batches_are_cut_without_a_trace(monkeypatch):
    emissions, lengths, transitions = make_batch(seed=2)
    expected = viterbi(emissions, lengths, transitions)
    monkeypatch.setattr(viterbi_module, "_CANDIDATES_AT_ONCE", 50)
    paths, found = viterbi(emissions, lengths, transitions)
    np.testing.assert_array_equal(paths, expected[0])
    np.testing.assert_array_equal(found, expected[1])


def test_input_is_left_alone_and_may_have_any_layout():
    emissions, lengths, transitions = make_batch(seed=3)
    before = emissions.copy()
    expected = viterbi(emissions, lengths, transitions)
    strided = np.asfortranarray(emissions)
    np.testing.assert_array_equal(viterbi(strided, lengths, transitions)[0], expected[0])
    np.testing.assert_array_equal(emissions, before)


def test_a_large_common_offset_changes_nothing():
    rng = np.random.default_rng(6)
    emissions = (rng.integers(-8, 9, (4, 60, 3)) / 8).astype(np.float32)
    transitions = Transitions(*(part / 8 for part in (wholes(rng, 3), wholes(rng, 3, 3), wholes(rng, 3))))
    lengths = np.full(4, 60)
    expected, _ = viterbi(emissions, lengths, transitions)
    moved, _ = viterbi(emissions + np.float32(2**20), lengths, transitions)  # still exact in float32
    np.testing.assert_array_equal(moved, expected)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
@pytest.mark.parametrize("scale", [1.0, 1e4, 1e30])
def test_constrained_output_is_always_legal(scheme, scale):
    tags = scheme.tags(["A", "B"])
    rng = np.random.default_rng(5)
    emissions = (scale * rng.standard_normal((40, 12, len(tags)))).astype(np.float32)
    lengths = rng.integers(0, 13, 40)
    rules = scheme_transitions(tags, scheme)
    for transitions in (rules, add_transitions(random_transitions(rng, len(tags), 5.0), rules)):
        paths, found = viterbi(emissions, lengths, transitions)
        assert np.isfinite(found).all()
        for path, length in zip(paths.tolist(), lengths.tolist(), strict=True):
            assert find_illegal([tags[tag] for tag in path[:length]], scheme) == []


def test_emissions_of_minus_infinity_rule_tags_out():
    emissions = np.array([[[0, -np.inf], [-np.inf, -5]]], np.float32)
    paths, found = viterbi(emissions, np.array([2]), zero_transitions(2))
    assert paths.tolist() == [[0, 1]]
    assert found.tolist() == [-5]


def test_no_allowed_path_scores_minus_infinity():
    transitions = zero_transitions(2)
    transitions.matrix[:] = -np.inf
    emissions = np.zeros((2, 2, 2), np.float32)
    _, found = viterbi(emissions, np.array([2, 1]), transitions)
    assert found.tolist() == [-np.inf, 0]


@given(st.integers(0, 2**32 - 1))
def test_of_equal_paths_the_last_tags_decide_first(seed):
    rng = np.random.default_rng(seed)
    emissions = wholes(rng, 1, 4, 3)
    transitions = Transitions(wholes(rng, 3), wholes(rng, 3, 3), wholes(rng, 3))
    values = scores(emissions[0], 4, transitions)
    order = sorted(
        zip(all_paths(4, 3), values.tolist(), strict=True), key=lambda item: (-item[1], item[0][::-1])
    )
    assert tuple(viterbi(emissions, np.array([4]), transitions)[0][0].tolist()) == order[0][0]


def test_path_scores_are_those_of_the_enumeration():
    emissions, lengths, transitions = make_batch(seed=4, forbidden=0)
    paths = np.random.default_rng(4).integers(0, 5, emissions.shape[:2])
    for row, length in zip(paths, lengths, strict=True):
        row[length:] = -100
    found = path_scores(emissions, paths, lengths, transitions)
    expected = [
        score(emissions[i], tuple(paths[i, :length].tolist()), transitions)
        for i, length in enumerate(lengths)
    ]
    assert found.tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("emissions", "lengths", "num_tags", "message"),
    [
        (np.zeros((2, 3), np.float32), [1, 1], 3, r"emissions must be floats \[B, T, K\]"),
        (np.zeros((2, 3, 4), np.int64), [1, 1], 4, r"emissions must be floats \[B, T, K\]"),
        (np.zeros((2, 3, 4), np.float32), [1], 4, r"lengths must be integers \[2\]"),
        (np.zeros((2, 3, 4), np.float32), [1.0, 2.0], 4, r"lengths must be integers \[2\], got float64"),
        (np.zeros((2, 3, 4), np.float32), [1, 4], 4, r"lengths must lie in 0..3, got 1..4"),
        (np.zeros((2, 3, 4), np.float32), [-1, 2], 4, r"lengths must lie in 0..3, got -1..2"),
        (np.zeros((2, 3, 4), np.float32), [1, 2], 5, r"transitions must be for 4 tags"),
        (np.zeros((2, 3, 0), np.float32), [1, 2], 0, r"transitions must be for 0 tags \(at least 1\)"),
    ],
)
def test_what_does_not_fit_is_refused(emissions, lengths, num_tags, message):
    with pytest.raises(ValueError, match=message):
        viterbi(emissions, np.array(lengths), zero_transitions(num_tags))


def test_path_scores_refuse_tags_out_of_range():
    with pytest.raises(ValueError, match=r"tags must lie in 0..2, got -1..1"):
        path_scores(np.zeros((1, 2, 3)), np.array([[1, -1]]), np.array([2]), zero_transitions(3))
    with pytest.raises(ValueError, match=r"tags must be integers \[1, 2\]"):
        path_scores(np.zeros((1, 2, 3)), np.array([[1]]), np.array([2]), zero_transitions(3))
