"""Signals that wait until they mean something: unasked, they end a process."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def held_back(*numbers: signal.Signals) -> Iterator[None]:
    """Let signals wait until this process, or one that it starts, takes them by `let_in`; then as before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def let_in(*numbers: signal.Signals) -> None:
    """Take what waits, and what comes from now on; their handlers are set."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
