"""What is taken for what: confusion of tags and of entity labels, and the kinds of errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onoma.metrics.pairing import Pairing
from onoma.metrics.spans import IntArray

MISSED = "missed"
SPURIOUS = "spurious"


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Counts [R, C]: rows are gold, columns are predicted."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: IntArray

    def as_dict(self) -> dict[str, object]:
        """Return names and counts as plain lists."""
        return {"rows": list(self.rows), "columns": list(self.columns), "counts": self.counts.tolist()}


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """Every gold mention and every prediction, by what became of it.

    ``correct``, ``wrong_label`` (same place), ``wrong_boundary`` (overlap, same label) and
    ``wrong_label_and_boundary`` (overlap) count pairs: one gold mention and one prediction each. ``missed``
    are gold mentions and ``spurious`` predictions in no pair. Pairs are those of `onoma.metrics.pairing`.
    """

    correct: int
    wrong_label: int
    wrong_boundary: int
    wrong_label_and_boundary: int
    missed: int
    spurious: int

    @property
    def _paired(self) -> int:
        return self.correct + self.wrong_label + self.wrong_boundary + self.wrong_label_and_boundary

    @property
    def gold(self) -> int:
        """All gold mentions."""
        return self._paired + self.missed

    @property
    def predicted(self) -> int:
        """All predictions."""
        return self._paired + self.spurious

    def as_dict(self) -> dict[str, int]:
        """Return the six counts by name."""
        return {
            "correct": self.correct,
            "wrong_label": self.wrong_label,
            "wrong_boundary": self.wrong_boundary,
            "wrong_label_and_boundary": self.wrong_label_and_boundary,
            "missed": self.missed,
            "spurious": self.spurious,
        }


def count_errors(pairing: Pairing) -> ErrorCounts:
    """Count the kinds of errors."""
    place, label = pairing.same_place, pairing.same_label  # [M]
    return ErrorCounts(
        correct=int(np.count_nonzero(place & label)),
        wrong_label=int(np.count_nonzero(place & ~label)),
        wrong_boundary=int(np.count_nonzero(~place & label)),
        wrong_label_and_boundary=int(np.count_nonzero(~place & ~label)),
        missed=len(pairing.missed),
        spurious=len(pairing.spurious),
    )


def entity_confusion(pairing: Pairing) -> Confusion:
    """Return the confusion of entity labels, [L+1, L+1].

    A pair is counted at its two labels, also where only the boundary is wrong: the diagonal says that the
    label is right, `ErrorCounts.wrong_boundary` how many of those have a wrong boundary. The last column
    holds missed gold mentions, the last row spurious predictions. Rows add up to gold, columns to
    predictions; the corner is 0.
    """
    num_labels = len(pairing.gold.labels)
    rows = np.concatenate(
        (
            pairing.gold.label_ids[pairing.gold_ids],
            pairing.gold.label_ids[pairing.missed],
            np.full(len(pairing.spurious), num_labels),
        )
    )
    columns = np.concatenate(
        (
            pairing.predicted.label_ids[pairing.predicted_ids],
            np.full(len(pairing.missed), num_labels),
            pairing.predicted.label_ids[pairing.spurious],
        )
    )
    counts = _count_cells(rows, columns, num_labels + 1)
    return Confusion((*pairing.gold.labels, SPURIOUS), (*pairing.gold.labels, MISSED), counts)


def tag_confusion(
    gold_ids: NDArray[np.integer], predicted_ids: NDArray[np.integer], tags: Sequence[str]
) -> Confusion:
    """Return the confusion of tags, [K, K].

    Args:
        gold_ids: [N] indices into ``tags``.
        predicted_ids: [N] indices into ``tags``.
        tags: K tags.

    Raises:
        ValueError: not a prediction for each token.
    """
    if gold_ids.shape != predicted_ids.shape:
        raise ValueError(f"gold has shape {gold_ids.shape}, predicted {predicted_ids.shape}")
    return Confusion(tuple(tags), tuple(tags), _count_cells(gold_ids, predicted_ids, len(tags)))


def _count_cells(rows: NDArray[np.integer], columns: NDArray[np.integer], size: int) -> IntArray:
    return np.bincount(rows * size + columns, minlength=size * size).reshape(size, size)
