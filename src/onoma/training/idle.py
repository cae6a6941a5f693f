"""What updates do to a row of a table while no batch uses it, in closed form.

A row with a zero gradient is not at rest: its momentum goes on moving it while it fades, and the running
average goes on following it. Between update s, the last that used the row, and update t

    pull_i    = fade * pull_(i-1)                      momentum, over the root of its second moment with Adam
    weight_i  = weight_(i-1) - gain_i * pull_i
    average_i = keep_i * average_(i-1) + (1 - keep_i) * weight_i

is linear, so all t - s updates together are three numbers that are the same for every row with this s:

    weight_t  = weight_s - drift * pull_s
    average_t = average_s + mix * (weight_s - average_s) - lag * pull_s
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

MOST = 2048
"""Updates that are kept account of: then all rows are caught up, and the account begins anew."""

Numbers = npt.NDArray[np.float64]


class IdleAccount:
    """Keeps account of the updates since one at which all rows were caught up.

    Args:
        fade: factor on a row's pull at each update without gradient, below 1.
        start: the update at which all rows are caught up.
    """

    def __init__(self, fade: float, start: int = 0) -> None:
        self._fades = fade ** np.arange(MOST + 1, dtype=np.float64)
        self._sums = np.zeros((3, MOST + 1))  # drift, mix, lag of rows that were last used at start + column
        self.start = start
        self.count = 0

    @property
    def step(self) -> int:
        """The last update that is in the account."""
        return self.start + self.count

    @property
    def full(self) -> bool:
        """Whether there is no room for another update: `restart` it."""
        return self.count == MOST

    def restart(self) -> None:
        """Begin anew: all rows are caught up."""
        self._sums[:] = 0
        self.start, self.count = self.step, 0

    def add(self, gain: float, keep: float) -> None:
        """Add an update.

        Args:
            gain: how far a weight moves by its pull.
            keep: decay of the running average; 1 where there is none.
        """
        self.count += 1
        drift, mix, lag = self._sums[:, : self.count]
        drift += gain * self._fades[self.count : 0 : -1]
        mix *= keep
        mix += 1 - keep
        lag *= keep
        lag += (1 - keep) * drift

    def since(self, last: npt.NDArray[np.integer[Any]]) -> Numbers:
        """Return what rows have missed: how many updates, drift, mix and lag. [4, N]

        Args:
            last: the update at which each was last caught up, at or after `start`. [N]
        """
        columns = last - self.start
        return np.concatenate([(self.count - columns)[np.newaxis], self._sums[:, columns]])

    def state(self) -> dict[str, Any]:
        """Return what `load_state` goes on from."""
        return {"start": self.start, "sums": torch.from_numpy(self._sums[:, : self.count].copy())}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a `state`.

        Raises:
            KeyError: it lacks something.
            ValueError: it is of something else.
        """
        sums = state["sums"].numpy()
        if sums.ndim != 2 or len(sums) != 3 or sums.shape[1] > MOST:
            raise ValueError("the account of idle rows is of something else")
        self.start, self.count = int(state["start"]), sums.shape[1]
        self._sums[:] = 0
        self._sums[:, : self.count] = sums
