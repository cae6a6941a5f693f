"""Resampling statistics against brute force, against scipy, and on models that are the same."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from onoma.metrics.exact import DocumentCounts
from onoma.metrics.significance import (
    bootstrap,
    compare_all,
    holm,
    intervals,
    mean_f1_of_counts,
    randomisation_p_value,
    stack_counts,
)


def draw_counts(rng, documents: int, *, recall: float = 0.7, gold=None, seeds: int = 1):
    """Counts [S, D, 3] of a model that finds each entity with some probability."""
    gold = rng.integers(0, 6, documents) if gold is None else gold
    found = []
    for _ in range(seeds):
        correct = rng.binomial(gold, recall)
        found.append(np.stack([correct, gold, correct + rng.binomial(2, 0.3, documents)], axis=-1))
    return np.stack(found)


def f1(totals) -> float:
    return 2 * totals[0] / (totals[1] + totals[2])


def test_counts_of_seeds_are_stacked() -> None:
    rng = np.random.default_rng(0)
    columns = [DocumentCounts(*rng.integers(0, 9, (3, 5))) for _ in range(2)]
    stacked = stack_counts(columns)
    assert stacked.shape == (2, 5, 3)
    assert stacked[1, 3].tolist() == [columns[1].correct[3], columns[1].gold[3], columns[1].predicted[3]]
    with pytest.raises(ValueError, match="same documents"):
        stack_counts([columns[0], DocumentCounts(*rng.integers(0, 9, (3, 4)))])


def test_nothing_there_and_nothing_found_scores_zero() -> None:
    assert mean_f1_of_counts(np.zeros((1, 3), dtype=np.int64)) == 0.0


def test_the_p_value_is_that_of_all_changes_of_side() -> None:
    rng = np.random.default_rng(4)
    gold = rng.integers(1, 6, 9)
    one, other = (draw_counts(rng, 9, recall=recall, gold=gold) for recall in (0.9, 0.5))
    observed = abs(f1(one[0].sum(0)) - f1(other[0].sum(0)))
    extreme = 0
    for flips in product([False, True], repeat=9):
        swap = np.array(flips)[:, None]
        left, right = np.where(swap, other[0], one[0]), np.where(swap, one[0], other[0])
        extreme += abs(f1(left.sum(0)) - f1(right.sum(0))) >= observed - 1e-12
    exact = extreme / 2**9
    assert randomisation_p_value(one, other, rounds=200_000) == pytest.approx(exact, abs=0.004)


def test_all_seeds_count_where_their_numbers_differ() -> None:
    rng = np.random.default_rng(5)
    gold = rng.integers(1, 6, size=60)
    one, other = (
        np.stack(
            [
                np.stack([np.minimum(gold, rng.integers(0, 6, size=60)), gold, gold], axis=-1)
                for _ in range(count)
            ]
        )
        for count in (3, 2)
    )
    p_values = {
        randomisation_p_value(one[list(order)], other, rounds=2_000)
        for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0))
    }
    assert len(p_values) == 1
    # As often as each stands there, so does it in this list of equal length.
    every = randomisation_p_value(one[[0, 1, 2, 0, 1, 2]], other[[0, 1, 0, 1, 0, 1]], rounds=2_000)
    assert p_values == {every}
    same = np.repeat(one[:1], 3, axis=0)
    assert randomisation_p_value(same, other[:1]) == randomisation_p_value(one[:1], other[:1])


def test_one_document_says_nothing() -> None:
    one, other = (np.array([[[correct, 400, 400]]]) for correct in (300, 298))
    scores = bootstrap([one, other], resamples=50)
    assert [(found.low, found.high) for found in intervals([one, other], scores)] == [(0.0, 1.0)] * 2
    (pair,) = compare_all([one, other], scores, rounds=50)
    assert (pair.low, pair.high, pair.p_value) == (-1.0, 1.0, 1.0)
    assert pair.difference == pytest.approx(0.005)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 9))
def test_what_was_lost_is_spread_evenly(gold: int, predicted: int, size: int) -> None:
    zeros = np.zeros(size, dtype=np.int64)
    counts = DocumentCounts(zeros, zeros, zeros).with_lost(gold, predicted)
    for found, number in ((counts.gold, gold), (counts.predicted, predicted), (counts.correct, 0)):
        assert int(found.sum()) == number
        assert int(found.max()) - int(found.min()) <= 1


def test_the_p_value_agrees_with_scipy() -> None:
    rng = np.random.default_rng(8)
    gold = rng.integers(1, 6, 60)
    one, other = (draw_counts(rng, 60, recall=recall, gold=gold) for recall in (0.75, 0.68))

    def difference(left, right, axis=-1):
        # scipy hands over indices of documents: 0..59 for the one model, 60..119 for the other.
        both = np.concatenate([one[0], other[0]])
        scores = []
        for places in (left, right):
            totals = both[places.astype(int)].sum(axis=axis - 1)
            scores.append(2 * totals[..., 0] / (totals[..., 1] + totals[..., 2]))
        return scores[0] - scores[1]

    result = scipy.stats.permutation_test(
        (np.arange(60), np.arange(60, 120)),
        difference,
        permutation_type="samples",
        n_resamples=20_000,
        vectorized=True,
        rng=np.random.default_rng(1),
    )
    assert randomisation_p_value(one, other, rounds=20_000) == pytest.approx(result.pvalue, abs=0.02)


def test_bootstrap_scores_are_those_of_resampled_documents() -> None:
    rng = np.random.default_rng(5)
    counts = draw_counts(rng, 40, seeds=3)
    scores = bootstrap([counts], resamples=4_000)[0]
    plain = np.random.default_rng(99)
    expected = []
    for _ in range(4_000):
        sample = counts[:, plain.integers(40, size=40)].sum(axis=1)
        expected.append(np.mean([f1(totals) for totals in sample]))
    assert scores.mean() == pytest.approx(np.mean(expected), abs=0.003)
    assert scores.std() == pytest.approx(np.std(expected), rel=0.06)
    assert np.percentile(scores, [2.5, 97.5]) == pytest.approx(np.percentile(expected, [2.5, 97.5]), abs=0.01)


def test_the_interval_agrees_with_scipy() -> None:
    rng = np.random.default_rng(6)
    counts = draw_counts(rng, 80)

    def score(correct, gold, predicted, axis=-1):
        return 2 * correct.sum(axis=axis) / (gold.sum(axis=axis) + predicted.sum(axis=axis))

    expected = scipy.stats.bootstrap(
        tuple(counts[0].T),
        score,
        paired=True,
        n_resamples=5_000,
        method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval
    found = intervals([counts], bootstrap([counts], resamples=5_000))[0]
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.005)
    assert found.score == pytest.approx(f1(counts[0].sum(0)))
    assert found.seed_sd is None


def test_seed_variance_is_apart_from_sample_variance() -> None:
    rng = np.random.default_rng(7)
    counts = draw_counts(rng, 50, seeds=3)
    each = [f1(totals) for totals in counts.sum(axis=1)]
    found = intervals([counts], bootstrap([counts], resamples=500))[0]
    assert found.seed_sd == pytest.approx(np.std(each, ddof=1))
    assert found.score == pytest.approx(np.mean(each))


def test_differences_are_paired() -> None:
    rng = np.random.default_rng(3)
    counts = draw_counts(rng, 30)
    scores = bootstrap([counts, counts], resamples=200)
    assert (scores[0] == scores[1]).all()
    [comparison] = compare_all([counts, counts], scores, rounds=200)
    assert (comparison.difference, comparison.low, comparison.high, comparison.p_value) == (0, 0, 0, 1)


def test_equal_models_differ_at_level_five_in_five_of_a_hundred() -> None:
    rng = np.random.default_rng(11)
    trials, rejected = 600, 0
    for trial in range(trials):
        gold = rng.integers(0, 6, 60)
        one, other = (draw_counts(rng, 60, gold=gold) for _ in range(2))
        rejected += randomisation_p_value(one, other, rounds=199, seed=trial) <= 0.05
    # Three standard errors of a share of 600.
    assert rejected / trials == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / trials) ** 0.5)


def test_holm_on_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.6, 0.7]) == [1.0, 1.0]


def test_other_documents_are_refused() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="same documents"):
        bootstrap([draw_counts(rng, 4), draw_counts(rng, 5)])
    with pytest.raises(ValueError, match="at least one"):
        bootstrap([np.zeros((1, 0, 3), dtype=np.int64)])
