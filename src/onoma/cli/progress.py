"""Showing work in progress: a bar on a terminal, plain lines elsewhere; always on standard error."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from onoma.cli.events import Kept, Moving, describe, format_seconds

_PLAIN_SECONDS = 15.0
"""Without a terminal, a line for at most every so many seconds."""
_SMOOTHING = 0.95
_WARM_UP_EVENTS, _WARM_UP_SECONDS, _LONG_ENOUGH = 5, 3.0, 10.0
"""A speed says something after so many events and seconds, or after this long: first steps are slow."""


def say(line: str) -> None:
    """Print a note on standard error."""
    print(line, file=sys.stderr, flush=True)


def say_nothing(line: str) -> None:
    """Drop a note: what ``--quiet`` puts in place of `say`."""


class Lines(logging.Handler):
    """Prints what is logged as plain lines on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message of a record."""
        say(record.getMessage())

    def mute(self, name: str) -> None:
        """From now on print nothing but warnings of the loggers below ``name``."""
        self.addFilter(lambda record: record.levelno > logging.INFO or not record.name.startswith(name))


@contextmanager
def lines_shown(*, quiet: bool = False) -> Iterator[Lines]:
    """Print what Onoma logs while the block runs: all of it, or, where it is to be quiet, the warnings."""
    logger, lines = logging.getLogger("onoma"), Lines()
    before = logger.level
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
    logger.addHandler(lines)
    try:
        yield lines
    finally:
        logger.removeHandler(lines)
        logger.setLevel(before)


class Progress:
    """Shows the events of any job: call it with each; see `onoma.cli.events` for what is shown of them.

    Args:
        quiet: show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = not quiet and sys.stderr.isatty()
        self._bar: Any = None
        self._last_line = time.perf_counter()
        self._restart()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def __call__(self, event: object) -> None:
        """Show one event."""
        shown = None if self._quiet else describe(event)
        if isinstance(shown, Kept):
            if shown.ends:
                self._end()
            self._keep(shown.line)
        elif shown is not None:
            self._move(shown)

    def _restart(self) -> None:
        """Forget how fast it went: other work begins."""
        self._began: tuple[float, float | None] | None = None  # when, and what share was done then
        self._rate = 0.0
        self._num_events, self._first_event = 0, 0.0
        self._last_event: float | None = None

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self._restart()

    def _keep(self, line: str) -> None:
        self._last_line = time.perf_counter()
        self._last_event = None  # what the line is about took time, too, and is no part of the speed
        if self._bar is not None:
            self._bar.console.print(line, soft_wrap=True)
        else:
            say(line)

    def _move(self, shown: Moving) -> None:
        now = time.perf_counter()
        if self._began is not None and (self._began[1] is None) != (shown.share is None):
            self._restart()
        if self._began is None:
            self._began, self._first_event = (now, shown.share), now
        self._measure(shown, now)
        if self._live:
            self._draw(shown, now)
        elif now - self._last_line > _PLAIN_SECONDS:
            self._last_line = now
            parts = [shown.note, self._speed(shown), self._left(shown, now)]
            say(f"{shown.place}: {', '.join(part for part in parts if part)}")

    def _measure(self, shown: Moving, now: float) -> None:
        if shown.rate is not None:
            self._rate = shown.rate
        elif self._last_event is not None and self._is_warm(now):
            rate = shown.count / max(now - self._last_event, 1e-9)
            self._rate = _SMOOTHING * self._rate + (1 - _SMOOTHING) * rate if self._rate else rate
        self._last_event = now
        self._num_events += 1
        if not self._is_warm(now):
            self._began = now, shown.share

    def _is_warm(self, now: float) -> bool:
        """Whether the work has settled; what came before is no part of the speed, nor of what is left."""
        passed = now - self._first_event
        settled = self._num_events >= _WARM_UP_EVENTS and passed >= _WARM_UP_SECONDS
        return settled or passed >= _LONG_ENOUGH

    def _speed(self, shown: Moving) -> str:
        return f"{self._rate:,.0f} {shown.unit}/s" if shown.unit and self._rate else ""

    def _seconds_left(self, shown: Moving, now: float) -> float | None:
        """At the speed since this work began in this process, which may go on for another."""
        began, share = self._began or (now, None)
        if share is None or shown.share is None or shown.share <= share:
            return None
        return (now - began) * (1 - shown.share) / (shown.share - share)

    def _left(self, shown: Moving, now: float) -> str:
        left = self._seconds_left(shown, now)
        return f"{format_seconds(left)} left" if left else ""

    def _draw(self, shown: Moving, now: float) -> None:
        parts = (self._left(shown, now), shown.note, self._speed(shown))
        note = ", ".join(part for part in parts if part)
        if self._bar is None:
            self._bar = _start_bar()
        total = None if shown.share is None else 1.0
        self._bar.update(0, description=shown.place, total=total, completed=shown.share or 0.0, note=note)


def _start_bar() -> Any:
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    from onoma.cli.consoles import SafeConsole

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[note]}"),
        console=SafeConsole(stderr=True),
        transient=True,
    )
    bar.start()
    bar.add_task("", total=None, note="")
    return bar
