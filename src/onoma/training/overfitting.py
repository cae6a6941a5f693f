"""Noticing a network that has begun to learn its training data by heart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

_RISE = 1.1
"""Dev loss must rise by a tenth over its lowest point: less is noise."""


class Losses(Protocol):
    """An epoch's number and its losses a token."""

    @property
    def epoch(self) -> int: ...  # noqa: D102
    @property
    def train_loss(self) -> float: ...  # noqa: D102
    @property
    def dev_loss(self) -> float: ...  # noqa: D102


def describe_overfitting(history: Sequence[Losses]) -> str | None:
    """Return a sentence when dev loss rose from its lowest point while train loss fell on, else None."""
    if not history:
        return None
    lowest = min(history, key=lambda epoch: epoch.dev_loss)
    last = history[-1]
    if last.dev_loss < _RISE * lowest.dev_loss or last.train_loss >= lowest.train_loss:
        return None
    return (
        f"overfitting: dev loss rose from {lowest.dev_loss:.4f} (epoch {lowest.epoch}) to "
        f"{last.dev_loss:.4f} (epoch {last.epoch}) while train loss fell from {lowest.train_loss:.4f} to "
        f"{last.train_loss:.4f}; more dropout, fewer epochs or a smaller network may help"
    )
