"""Which epoch's weights a run ends with: those of the last one that dev cannot tell from the best.

The highest of thirty scores on a hundred sentences is the luckiest, not the best: with few sentences of dev,
F1 goes up and down by points from epoch to epoch, while weights get better as steps get small and their
average long. So an epoch is kept as long as it is within a standard error of the highest score. With much dev
data this is the highest, or nearly so.

Source: the one-standard-error rule of Breiman, Friedman, Olshen and Stone 1984 (Classification and Regression
Trees, section 3.4.3), along the epochs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class KeptEpoch:
    """The choice, epoch by epoch.

    Args:
        best: highest score so far, 0..1.
        best_epoch: the first epoch that had it.
        epoch: whose weights are kept.
    """

    best: float = -1.0
    best_epoch: int = 0
    epoch: int = 0

    def takes(self, epoch: int, score: float, gold: int) -> bool:
        """Look at the next epoch; return whether its weights are to be kept.

        Args:
            epoch: its number, from 1.
            score: on dev, 0..1.
            gold: what the score is of, entities or documents; 0 for a score without error.
        """
        if score > self.best:
            self.best, self.best_epoch = score, epoch
        if taken := score >= self.best - standard_error(self.best, gold):
            self.epoch = epoch
        return taken

    def state(self) -> dict[str, Any]:
        """Return plain values for `from_state`."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> KeptEpoch:
        """Rebuild from `state`; runs from before there was this rule kept the best epoch.

        Raises:
            KeyError: it is of something else.
        """
        if "f1" in state:
            return cls(state["f1"], state["epoch"], state["epoch"])
        return cls(state["best"], state["best_epoch"], state["epoch"])


def standard_error(share: float, count: int) -> float:
    """Return that of a share of so many, 0 of none. An F1 has about that of a share of gold."""
    return float((share * (1 - share) / count) ** 0.5) if count else 0.0
