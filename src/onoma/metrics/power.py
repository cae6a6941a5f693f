"""How many documents it would take to tell two models apart.

F1 over documents is a ratio of means, so that each document d moves it, to first order, by
``z_d = (2 correct_d - F1 (gold_d + predicted_d)) / mean(gold + predicted)`` (delta method, Efron and
Tibshirani 1993, ch. 21). A difference of ``delta`` between two models whose paired differences ``z_d - z'_d``
have the standard deviation ``sigma`` is found by a two-sided test at ``level`` with probability ``power`` on

    n = ((q(1 - level / 2) + q(power)) * sigma / delta) ** 2

documents, q being the normal quantile (Cohen 1988, ch. 2; for language processing Card et al. 2020, "With
Little Power Comes Great Responsibility"). It takes the observed difference for the true one.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

LEVEL, POWER = 0.05, 0.8


def documents_to_settle(
    one: NDArray[np.int64], other: NDArray[np.int64], *, level: float = LEVEL, power: float = POWER
) -> int | None:
    """Return how many documents like these would tell two models apart.

    Args:
        one: [S, D, 3] correct, gold and predicted mentions by seed and document; see `significance`.
        other: [S', D, 3]
        level: of the two-sided test.
        power: probability of finding the difference.

    Returns:
        The number; None where none would do or nothing can be said: no difference was observed, or there are
        fewer than two documents.
    """
    if one.shape[1] < 2:
        return None
    (first, moves), (second, other_moves) = _moves(one), _moves(other)
    delta, sigma = first - second, float((moves - other_moves).std(ddof=1))
    if abs(delta) < 1e-12:
        return None
    quantile = NormalDist().inv_cdf
    root = (quantile(1 - level / 2) + quantile(power)) * sigma / abs(delta)
    # Of n documents a test by exchanges can say no more than 2 ** (1 - n), however clear they are.
    return max(math.ceil(1 - math.log2(level)), math.ceil(root * root))


def _moves(counts: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]]:
    """Return F1, and how far each document moves it, [D]; both as means over the seeds."""
    correct = counts[..., 0].astype(np.float64)  # [S, D]
    made = counts[..., 1:].sum(axis=-1).astype(np.float64)  # [S, D]
    total = np.maximum(made.sum(axis=1, keepdims=True), 1.0)  # [S, 1]
    f1 = 2 * correct.sum(axis=1, keepdims=True) / total  # [S, 1]
    moves = (2 * correct - f1 * made) * made.shape[1] / total  # [S, D]
    return float(f1.mean()), moves.mean(axis=0)
