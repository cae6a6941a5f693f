"""Showing how the training of word vectors gets on."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from onoma.cli.progress import format_seconds, say

if TYPE_CHECKING:
    from onoma.training.vectors import VectorsProgress

_TERMINAL_SECONDS, _PLAIN_SECONDS = 0.5, 15.0


class VectorsProgressLine:
    """Call it with where the work stands: one line that changes on a terminal, lines now and then elsewhere.

    Args:
        quiet: show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._last = time.perf_counter()
        self._latest: VectorsProgress | None = None

    def __enter__(self) -> VectorsProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_epoch()

    def __call__(self, progress: VectorsProgress) -> None:
        """Take in where the work stands."""
        if self._latest is not None and progress.epoch != self._latest.epoch:
            self._end_epoch()
        self._latest = progress
        now = time.perf_counter()
        if self._quiet or now - self._last < (_TERMINAL_SECONDS if self._live else _PLAIN_SECONDS):
            return
        self._last = now
        line = _describe(progress)
        if self._live:
            print(f"\r\x1b[K{line}", file=sys.stderr, end="", flush=True)
        else:
            say(line)

    def _end_epoch(self) -> None:
        if self._latest is not None and not self._quiet:
            done = f"{_describe(self._latest)}; {format_seconds(self._latest.seconds)}"
            say(f"\r\x1b[K{done}" if self._live else done)
        self._latest = None


def _describe(progress: VectorsProgress) -> str:
    speed = progress.words / max(progress.seconds, 1e-9)
    if not progress.epoch:
        return f"reading: {progress.words:,} words, {speed:,.0f} words/s"
    left = (progress.num_epochs - progress.epoch + 1) * progress.total - progress.words
    time_left = f", {format_seconds(left / max(speed, 1e-9))} left" if left else ""
    return (
        f"epoch {progress.epoch}/{progress.num_epochs}: {progress.words / max(1, progress.total):.0%}, "
        f"{speed:,.0f} words/s{time_left}"
    )
