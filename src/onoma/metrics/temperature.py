"""One number that makes scores honest: the temperature.

Guo et al. 2017, "On Calibration of Modern Neural Networks": a network's scores are divided by T before they
become probabilities, and T is what makes the outcomes on held-out data most probable. As an entity is many
tags in one, what is fitted here is the probability of whole entities (Kuleshov and Liang 2015, "Calibrated
Structured Prediction"): of each predicted one, whether it is right.
"""

from __future__ import annotations

import numpy as np

from onoma.metrics.spans import BoolArray, FloatArray

_STEP = np.log(2) / 3
TEMPERATURES: tuple[float, ...] = tuple(np.exp(_STEP * np.arange(-6, 10)).tolist())
"""Where the likelihood is looked at: from 1/4 to 8, three to an octave, 1 among them."""

_SURE = 1e-7
"""How near to 0 or 1 a score counts: beyond it there is rounding, and one error must not decide alone."""


def fit_temperature(scores: FloatArray, correct: BoolArray) -> float:
    """Return the temperature of the least negative log-likelihood, near 1 where there is little to go by.

    The likelihood is known at `TEMPERATURES` only, so that the network runs once. It is smooth in log T: the
    parabola through the best point and its neighbours gives what lies between. A weak prior, half a nat
    for a factor of two, stands against a handful of entities that are all right, whose best T would be 0.

    Args:
        scores: of the same entities at each of `TEMPERATURES`. [N, E]
        correct: whether the entity is right. [E]

    Raises:
        ValueError: scores that do not fit `TEMPERATURES`.
    """
    if scores.shape != (len(TEMPERATURES), len(correct)):
        raise ValueError(f"scores of shape {scores.shape} for {len(TEMPERATURES)} temperatures")
    right = np.where(correct, scores, 1 - scores).clip(_SURE, 1)  # [N, E]
    octaves = np.log2(TEMPERATURES)  # [N]
    losses = -np.log(right).sum(axis=1) + octaves**2 / 2  # [N]
    best = int(losses.argmin())
    if best in (0, len(losses) - 1):
        return TEMPERATURES[best]
    before, lowest, after = losses[best - 1 : best + 2].tolist()
    bend = before - 2 * lowest + after
    offset = (before - after) / (2 * bend) if bend > 0 else 0.0  # in steps, within -0.5..0.5
    return float(TEMPERATURES[best] * np.exp(_STEP * offset))
