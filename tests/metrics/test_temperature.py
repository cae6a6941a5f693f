"""The fitted temperature, and thresholds for a wanted precision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.metrics.calibration import bin_scores
from onoma.metrics.temperature import TEMPERATURES, fit_temperature
from onoma.metrics.thresholds import MAX_POINTS, Curve, best_precision, choose_threshold, threshold_curve


def softmax_scores(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities of the best class of rows [E, C]."""
    weights = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return weights.max(axis=1) / weights.sum(axis=1)


def draw(true_temperature: float, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Scores at all temperatures [N, E], and outcomes that are drawn at the true one [E]."""
    numbers = np.random.default_rng(seed)
    logits = numbers.normal(size=(count, 5)) * 4
    scores = np.stack([softmax_scores(logits, temperature) for temperature in TEMPERATURES])
    return scores, numbers.random(count) < softmax_scores(logits, true_temperature)


@pytest.mark.parametrize("temperature", [0.5, 0.9, 1.0, 1.3, 2.0, 3.7])
def test_a_known_temperature_is_recovered(temperature: float) -> None:
    assert fit_temperature(*draw(temperature, 40_000)) == pytest.approx(temperature, rel=0.07)


def test_the_fitted_scores_are_calibrated() -> None:
    scores, correct = draw(2.0, 20_000)
    octaves = np.log2(TEMPERATURES)
    as_trained = scores[int(np.abs(octaves).argmin())]
    fitted = scores[int(np.abs(octaves - np.log2(fit_temperature(scores, correct))).argmin())]
    before, after = bin_scores(as_trained, correct), bin_scores(fitted, correct)
    assert before is not None
    assert after is not None
    assert before.ece > 0.1
    assert after.ece < 0.02


def test_one_is_among_the_temperatures() -> None:
    assert 1.0 in TEMPERATURES


def test_little_data_says_little() -> None:
    """Three entities that are all right would have a temperature of zero."""
    scores, _ = draw(1.0, 3)
    assert 0.4 < fit_temperature(scores, np.ones(3, bool)) < 1
    assert fit_temperature(scores[:, :0], np.ones(0, bool)) == pytest.approx(1)


def test_sure_errors_stay_finite() -> None:
    scores = np.ones((len(TEMPERATURES), 4))
    assert np.isfinite(fit_temperature(scores, np.zeros(4, bool)))


def test_scores_of_other_temperatures_are_refused() -> None:
    with pytest.raises(ValueError, match="temperatures"):
        fit_temperature(np.ones((3, 4)), np.ones(4, bool))


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.5, 0.75, 0.9, 1.0]), st.booleans()), min_size=1),
    st.integers(0, 20),
)
def test_a_curve_says_what_its_thresholds_keep(rows: list[tuple[float, bool]], missed: int) -> None:
    scores, correct = (np.array(column) for column in zip(*rows, strict=True))
    num_gold = int(correct.sum()) + missed
    curve = threshold_curve(scores, correct, num_gold)
    assert curve.thresholds[0] == 0
    assert curve.kept[0] == len(rows)
    assert list(curve.thresholds) == sorted(set(curve.thresholds))
    assert list(curve.kept) == sorted(curve.kept, reverse=True)
    for threshold, precision, recall, kept in zip(*curve, strict=True):
        chosen = scores >= threshold
        assert chosen.sum() == kept
        assert correct[chosen].mean() == pytest.approx(precision)
        assert correct[chosen].sum() / max(1, num_gold) == pytest.approx(recall)


def test_a_curve_has_few_points() -> None:
    numbers = np.random.default_rng(3)
    curve = threshold_curve(numbers.random(10_000), numbers.random(10_000) < 0.8, 9_000)
    assert len(curve.kept) == MAX_POINTS
    assert np.diff(curve.kept).max() == -200


def test_neighbouring_floats_are_parted() -> None:
    high = 0.9
    low = float(np.nextafter(high, 0))
    curve = threshold_curve(np.array([low, high]), np.array([False, True]), 1)
    assert [float(threshold) <= high for threshold in curve.thresholds] == [True, True]
    assert curve.thresholds[1] > low


def curve_of(*points: tuple[float, int]) -> Curve:
    """A curve of points (precision, kept), from low to high thresholds."""
    thresholds = np.linspace(0, 0.9, len(points)).tolist()
    return Curve(thresholds, [p for p, _ in points], [k / 2000 for _, k in points], [k for _, k in points])


@pytest.mark.parametrize(
    ("points", "precision", "chosen"),
    [
        ([(0.85, 1000), (0.92, 800), (0.96, 500)], 0.90, 1),
        ([(0.85, 1000), (0.92, 800), (0.96, 500)], 0.80, 0),
        ([(0.85, 1000), (0.92, 800), (0.96, 500)], 0.97, None),
        # A dip above the threshold: nothing below it is to be trusted.
        ([(0.91, 1000), (0.89, 800), (0.96, 500)], 0.90, 2),
        # Two errors among the surest twenty say nothing about 0.95.
        ([(0.90, 1000), (0.96, 400), (0.90, 20)], 0.95, 1),
        # Thirty right ones of thirty are no evidence for 0.98.
        ([(0.90, 1000), (0.95, 400), (1.0, 30)], 0.98, None),
        ([(0.99, 249)], 0.98, None),
        ([(0.99, 250)], 0.98, 0),
        ([(1.0, 100_000)], 1.0, None),
        ([], 0.5, None),
    ],
)
def test_the_lowest_threshold_that_holds_is_chosen(points, precision, chosen) -> None:
    assert choose_threshold(curve_of(*points), precision) == chosen


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 5_000)), max_size=12).map(
        lambda points: sorted(points, key=lambda point: -point[1])
    ),
    st.floats(0.01, 0.999),
)
def test_the_best_precision_is_reached_and_none_above_it(points, precision: float) -> None:
    curve = curve_of(*points)
    best = best_precision(curve)
    if best is not None:
        assert choose_threshold(curve, best) is not None
    if choose_threshold(curve, precision) is not None:
        assert best is not None
        assert precision < best + 0.001
