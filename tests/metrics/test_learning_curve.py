"""A fitted learning curve: what it recovers, what it promises, and when it keeps silent."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.metrics.learning_curve import LearningCurve, fit_learning_curve, fit_power_law

SHARES = (0.1, 0.25, 0.5, 1.0)


def runs(
    a: float, b: float, c: float, *, noise: float = 0.0, seeds: int = 3, seed: int = 0
) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    return [
        (share, float(np.clip(a - b * share**-c + noise * rng.standard_normal(), 0, 1)))
        for share in SHARES
        for _ in range(seeds)
    ]


def fitted(points: list[tuple[float, float]], **options: int) -> LearningCurve:
    curve = fit_learning_curve(points, **options)
    assert isinstance(curve, LearningCurve)
    return curve


@pytest.mark.parametrize(
    ("a", "b", "c"), [(0.92, 0.05, 0.5), (0.8, 0.1, 0.3), (0.95, 0.02, 1.2), (1.0, 0.1, 0.4)]
)
def test_a_known_curve_is_recovered(a: float, b: float, c: float) -> None:
    curve = fitted(runs(a, b, c))
    assert curve.at(SHARES) == pytest.approx(a - b * np.array(SHARES) ** -c, abs=1e-3)
    assert curve.gain == pytest.approx(b * (1 - 2**-c), abs=1e-3)
    assert curve.exponent == pytest.approx(c, rel=0.05)
    assert curve.at([2.0])[0] - curve.at([1.0])[0] == pytest.approx(curve.gain)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.01, 0.1, 0.3, 0.6, 1.0]), st.floats(0, 1)), min_size=1, max_size=12)
)
def test_any_scores_give_a_rising_curve_that_ends_below_one_or_a_reason(points) -> None:
    curve = fit_learning_curve(points, resamples=20)
    if len({share for share, _ in points}) < 3:
        assert isinstance(curve, str)
        return
    assert isinstance(curve, LearningCurve)
    values = curve.at([0.01, 0.1, 0.5, 1, 2, 100])
    assert (np.diff(values) >= -1e-12).all()
    assert 0 <= curve.asymptote <= 1
    assert values[-1] <= 1 + 1e-12
    assert 0 <= curve.gain <= 1
    if len(points) > 3:
        assert curve.gain_low is not None
        assert curve.gain_high is not None
        assert 0 <= curve.gain_low <= curve.gain_high <= 1
        low, high = curve.band([0.1, 1, 2])
        assert (low <= high).all()
    json.dumps(curve.as_dict(), allow_nan=False)


def test_no_other_curve_of_the_family_is_closer() -> None:
    points = runs(0.9, 0.06, 0.4, noise=0.01, seed=4)
    amounts, scores = np.array(points).T
    best = ((fit_power_law(amounts, scores[None]).at(amounts)[0] - scores) ** 2).sum()
    rng = np.random.default_rng(1)
    for _ in range(500):
        a, b, c = rng.uniform(0.8, 1.0), rng.uniform(0, 0.2), rng.uniform(0.05, 2)
        assert ((a - b * amounts**-c - scores) ** 2).sum() >= best - 1e-6


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    truth = 0.08 * (1 - 2**-0.4)
    held = 0
    for seed in range(80):
        curve = fitted(runs(0.9, 0.08, 0.4, noise=0.005, seed=seed), resamples=200)
        assert curve.gain_low is not None
        assert curve.gain_high is not None
        held += curve.gain_low <= truth <= curve.gain_high
    assert 64 <= held <= 79  # 90 % of 80 is 72


def test_more_noise_is_less_certain() -> None:
    quiet, loud = (fitted(runs(0.9, 0.08, 0.4, noise=noise, seed=2)) for noise in (0.001, 0.01))
    widths = [curve.gain_high - curve.gain_low for curve in (quiet, loud)]
    assert widths[0] < widths[1]


def test_it_says_in_words_what_more_labels_buy() -> None:
    sure = fitted(runs(0.9, 0.08, 0.4, noise=0.002))
    low, high = 100 * (sure.gain_low or 0), 100 * (sure.gain_high or 0)
    assert (
        sure.in_words
        == f"twice the labels: +{100 * sure.gain:.1f} points (90 % interval {low:.1f} to {high:.1f})"
    )
    few = fitted(runs(0.9, 0.08, 0.4, noise=0.002, seeds=1))
    assert "few for three parameters" in few.in_words
    bare = fitted(runs(0.9, 0.08, 0.4, seeds=1)[:3])
    assert bare.gain_low is None
    assert bare.band([1.0]) is None
    assert "no interval" in bare.in_words
    assert "more seeds or shares" in bare.in_words


def test_scores_that_do_not_rise_promise_nothing() -> None:
    for points in ([(share, 0.7) for share in SHARES], [(share, 0.8 - 0.1 * share) for share in SHARES]):
        curve = fitted(points)
        assert curve.gain == pytest.approx(0, abs=1e-9)
        assert curve.in_words.startswith("twice the labels: +0.0 points")


@pytest.mark.parametrize(
    ("points", "why"),
    [
        ([(1.0, 0.5)], "1 share of the data"),
        ([(1.0, 0.5), (0.5, 0.4), (0.5, 0.45)], "2 shares of the data"),
        ([(1.0, 0.5), (0.5, 0.4), (0.1, float("nan"))], "not a number"),
    ],
)
def test_too_little_is_said_and_not_fitted(points, why: str) -> None:
    assert why in str(fit_learning_curve(points))


def test_the_same_runs_give_the_same_interval() -> None:
    points = runs(0.9, 0.08, 0.4, noise=0.005)
    assert fitted(points).as_dict() == fitted(points).as_dict()
