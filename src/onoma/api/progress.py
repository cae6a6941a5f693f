"""Who is told what happens: nobody, or whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from onoma.training.loop import Epoch, Step

Say = Callable[[str], None]
"""Gets a line about what is done."""


class Watcher(Protocol):
    """Sees a training go on."""

    def step(self, step: Step) -> None:
        """An update was made."""
        ...

    def epoch(self, epoch: Epoch) -> None:
        """An epoch is over."""
        ...


class Unwatched:
    """Sees nothing."""

    def step(self, step: Step) -> None:
        """Do nothing."""

    def epoch(self, epoch: Epoch) -> None:
        """Do nothing."""


def say_nothing(line: str) -> None:
    """Drop a line."""
