"""Ending in good order when the system, or the user, asks for it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

Handler = Any
_EXIT_BASE = 128
"""A process that ends because of signal n exits with 128 + n, as shells count."""


class Terminated(BaseException):
    """SIGTERM arrived where there is nothing to finish."""


class StopSignals:
    """While active, SIGTERM and the first SIGINT ask for an orderly stop where that takes some doing.

    Args:
        request: is called on a signal; returns False where nothing needs finishing, and then the signal ends
            the block at once, with `Terminated` or ``KeyboardInterrupt``.
        insisting: whether a second SIGINT always ends it. Not so below ``torchrun``, which hands a Ctrl-C on
            that the terminal has sent already, and kills who takes too long.
    """

    def __init__(self, request: Callable[[], bool], *, insisting: bool = True) -> None:
        self.request = request
        self.insisting = insisting
        self.received: int | None = None
        self._before: dict[int, Handler] = {}

    @property
    def name(self) -> str:
        """Name of the signal that arrived."""
        return signal.Signals(self.received).name if self.received else ""

    @property
    def exit_code(self) -> int:
        """What the process should exit with after the signal that arrived."""
        return _EXIT_BASE + (self.received or 0)

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        again = self.insisting and self.received == number == signal.SIGINT
        self.received = number
        if not again and self.request():
            return
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated
