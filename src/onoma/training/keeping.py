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
        highest: score so far, 0..1.
        error: of that score.
        highest_epoch: the first epoch that had it.
        epoch: whose weights are kept.
    """

    highest: float = -1.0
    error: float = 0.0
    highest_epoch: int = 0
    epoch: int = 0

    def takes(self, epoch: int, score: float, error: float) -> bool:
        """Look at the next epoch; return whether its weights are to be kept.

        Args:
            epoch: its number, from 1.
            score: on dev, 0..1.
            error: the score's standard error.
        """
        if score > self.highest:
            self.highest, self.error, self.highest_epoch = score, error, epoch
        if taken := score >= self.highest - self.error:
            self.epoch = epoch
        return taken

    def state(self) -> dict[str, Any]:
        """Return plain values for `from_state`."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> KeptEpoch:
        """Rebuild from `state`; runs from before there was this rule kept the epoch of the highest score.

        Raises:
            KeyError: it is of something else.
        """
        if "f1" in state:
            return cls(state["f1"], 0.0, state["epoch"], state["epoch"])
        return cls(**{name: state[name] for name in ("highest", "error", "highest_epoch", "epoch")})


def standard_error(share: float, count: int) -> float:
    """Return that of a share of so many, 0 of none. An F1 has about that of a share of gold."""
    return float((share * (1 - share) / count) ** 0.5) if count else 0.0
