"""Precision, recall and F1 from counts; whatever would be divided by zero is 0.0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Score:
    """Counts and the rates that follow from them, each in 0..1.

    Args:
        correct: predictions that are right (true positives); halves where partial credit is given.
        predicted: predictions made.
        gold: what there was to find.
    """

    correct: float
    predicted: int
    gold: int

    @property
    def precision(self) -> float:
        """``correct / predicted``; 0.0 when nothing was predicted."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """``correct / gold``; 0.0 when there was nothing to find."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, ``2 correct / (predicted + gold)``."""
        return 2 * self.correct / (self.predicted + self.gold) if self.predicted + self.gold else 0.0

    def as_dict(self) -> dict[str, float]:
        """Return rates and counts as plain values."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "correct": self.correct,
            "predicted": self.predicted,
            "gold": self.gold,
        }


def mean_f1(scores: list[Score]) -> float:
    """Return the mean F1 over the scores that have gold; 0.0 when none has.

    What only the model invents has no recall to speak of: it lowers the micro F1, not the macro F1.
    """
    found = [score.f1 for score in scores if score.gold]
    return sum(found) / len(found) if found else 0.0


def f1_of_counts(
    correct: NDArray[np.int64], predicted: NDArray[np.int64], gold: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return F1 element by element, for arrays of one shape; 0.0 where nothing is gold or predicted."""
    total = predicted + gold
    rates = np.zeros(total.shape)
    np.divide(2.0 * correct, total, out=rates, where=total > 0)
    return rates
