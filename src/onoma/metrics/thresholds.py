"""From a wanted precision to the score from which on entities are kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from onoma.metrics.spans import BoolArray, FloatArray

MAX_POINTS = 50
_FEWEST_ERRORS = 5


class Curve(NamedTuple):
    """What is left of the predictions at each of P thresholds, from low to high.

    Args:
        thresholds: lowest score that is kept. [P]
        precision: share of right ones among what is kept. [P]
        recall: share of gold entities that are kept. [P]
        kept: number of predictions. [P]
    """

    thresholds: Sequence[float]
    precision: Sequence[float]
    recall: Sequence[float]
    kept: Sequence[int]


def threshold_curve(scores: FloatArray, correct: BoolArray, num_gold: int) -> Curve:
    """Return precision and recall at up to `MAX_POINTS` thresholds that part the predictions evenly.

    The first threshold is 0; the others lie midway between two scores, so that another processor's rounding
    changes nothing.

    Args:
        scores: of the predictions. [E]
        correct: whether each is right. [E]
        num_gold: gold entities, all of them.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]  # [E], highest first
    hits = np.cumsum(correct[order])  # [E], right ones among the first n + 1
    asked = np.unique(np.linspace(0, len(ranked), MAX_POINTS + 1).round().astype(np.int64))[1:]
    # All of equal score are kept together.
    counts = np.unique(np.searchsorted(-ranked, -ranked[asked - 1], side="right"))[::-1]  # [P]
    right = hits[counts - 1]  # [P]
    return Curve(
        [_between(ranked, count) for count in counts.tolist()],
        (right / counts).tolist(),
        (right / max(1, num_gold)).tolist(),
        counts.tolist(),
    )


def _between(ranked: FloatArray, count: int) -> float:
    """Return the threshold that keeps just the first ``count`` scores."""
    if count == len(ranked):
        return 0.0
    middle = float((ranked[count - 1] + ranked[count]) / 2)
    return middle if middle > ranked[count] else float(ranked[count - 1])


def choose_threshold(curve: Curve, precision: float) -> int | None:
    """Return the point of the lowest threshold from which on the precision is reached; None where it is not.

    Each higher threshold must reach it too: what a dip is made up for by others' luck does not count. Points
    that keep too few to tell are passed over: among what they keep there would have to be five errors at the
    wanted precision (the usual bound for a share to be estimated at all). Where all of them keep too few, the
    precision is not reached, however good they look.
    """
    chosen = None
    for point in reversed(range(len(curve.kept))):
        if curve.kept[point] * (1 - precision) < _FEWEST_ERRORS - 1e-9:
            continue
        if curve.precision[point] < precision:
            break
        chosen = point
    return chosen


def best_precision(curve: Curve) -> float | None:
    """Return the highest precision, in thousandths, that `choose_threshold` finds; None without one."""
    limits = {
        math.floor(1000 * min(precision, 1 - _FEWEST_ERRORS / kept)) / 1000
        for precision, kept in zip(curve.precision, curve.kept, strict=True)
        if kept > _FEWEST_ERRORS
    }
    return next((limit for limit in sorted(limits, reverse=True) if _is_reached(curve, limit)), None)


def _is_reached(curve: Curve, precision: float) -> bool:
    return choose_threshold(curve, precision) is not None
