"""A curve through scores by amount of training data, and what more data would probably buy.

The inverse power law ``F1(n) = a - b n^-c`` (as Hestness et al. 2017, "Deep learning scaling is predictable,
empirically", have it for errors), with ``0 <= a <= 1`` and ``b >= 0``, by least squares: for each ``c`` of a
grid ``a`` and ``b`` are a linear problem. Its uncertainty is that of a parametric bootstrap over the runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MIN_SHARES = 3
"""Different amounts of data without which three parameters mean nothing."""
LEVEL = 0.9
"""Of the intervals."""
RESAMPLES = 1000
_FEW_SPARE = 3
_EXPONENTS = np.geomspace(0.05, 2.0, 60)  # [C]


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """R curves ``a - b n^-c``, where n is 1 for all the data there is.

    Args:
        asymptote: a, the score that no amount of data would exceed. [R]
        scale: b, by how far all the data there is falls short of it. [R]
        exponent: c. [R]
    """

    asymptote: Floats
    scale: Floats
    exponent: Floats

    def at(self, amounts: Sequence[float] | Floats) -> Floats:
        """Return the scores at N amounts of data. [R, N]"""
        powers = np.asarray(amounts, np.float64)[None, :] ** -self.exponent[:, None]  # [R, N]
        return np.asarray(self.asymptote[:, None] - self.scale[:, None] * powers)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """A fitted curve.

    Args:
        asymptote: a.
        scale: b.
        exponent: c.
        gain: in score (0..1), if there were twice the data.
        gain_low: lower end of its 90 % interval; None where the runs are too few for one.
        gain_high: upper end.
        num_runs: it was fitted to.
        num_shares: different amounts of data among them.
        caution: why not to trust it much; empty where there is no reason.
        samples: the curves of the bootstrap, none where the runs are too few.
    """

    asymptote: float
    scale: float
    exponent: float
    gain: float
    gain_low: float | None
    gain_high: float | None
    num_runs: int
    num_shares: int
    caution: str
    samples: PowerLaw

    def at(self, amounts: Sequence[float]) -> Floats:
        """Return the fitted scores. [N]"""
        return np.asarray(self.asymptote - self.scale * np.asarray(amounts, np.float64) ** -self.exponent)

    def band(self, amounts: Sequence[float]) -> tuple[Floats, Floats] | None:
        """Return the ends of the 90 % interval of the scores, [N] each; None where there is none."""
        if not len(self.samples.asymptote):
            return None
        low, high = _ends(self.samples.at(amounts))
        return low, high

    @property
    def in_words(self) -> str:
        """What twice the labels would probably buy."""
        said = f"twice the labels: {100 * self.gain:+.1f} points"
        if self.gain_low is None or self.gain_high is None:
            said += " (no interval)"
        else:
            said += f" (90 % interval {100 * self.gain_low:.1f} to {100 * self.gain_high:.1f})"
        return f"{said}; {self.caution}" if self.caution else said

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON-ready values."""
        return {
            "asymptote": self.asymptote,
            "scale": self.scale,
            "exponent": self.exponent,
            "gain_of_twice": {
                "value": self.gain,
                "low": self.gain_low,
                "high": self.gain_high,
                "level": LEVEL,
            },
            "runs": self.num_runs,
            "shares": self.num_shares,
            "caution": self.caution,
        }


def fit_power_law(amounts: Floats, scores: Floats) -> PowerLaw:
    """Fit R curves at once.

    Args:
        amounts: of data, above 0. [N]
        scores: 0..1. [R, N]
    """
    powers = amounts[None, :] ** -_EXPONENTS[:, None]  # [C, N]
    centred = powers - powers.mean(axis=1, keepdims=True)  # [C, N]
    means = scores.mean(axis=1)[:, None]  # [R, 1]
    spread = np.maximum((centred**2).sum(axis=1), 1e-300)  # [C]
    scale = np.maximum(-(scores @ centred.T) / spread, 0.0)  # [R, C]
    asymptote = means + scale * powers.mean(axis=1)  # [R, C]
    # Where no score is left above: the best curve that ends at 1.
    bound = asymptote > 1.0  # [R, C]
    to_one = np.maximum(((1.0 - scores) @ powers.T) / (powers**2).sum(axis=1), 0.0)  # [R, C]
    scale = np.where(bound, to_one, scale)
    asymptote = np.where(bound, 1.0, np.maximum(asymptote, 0.0))
    fitted = asymptote[:, :, None] - scale[:, :, None] * powers  # [R, C, N]
    best = ((fitted - scores[:, None, :]) ** 2).sum(axis=2).argmin(axis=1)  # [R]
    rows = np.arange(len(scores))
    return PowerLaw(asymptote[rows, best], scale[rows, best], _EXPONENTS[best])


def fit_learning_curve(
    runs: Sequence[tuple[float, float]], *, resamples: int = RESAMPLES, seed: int = 13
) -> LearningCurve | str:
    """Fit a curve to runs; return why not where they do not allow it.

    The bootstrap draws scores of all runs around the fitted curve and fits again. Their variance is that of
    the residuals for N - 3 degrees of freedom, itself drawn (scaled inverse chi-square), so that the
    intervals of few runs are wide.
    They speak of noise of seeds and samples, not of whether the curve goes on as it does.

    Args:
        runs: share of the data (above 0, 1 is all) and score (0..1) of each.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """
    amounts = np.array([share for share, _ in runs], np.float64)  # [N]
    scores = np.array([score for _, score in runs], np.float64)  # [N]
    num_shares = len(np.unique(amounts))
    if num_shares < MIN_SHARES:
        have = "1 share" if num_shares == 1 else f"{num_shares} shares"
        return f"no fitted curve: {have} of the data, and a curve needs {MIN_SHARES} different ones"
    if not np.isfinite(scores).all():
        return "no fitted curve: a score is not a number"
    law = fit_power_law(amounts, scores[None])
    spare = len(runs) - 3
    samples = PowerLaw(*(np.zeros(0) for _ in range(3)))
    gains: tuple[float, float] | None = None
    if spare > 0:
        fitted = law.at(amounts)  # [1, N]
        variance = float(((scores - fitted) ** 2).sum()) / spare
        samples = _resample(amounts, fitted, variance, spare, resamples, seed)
        low, high = _ends(_gain(samples)[:, None])
        gains = (float(low[0]), float(high[0]))
    return LearningCurve(
        asymptote=float(law.asymptote[0]),
        scale=float(law.scale[0]),
        exponent=float(law.exponent[0]),
        gain=float(_gain(law)[0]),
        gain_low=gains[0] if gains else None,
        gain_high=gains[1] if gains else None,
        num_runs=len(runs),
        num_shares=num_shares,
        caution=_caution(len(runs), num_shares),
        samples=samples,
    )


def _resample(
    amounts: Floats, fitted: Floats, variance: float, spare: int, resamples: int, seed: int
) -> PowerLaw:
    rng = np.random.default_rng(seed)
    sds = np.sqrt(variance * spare / rng.chisquare(spare, resamples))  # [R]
    noise = rng.standard_normal((resamples, len(amounts))) * sds[:, None]  # [R, N]
    return fit_power_law(amounts, (fitted + noise).clip(0, 1))


def _gain(law: PowerLaw) -> Floats:
    """By how much the score grows from all the data to twice as much. [R]"""
    return law.scale * (1 - 2.0**-law.exponent)


def _ends(values: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the interval of each column of [R, N]."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def _caution(num_runs: int, num_shares: int) -> str:
    if num_runs - 3 <= 0:
        return f"{num_runs} runs only fix the curve: more seeds or shares would tell how sure it is"
    if num_runs - 3 < _FEW_SPARE:
        return f"from {num_runs} runs on {num_shares} shares, few for three parameters"
    return ""
