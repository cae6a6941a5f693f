"""What trains the runs of a suite, and on how many places at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from onoma.clusters import check_address
from onoma.errors import ConfigError
from onoma.plugins import find_all, pick
from onoma.training.suites.plan import PlannedRun, Suite
from onoma.training.suites.supervision import TrainHere

ENTRY_POINT_GROUP = "onoma.suite_engines"


class Trainer(Protocol):
    """One place where a run is trained; several are used from a thread each."""

    def __call__(self, run: PlannedRun, folder: Path, resume: bool) -> None:
        """Train a run; see `onoma.training.suites.runner.Train`."""

    def stop(self) -> bool:
        """Let the present run end in good order; False where none is trained."""

    def close(self) -> None:
        """Stop the present run, and any that would be begun from now on."""


@dataclass(frozen=True, slots=True)
class Crew:
    """How a suite is trained.

    Args:
        engine: its name.
        workers: runs at a time; 0 leaves it to the engine.
        address: of a cluster; None for this machine.
    """

    engine: str = "local"
    workers: int = 0
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What an engine is given.

    Args:
        suite: whose runs are to be trained.
        train: trains one, in a process of its own.
        preloaded: modules that this process needs.
        crew: how.
    """

    suite: Suite
    train: TrainHere
    preloaded: Sequence[str]
    crew: Crew

    @property
    def most_here(self) -> int:
        """Runs that are trained at a time on this machine: one, unless told otherwise."""
        return min(self.crew.workers or 1, max(1, len(self.suite.runs)))


@dataclass(frozen=True, slots=True)
class SuiteEngine:
    """Something that trains runs. A module of `onoma.training.suites.engines` with one as ``ENGINE`` is found
    by itself, and other packages register theirs under the entry point group ``onoma.suite_engines``.

    Args:
        name: as users write it.
        description: one line.
        hire: makes its trainers, one for each run that is trained at a time; what it holds for them is let go
            behind it. It raises `onoma.OnomaError` where it has no place for them.
        has_address: it runs on a cluster that can be elsewhere.
    """

    name: str
    description: str
    hire: Callable[[Work], AbstractContextManager[Sequence[Trainer]]]
    has_address: bool = False


@functools.cache
def suite_engines() -> dict[str, SuiteEngine]:
    """Return all engines by name."""
    return find_all("onoma.training.suites.engines", "ENGINE", ENTRY_POINT_GROUP, SuiteEngine)


def hire(work: Work) -> AbstractContextManager[Sequence[Trainer]]:
    """Return what trains a suite.

    Raises:
        ConfigError: there is no such engine, an address is given to one that has none, or runs that are
            trained side by side would each take all cores.
    """
    crew = work.crew
    engine = pick(suite_engines(), crew.engine, "engine")
    check_address(engine.name, crew.address, engine.has_address)
    if engine.has_address or work.most_here > 1:
        _check_threads(work)
    return engine.hire(work)


def _check_threads(work: Work) -> None:
    """Refuse runs that would each take all cores.

    Raises:
        ConfigError: there is one.
    """
    for run in work.suite.runs:
        if run.config.training.threads == 0:
            raise ConfigError(
                f"{run.model}: runs side by side need a number of threads each: write threads = 1, "
                "or more, in [training]"
            )
