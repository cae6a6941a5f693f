"""Gradients in half precision: the loss is scaled up, so that small ones do not vanish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

_FIRST, _LARGEST = 2.0**16, 2.0**24
_PATIENCE = 2000
"""Updates in a row without an overflow, after which more is tried."""


class LossScale:
    """A factor on the loss that is halved where gradients overflow, and doubled where long none has.

    Source: Micikevicius et al. 2018 (Mixed precision training, section 3.2). An update whose gradients
    overflow is left out. Own, since torch's scaler does not know of the rows of tables
    (`onoma.training.tables`). Gradients of several processes are one before they are looked at: all decide
    alike.
    """

    def __init__(self) -> None:
        self.factor = _FIRST
        self._good = 0

    @torch.no_grad()
    def undo(self, gradients: Sequence[Tensor]) -> bool:
        """Divide gradients by the factor, in place; return whether they can be used."""
        if gradients:
            torch._foreach_mul_(list(gradients), 1 / self.factor)
        usable = all(bool(gradient.isfinite().all()) for gradient in gradients)
        if not usable:
            self.factor, self._good = max(1.0, self.factor / 2), 0
        elif (good := self._good + 1) < _PATIENCE:
            self._good = good
        else:
            self.factor, self._good = min(_LARGEST, 2 * self.factor), 0
        return usable

    def state(self) -> dict[str, Any]:
        """Return what `load_state` goes on from."""
        return {"factor": self.factor, "good": self._good}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a `state`.

        Raises:
            KeyError: it lacks something.
        """
        self.factor, self._good = float(state["factor"]), int(state["good"])
