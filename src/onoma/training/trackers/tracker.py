"""What a tracker is, which there are, and how those of a run are told what happens."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, EIO, ENOSPC, EROFS
from pathlib import Path
from typing import Any, Protocol

from onoma.extras import require
from onoma.plugins import find_all, pick
from onoma.training.events import Epoch, Finished

ENTRY_POINT_GROUP = "onoma.trackers"

_LOG = logging.getLogger(__name__)
_DISK_ERRORS = (ENOSPC, EDQUOT, EFBIG, EIO, EROFS)


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """What a tracker is told of a run.

    Args:
        folder: of the run.
        settings: its tables model, training and data, plain values.
        resumed_in: the epoch in which it goes on, which will be told again; None where it begins.
    """

    folder: Path
    settings: Mapping[str, Mapping[str, Any]]
    resumed_in: int | None


class RunLog(Protocol):
    """What a tracker keeps of one run."""

    def add(self, epoch: Epoch) -> None:
        """Take an epoch's figures."""

    def finish(self, finished: Finished) -> None:
        """Take what the run has come to; a run that is stopped has no such end."""

    def close(self) -> None:
        """End, whether finished or not."""


@dataclass(frozen=True, slots=True)
class Tracker:
    """A kind of tracker.

    Args:
        name: as users write it.
        summary: one line.
        open: begins to track a run, or goes on; None where it has nothing to do. It raises
            `onoma.ConfigError` where the place to track in cannot be used.
        extra: key of `onoma.extras.MODULES` that it needs; empty for none.
    """

    name: str
    summary: str
    open: Callable[[TrackedRun], RunLog | None]
    extra: str = ""


@functools.cache
def trackers() -> dict[str, Tracker]:
    """Return all trackers by name."""
    return find_all("onoma.training.trackers.kinds", "TRACKER", ENTRY_POINT_GROUP, Tracker)


def check_trackers(names: Iterable[str]) -> None:
    """Look whether trackers can be used, before any work is done.

    Raises:
        ConfigError: there is none of a name.
        MissingExtraError: it needs what is not installed.
    """
    for name in names:
        tracker = pick(trackers(), name, "tracker")
        if tracker.extra:
            require(tracker.extra)


class RunLogs:
    """The trackers of a run. One that fails is left out and said: a run does not end for want of an onlooker.

    Args:
        names: of the trackers.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self._logs: dict[str, RunLog] = {}

    def open(self, run: TrackedRun) -> None:
        """Begin.

        Args:
            run: what they track.

        Raises:
            ConfigError: there is no tracker of a name, or it cannot begin.
        """
        for name in self._names:
            if (log := pick(trackers(), name, "tracker").open(run)) is not None:
                self._logs[name] = log

    def add(self, epoch: Epoch) -> None:
        """Tell all of an epoch."""
        self._tell(lambda log: log.add(epoch))

    def finish(self, finished: Finished) -> None:
        """Tell all what the run has come to."""
        self._tell(lambda log: log.finish(finished))

    def close(self) -> None:
        """End all."""
        self._tell(lambda log: log.close())

    def _tell(self, what: Callable[[RunLog], None]) -> None:
        for name, log in list(self._logs.items()):
            try:
                what(log)
            except Exception as error:
                if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
                    raise  # the run has the same disk
                del self._logs[name]
                said = f"{type(error).__name__}: {error}".splitlines()[0]
                _LOG.warning(f"warning: the tracker {name} failed, and the run goes on without it ({said})")
