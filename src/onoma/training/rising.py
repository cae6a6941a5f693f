"""Noticing a run that ended while it still got better, or before it found anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

_NOTICED = 0.01
"""Rise of dev F1 over the last third of a run, 0..1: less is what the falling step size brings by itself."""

_ENOUGH = 0.005
"""A rise that is not worth a third more."""


class Scored(Protocol):
    """An epoch's number and its dev F1, 0..1."""

    @property
    def epoch(self) -> int: ...  # noqa: D102
    @property
    def dev_f1(self) -> float: ...  # noqa: D102


def describe_rising(history: Sequence[Scored]) -> str | None:
    """Return a sentence when dev F1 rose until the end, and how many epochs more it seems to want.

    None where it did not. A further third of the epochs is taken to gain half as much as the one before.
    """
    if len(history) < 3:
        return None
    third = -(-len(history) // 3)
    last, before = history[-1], max(epoch.dev_f1 for epoch in history[:-third])
    rise = last.dev_f1 - before
    if rise < _NOTICED or last.dev_f1 < max(epoch.dev_f1 for epoch in history):
        return None
    thirds = max(1, math.ceil(math.log2(rise / _ENOUGH)))
    return (
        f"dev F1 was still rising: {100 * before:.2f} to {100 * last.dev_f1:.2f} in the last {third} of "
        f"{last.epoch} epochs; some {thirds * third} more may help (--epochs {last.epoch + thirds * third})"
    )


def describe_nothing_found(history: Sequence[Scored]) -> str | None:
    """Return a sentence when dev F1 was 0 to the end, else None."""
    if not history or any(epoch.dev_f1 > 0 for epoch in history):
        return None
    return (
        f"dev F1 stayed at 0 up to epoch {history[-1].epoch}: the model finds nothing that is right; "
        "more epochs, more data or a larger step size (--set learning_rate=...) may help"
    )
