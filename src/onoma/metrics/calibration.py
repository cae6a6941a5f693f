"""Whether a score of 0.9 is right nine times in ten: expected calibration error of entity scores.

Guo et al. 2017, "On Calibration of Modern Neural Networks": scores are put into bins of equal width, and
ECE is the mean, over predictions, of the gap between a bin's mean score and its share of right ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from onoma.metrics.exact import Match
from onoma.metrics.spans import BoolArray, FloatArray, IntArray

NUM_BINS = 15


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """ECE and the reliability diagram behind it.

    Args:
        ece: expected calibration error, 0..1.
        edges: [B+1] bin edges from 0 to 1; a bin holds its upper edge, the first one 0 too.
        counts: [B] predictions in each bin.
        confidence: [B] mean score in the bin; NaN where it is empty.
        accuracy: [B] share of exact matches in the bin; NaN where it is empty.
        num_unscored: predictions left out because they have no score.
    """

    ece: float
    edges: FloatArray
    counts: IntArray
    confidence: FloatArray
    accuracy: FloatArray
    num_unscored: int


def calibrate(match: Match, num_bins: int = NUM_BINS) -> Calibration | None:
    """Return the calibration of the predictions' scores against exact match; None when none has a score.

    Raises:
        ValueError: a score is not in 0..1.
    """
    scores = match.predicted.scores
    if scores is None:
        return None
    scored = ~np.isnan(scores)  # [P]
    return bin_scores(scores[scored], match.predicted_matched[scored], num_bins, int((~scored).sum()))


def bin_scores(
    scores: FloatArray, correct: BoolArray, num_bins: int = NUM_BINS, num_unscored: int = 0
) -> Calibration | None:
    """Return the calibration of scores [P] against correctness [P]; None when there are none.

    Raises:
        ValueError: a score is not in 0..1.
    """
    if not len(scores):
        return None
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError(f"scores must lie in 0..1, found {scores.min()}..{scores.max()}")
    edges = np.linspace(0.0, 1.0, num_bins + 1)  # [B+1]
    bins = np.maximum(np.searchsorted(edges, scores, side="left") - 1, 0)  # [P]
    counts = np.bincount(bins, minlength=num_bins)  # [B]
    score_sums = np.bincount(bins, weights=scores, minlength=num_bins)  # [B]
    correct_sums = np.bincount(bins, weights=correct, minlength=num_bins)  # [B]
    filled = counts > 0
    confidence, accuracy = np.full(num_bins, np.nan), np.full(num_bins, np.nan)  # [B]
    confidence[filled] = score_sums[filled] / counts[filled]
    accuracy[filled] = correct_sums[filled] / counts[filled]
    ece = float(np.abs(correct_sums - score_sums).sum() / len(scores))
    return Calibration(ece, edges, counts, confidence, accuracy, num_unscored)
