"""How far a pretraining has come, and its learning rate there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """An end after a number of updates or after some time, and a learning rate that rises and falls.

    Args:
        steps: updates to make; 0 where time decides.
        seconds: time to train; 0 where updates decide.
        warmup: share of the whole in which the rate rises.
    """

    steps: int
    seconds: float
    warmup: float

    def share(self, step: int, seconds: float) -> float:
        """Share of the training done, from 0 to 1, after some updates and some time."""
        return min(1.0, step / self.steps if self.steps else seconds / self.seconds)

    def factor(self, step: int, seconds: float) -> float:
        """Share of the peak learning rate for the next update: a linear rise, then a fall to zero.

        Counted in updates, neither the first nor the last one is wasted on a rate of zero.
        """
        done = (step + 1) / (self.steps + 1) if self.steps else self.share(step, seconds)
        return done / self.warmup if done < self.warmup else (1 - done) / (1 - self.warmup)
