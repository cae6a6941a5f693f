from __future__ import annotations

import numpy as np
import pytest
from enumeration import all_paths, log_sum_exp, probabilities, problems, random_transitions, scores
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.decode import lattice as lattice_module
from onoma.decode.lattice import Lattice
from onoma.decode.loglattice import LogLattice
from onoma.decode.marginals import log_partition, pairwise, span_probabilities, tag_marginals
from onoma.decode.transitions import Transitions, add_transitions, scheme_transitions, zero_transitions
from onoma.tags import SCHEMES, tags_to_spans


def enumerate_marginals(emissions, lengths, transitions, weights):
    """Tag marginals [B, T, K] and expected moves [K, K], by summing over all paths."""
    num_tags = emissions.shape[2]
    marginals, moves = np.zeros(emissions.shape), np.zeros((num_tags, num_tags))
    for sentence, length in enumerate(lengths.tolist()):
        shares = probabilities(scores(emissions[sentence], length, transitions))
        for path, share in zip(all_paths(length, num_tags), shares, strict=True):
            marginals[sentence, np.arange(length), path] += share
            np.add.at(moves, (path[:-1], path[1:]), weights[sentence] * share)
    return marginals, moves


@settings(max_examples=200)
@given(problems())
def test_everything_agrees_with_enumeration(problem):
    emissions, lengths, transitions = problem
    weights = np.linspace(-1, 2, len(lengths))
    found = log_partition(emissions, lengths, transitions)
    for sentence, length in enumerate(lengths.tolist()):
        expected = log_sum_exp(scores(emissions[sentence], length, transitions))
        assert found[sentence] == pytest.approx(expected, rel=2e-6, abs=2e-5)
    # float32 sums of scores near 1e4 are good to 1e-3; without such, to rounding
    wild = max(np.abs(part[np.isfinite(part)]).max(initial=0) for part in (emissions, *transitions)) > 50
    tolerance = 0.02 if wild else 1e-5
    marginals, moves = enumerate_marginals(emissions, lengths, transitions, weights)
    np.testing.assert_allclose(tag_marginals(emissions, lengths, transitions), marginals, atol=tolerance)
    np.testing.assert_allclose(pairwise(emissions, lengths, transitions, weights), moves, atol=4 * tolerance)


@given(problems())
def test_in_float64_everything_agrees_closely(problem):
    emissions, lengths, transitions = problem
    emissions, weights = emissions.astype(np.float64), np.ones(len(lengths))
    marginals, moves = enumerate_marginals(emissions, lengths, transitions, weights)
    np.testing.assert_allclose(tag_marginals(emissions, lengths, transitions), marginals, atol=1e-9)
    np.testing.assert_allclose(pairwise(emissions, lengths, transitions), moves, atol=1e-9)


def make_batch(seed=0, lengths=(5, 0, 90, 1, 7, 7), num_tags=9, scale=1.0, forbidden=0.2):
    rng = np.random.default_rng(seed)
    emissions = (scale * rng.standard_normal((len(lengths), max(lengths), num_tags))).astype(np.float32)
    return emissions, np.array(lengths), random_transitions(rng, num_tags, forbidden=forbidden)


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
@pytest.mark.parametrize("forbidden", [0.0, 0.3])
def test_scaled_and_log_space_agree_on_long_sentences(scale, forbidden):
    emissions, lengths, transitions = make_batch(scale=scale, forbidden=forbidden)
    exact = LogLattice(emissions, lengths, transitions)
    found = Lattice(emissions, lengths, transitions)
    np.testing.assert_allclose(found.log_partition, exact.log_partition, rtol=1e-6, atol=1e-4)
    tolerance = 1e-5 if scale == 1 else 5e-3
    np.testing.assert_allclose(found.tag_marginals(), exact.tag_marginals(), atol=tolerance)
    np.testing.assert_allclose(
        found.expected_transitions(), exact.expected_transitions(), atol=tolerance * 20, rtol=tolerance
    )


def test_only_sentences_that_underflow_go_through_log_space(monkeypatch):
    emissions, lengths, _ = make_batch(lengths=(6, 6, 6), num_tags=3)
    scheme = SCHEMES["BIO"]
    transitions = scheme_transitions(scheme.tags(["A"]), scheme)  # O B-A I-A
    emissions[1, 2] = [0, -300, 300]  # I-A, which only a B-A that seems to underflow allows
    emissions[1, 1] = [0, -300, 0]
    emissions[1, 0] = [0, -300, 0]
    seen = []

    class Spy(LogLattice):
        def __init__(self, emissions, lengths, transitions):
            seen.append(len(lengths))
            super().__init__(emissions, lengths, transitions)

    monkeypatch.setattr(lattice_module, "LogLattice", Spy)
    found = Lattice(emissions, lengths, transitions)
    assert seen == [1]
    exact = LogLattice(emissions, lengths, transitions)
    np.testing.assert_allclose(found.log_partition, exact.log_partition, rtol=1e-6)
    np.testing.assert_allclose(found.tag_marginals(), exact.tag_marginals(), atol=1e-5)


def test_ordinary_input_stays_out_of_log_space(monkeypatch):
    monkeypatch.setattr(lattice_module, "LogLattice", None)
    scheme = SCHEMES["BIOES"]
    rules = scheme_transitions(scheme.tags(["A", "B"]), scheme)
    rng = np.random.default_rng(3)
    learned = random_transitions(rng, 9, 2.0)
    emissions = (5 * rng.standard_normal((64, 60, 9))).astype(np.float32)
    lengths = rng.integers(0, 61, 64)
    for transitions in (rules, add_transitions(learned, rules), learned):
        sums = tag_marginals(emissions, lengths, transitions).sum(axis=2)
        np.testing.assert_allclose(sums[np.arange(60) < lengths[:, None]], 1, atol=1e-5)


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("forbidden", [0.0, 0.2])
def test_padding_is_never_read(garbage, forbidden):
    emissions, lengths, transitions = make_batch(forbidden=forbidden)
    padded = np.full((len(lengths), 120, 9), garbage, np.float32)
    for row, clean, length in zip(padded, emissions, lengths, strict=True):
        row[:length] = clean[:length]
    expected, found = Lattice(emissions, lengths, transitions), Lattice(padded, lengths, transitions)
    np.testing.assert_array_equal(found.log_partition, expected.log_partition)
    np.testing.assert_array_equal(found.tag_marginals()[:, :90], expected.tag_marginals())
    np.testing.assert_array_equal(found.tag_marginals()[:, 90:], 0)
    np.testing.assert_array_equal(found.expected_transitions(), expected.expected_transitions())


def test_sentence_alone_gives_what_it_gives_in_a_batch():
    emissions, lengths, transitions = make_batch()
    marginals = tag_marginals(emissions, lengths, transitions)
    for sentence, length in enumerate(lengths.tolist()):
        alone = tag_marginals(emissions[sentence : sentence + 1, :length], np.array([length]), transitions)
        np.testing.assert_allclose(alone[0], marginals[sentence, :length], atol=1e-6)


def test_extreme_emissions_under_hard_constraints():
    scheme = SCHEMES["BIOES"]
    tags = scheme.tags(["A"])  # O B-A I-A E-A S-A
    emissions = np.full((1, 3, 5), -1e4, np.float32)
    emissions[0, :, tags.index("I-A")] = 1e4
    transitions = scheme_transitions(tags, scheme)
    # I-A is worth 2e4 more than any other tag and fits only in the middle
    assert log_partition(emissions, np.array([3]), transitions)[0] == pytest.approx(-1e4)
    expected = np.zeros((3, 5))
    expected[[0, 1, 2], [1, 2, 3]] = 1
    np.testing.assert_allclose(tag_marginals(emissions, np.array([3]), transitions)[0], expected)
    found = span_probabilities(emissions, np.array([3]), transitions, tags, scheme, [(0, 0, 3, "A")])
    assert found.tolist() == [1]


def test_a_tag_that_nothing_leads_to_does_no_harm():
    forbidden = np.float32(-np.inf)
    start = np.array([0, forbidden], np.float32)
    matrix = np.array([[0, forbidden], [0, 0]], np.float32)
    transitions = Transitions(start, matrix, np.zeros(2, np.float32))
    emissions = np.zeros((1, 60, 2), np.float32)
    emissions[..., 1] = 5  # its weight alone would overflow
    found = tag_marginals(emissions, np.array([60]), transitions)
    np.testing.assert_allclose(found[0, :, 0], 1, rtol=1e-5)
    assert not found[0, :, 1].any()


def test_no_allowed_path_has_no_mass():
    transitions = zero_transitions(2)
    transitions.matrix[:] = -np.inf
    emissions = np.zeros((2, 2, 2), np.float32)
    found = Lattice(emissions, np.array([2, 1]), transitions)
    assert found.log_partition.tolist() == [-np.inf, pytest.approx(np.log(2))]
    assert found.tag_marginals().tolist() == [[[0, 0], [0, 0]], [[0.5, 0.5], [0, 0]]]


def test_independent_tags_give_the_softmax():
    emissions, lengths, _ = make_batch()
    found = tag_marginals(emissions, lengths, zero_transitions(9))
    weights = np.exp(emissions.astype(np.float64))
    expected = weights / weights.sum(axis=2, keepdims=True)
    for sentence, length in enumerate(lengths.tolist()):
        np.testing.assert_allclose(found[sentence, :length], expected[sentence, :length], atol=1e-6)


def enumerate_spans(emissions, length, transitions, tags, scheme):
    """Probability of each (start, end, label) that some path is read to hold."""
    found = {}
    shares = probabilities(scores(emissions, length, transitions))
    for path, share in zip(all_paths(length, len(tags)), shares, strict=True):
        for span in tags_to_spans([tags[tag] for tag in path], scheme):
            found[span] = found.get(span, 0.0) + share
    return found


@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.5, 3.0, 200.0]))
def test_span_probabilities_agree_with_enumeration(scheme, constrained, seed, scale):
    labels = ["A"] if scheme.marks_end else ["A", "B"]
    tags = scheme.tags(labels)
    rng = np.random.default_rng(seed)
    lengths = np.array([4, 0, 2])
    emissions = (scale * rng.standard_normal((3, 4, len(tags)))).astype(np.float64)
    transitions = random_transitions(rng, len(tags))
    if constrained:
        transitions = add_transitions(transitions, scheme_transitions(tags, scheme))
    spans, expected = [], []
    for sentence, length in enumerate(lengths.tolist()):
        table = enumerate_spans(emissions[sentence], length, transitions, tags, scheme)
        for start in range(length):
            for end in range(start + 1, length + 1):
                for label in labels:
                    spans.append((sentence, start, end, label))
                    expected.append(table.get((start, end, label), 0.0))
    order = rng.permutation(len(spans))
    found = span_probabilities(emissions, lengths, transitions, tags, scheme, [spans[i] for i in order])
    np.testing.assert_allclose(found, np.array(expected)[order], atol=1e-7)
    single = emissions.astype(np.float32)
    found = span_probabilities(single, lengths, transitions, tags, scheme, spans)
    np.testing.assert_allclose(found, expected, atol=2e-6 if scale < 100 else 1e-3)


def test_span_of_a_missing_label_or_tag_has_no_probability():
    scheme = SCHEMES["BIOES"]
    tags = ["O", "S-A"]  # a training set of one-word entities
    emissions = np.zeros((1, 2, 2), np.float32)
    spans = [(0, 0, 1, "A"), (0, 0, 2, "A"), (0, 0, 1, "Z")]
    found = span_probabilities(emissions, np.array([2]), zero_transitions(2), tags, scheme, spans)
    assert found.tolist() == pytest.approx([0.5, 0, 0])
    assert span_probabilities(emissions, np.array([2]), zero_transitions(2), tags, scheme, []).tolist() == []


@pytest.mark.parametrize(
    "span", [(0, 0, 3, "A"), (0, 1, 1, "A"), (1, 0, 1, "A"), (-1, 0, 1, "A"), (0, -1, 1, "A")]
)
def test_span_outside_its_sentence_is_refused(span):
    scheme = SCHEMES["BIO"]
    tags = scheme.tags(["A"])
    with pytest.raises(ValueError, match="does not lie in its sentence"):
        span_probabilities(np.zeros((1, 4, 3)), np.array([2]), zero_transitions(3), tags, scheme, [span])


def test_tags_must_fit_the_emissions():
    with pytest.raises(ValueError, match="2 tags do not fit emissions of width 3"):
        span_probabilities(
            np.zeros((1, 4, 3)), np.array([2]), zero_transitions(3), ["O", "B-A"], SCHEMES["BIO"], []
        )


@pytest.mark.parametrize(("spread", "interval"), [(0.0, 8), (10.0, 5), (30.0, 1)])
def test_scaling_interval_shrinks_with_the_spread_of_scores(spread, interval):
    matrix = np.array([[0, spread], [0, 0]], np.float32)
    transitions = Transitions(np.zeros(2, np.float32), matrix, np.zeros(2, np.float32))
    plan = lattice_module.plan_steps(transitions, np.dtype(np.float32))
    assert plan.is_safe
    assert plan.interval == interval
    # the worst case of that plan: every emission forces the worst move
    emissions = np.zeros((1, 50, 2), np.float32)
    emissions[0, ::2, 1] = emissions[0, 1::2, 0] = 500
    exact = LogLattice(emissions, np.array([50]), transitions)
    found = Lattice(emissions, np.array([50]), transitions)
    np.testing.assert_allclose(found.log_partition, exact.log_partition, rtol=1e-6)
    np.testing.assert_allclose(found.tag_marginals(), exact.tag_marginals(), atol=1e-6)
