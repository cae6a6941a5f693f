"""Partial match as in SemEval-2013 task 9.1 (Segura-Bedmar et al. 2013, after Chinchor & Sundheim 1993).

Each gold mention and each prediction gets one outcome in each of four readings:

=======  ====================  ==========  ===================  =========  =================
reading  same place and label  same place  overlap, same label  overlap    in no pair
=======  ====================  ==========  ===================  =========  =================
strict   correct               incorrect   incorrect            incorrect  missed / spurious
exact    correct               correct     incorrect            incorrect  missed / spurious
partial  correct               correct     partial              partial    missed / spurious
type     correct               incorrect   correct              incorrect  missed / spurious
=======  ====================  ==========  ===================  =========  =================

Pairs are those of `onoma.metrics.pairing`, so gold = correct + incorrect + partial + missed, and predicted =
correct + incorrect + partial + spurious, in every reading. Precision and recall are
(correct + partial / 2) over predicted and over gold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from onoma.metrics.pairing import Pairing
from onoma.metrics.rates import Score
from onoma.metrics.spans import IntArray

READINGS = ("strict", "exact", "partial", "type")


@dataclass(frozen=True, slots=True)
class PartialCounts:
    """The outcomes of one reading, and the score that follows."""

    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int

    @property
    def score(self) -> Score:
        """Precision, recall and F1, with half a point for a partial match."""
        paired = self.correct + self.incorrect + self.partial
        return Score(self.correct + self.partial / 2, paired + self.spurious, paired + self.missed)

    def as_dict(self) -> dict[str, float]:
        """Return rates and counts as plain values."""
        return {
            "precision": self.score.precision,
            "recall": self.score.recall,
            "f1": self.score.f1,
            "correct": self.correct,
            "incorrect": self.incorrect,
            "partial": self.partial,
            "missed": self.missed,
            "spurious": self.spurious,
        }


@dataclass(frozen=True, slots=True)
class PartialScores:
    """Totals and per-label rows of one reading.

    A pair is counted in the row of its gold label, a spurious prediction in the row of its own label; so the
    rows add up to the total. A row's precision is therefore over the predictions that were paired with this
    label or are spurious with it, whatever the paired ones call it.
    """

    total: PartialCounts
    per_label: dict[str, PartialCounts]

    def as_dict(self) -> dict[str, object]:
        """Return the total's rates and counts, and ``per_label``, as plain values."""
        rows = {label: counts.as_dict() for label, counts in self.per_label.items()}
        return {**self.total.as_dict(), "per_label": rows}


def partial_scores(pairing: Pairing) -> dict[str, PartialScores]:
    """Return the scores of the four readings, by the names in `READINGS`."""
    place, label = pairing.same_place, pairing.same_label  # [M]
    never = np.zeros_like(place)
    verdicts = {
        "strict": (place & label, never),
        "exact": (place, never),
        "partial": (place, ~place),
        "type": (label, never),
    }
    num_labels = len(pairing.gold.labels)
    gold_labels = pairing.gold.label_ids[pairing.gold_ids]  # [M]
    missed = np.bincount(pairing.gold.label_ids[pairing.missed], minlength=num_labels)  # [L]
    spurious = np.bincount(pairing.predicted.label_ids[pairing.spurious], minlength=num_labels)  # [L]
    scores = {}
    for reading in READINGS:
        correct, partial = verdicts[reading]
        kinds = (correct, ~correct & ~partial, partial)
        paired = [np.bincount(gold_labels[kind], minlength=num_labels) for kind in kinds]  # 3 of [L]
        outcomes = np.stack([*paired, missed, spurious])  # [5, L]
        scores[reading] = _scores(outcomes, pairing.gold.labels)
    return scores


def _scores(outcomes: IntArray, labels: tuple[str, ...]) -> PartialScores:
    rows = {
        label: PartialCounts(*column)
        for label, column in zip(labels, outcomes.T.tolist(), strict=True)
        if any(column)
    }
    return PartialScores(PartialCounts(*outcomes.sum(axis=1).tolist()), rows)
