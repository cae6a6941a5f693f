"""Showing work in progress: bars on a terminal, plain lines elsewhere; always on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onoma.training.loop import Epoch, Step

_PLAIN_SECONDS = 15.0
"""Without a terminal, a line for at most every so many seconds within an epoch."""


def say(line: str) -> None:
    """Print a note on standard error."""
    print(line, file=sys.stderr, flush=True)


def say_nothing(line: str) -> None:
    """Drop a note: what ``--quiet`` puts in place of `say`."""


class TrainingProgress:
    """Shows steps and epochs: loss, dev F1, tokens a second, time left.

    Args:
        num_epochs: epochs that will run at most.
        quiet: show nothing.
    """

    def __init__(self, num_epochs: int, *, quiet: bool = False) -> None:
        self.num_epochs = num_epochs
        self.quiet = quiet
        self._bar: Any = None
        self._task: Any = None
        self._started = time.perf_counter()
        self._last_line = self._started
        self._steps_before: int | None = None  # done by the process that this one goes on for
        self._tokens = 0
        self._epoch_started = self._started
        self._seen_epoch = 0

    def __enter__(self) -> TrainingProgress:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f}%"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("training", total=None, note="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, step: Step) -> None:
        """Show one update."""
        now = time.perf_counter()
        if step.epoch != self._seen_epoch:  # its first step is over before the clock of the epoch starts
            self._seen_epoch, self._epoch_started, self._tokens = step.epoch, now, 0
        else:
            self._tokens += step.num_tokens
        done, total = (step.epoch - 1) * step.num_steps + step.step, step.num_steps * self.num_epochs
        if self._steps_before is None:
            self._steps_before = done - 1
        if self.quiet:
            return
        note = f"loss {step.loss:.4f}"
        if self._tokens:
            note += f", {self._tokens / max(now - self._epoch_started, 1e-9):,.0f} tokens/s"
        if self._bar is not None:
            self._bar.update(
                self._task,
                total=total,
                completed=done,
                description=f"epoch {step.epoch}/{self.num_epochs}",
                note=note,
            )
        elif now - self._last_line > _PLAIN_SECONDS:
            self._last_line = now
            left = (now - self._started) * (total - done) / (done - self._steps_before)
            say(f"epoch {step.epoch} step {step.step}/{step.num_steps}: {note}, {format_seconds(left)} left")

    def epoch(self, epoch: Epoch) -> None:
        """Show one epoch's figures."""
        if self.quiet:
            return
        labels = epoch.dev_document_f1
        also = "" if labels is None else f"document labels {labels:.4f}  "
        line = (
            f"epoch {epoch.epoch:>3}  train loss {epoch.train_loss:.4f}  dev loss {epoch.dev_loss:.4f}  "
            f"dev F1 {epoch.dev_f1:.4f}  {also}{epoch.tokens_per_second:,.0f} tokens/s  "
            f"{format_seconds(epoch.seconds)}{'  best' if epoch.best else ''}"
        )
        self._last_line = time.perf_counter()
        if self._bar is not None:
            self._bar.console.print(line, highlight=False)
        else:
            say(line)


def format_seconds(seconds: float) -> str:
    """Return ``1:02:03``, ``2:03`` or ``3.2 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
