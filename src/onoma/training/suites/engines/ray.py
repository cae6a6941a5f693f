"""Runs as tasks of Ray, here or on a cluster whose nodes all see the data and the suite's folder.

A task asks for as many cores as its run has threads, and for what ``resources`` of its model names; Ray finds
a place for it. What travels are settings and how it ended: runs are written where they would be anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from onoma.clusters import connected
from onoma.errors import DataError, ModelError, StoppedError
from onoma.training.config import Settings, resolve
from onoma.training.folder import is_begun
from onoma.training.suites.engine import SuiteEngine, Trainer, Work
from onoma.training.suites.plan import PlannedRun
from onoma.training.suites.supervision import ChildTrainer, TrainHere

_LOG = logging.getLogger(__name__)

MAX_DEATHS = 3
"""A run whose task or node died so many times is what kills them."""

MAX_WAITING = 64
"""Tasks that are asked for at a time; Ray keeps those waiting for which there is no room."""


class RayTrainer:
    """Trains each run as a task of Ray.

    Args:
        ray: the module, connected.
        train: trains a run in a process of its own.
        seconds: after which a run is stopped, 0 for never.
    """

    def __init__(self, ray: Any, train: TrainHere, seconds: float) -> None:
        self._ray = ray
        self._train, self._seconds = train, seconds
        self._task: Any = None
        self._stopping = False

    def stop(self) -> bool:
        """Let the present run end in good order; False where none is trained."""
        if (task := self._task) is None:
            return False
        self._stopping = True
        self._ray.cancel(task)
        return True

    def close(self) -> None:
        """Stop the present run, and any that would be begun from now on."""
        self._stopping = True
        self.stop()

    def __call__(self, run: PlannedRun, folder: Path, resume: bool) -> None:
        """Train; see `onoma.training.suites.runner.Train`."""
        for _ in range(MAX_DEATHS):
            try:
                kind, message, code = self._ask(run, folder, resume)
            except self._ray.exceptions.TaskCancelledError:
                raise StoppedError from None
            except self._ray.exceptions.RayError as error:
                why = str(error).strip().split("\n")[0]
                resume = is_begun(folder)
                continue
            if kind == "done":
                return
            if kind == "stopped":
                raise StoppedError
            raise DataError(message, code=code) if code else ModelError(message)
        raise ModelError(f"its task died {MAX_DEATHS} times: {why}")

    def _ask(self, run: PlannedRun, folder: Path, resume: bool) -> tuple[str, str, str | None]:
        """Have a run trained, and return how it ended."""
        # A call is a process of its own, which ends with it.
        task = self._ray.remote(max_calls=1, max_retries=0)(_train_there).options(
            num_cpus=_cores(run),
            num_gpus=run.resources.gpus,
            memory=round(run.resources.memory_gb * 2**30) or None,
        )
        if self._stopping:
            raise StoppedError
        given = self._train, self._seconds, run.config.as_dict(), str(folder.absolute()), resume
        self._task = task.remote(*given)
        try:
            found: tuple[str, str, str | None] = self._ray.get(self._task)
        finally:
            self._task = None
        return found


def _cores(run: PlannedRun) -> float:
    return run.resources.cpus if run.resources.cpus is not None else run.config.training.threads


def _train_there(
    train: TrainHere, seconds: float, settings: Settings, folder: str, resume: bool
) -> tuple[str, str, str | None]:
    """Train a run where Ray has found a place, and return how it ended: kind, message and code."""
    trainer = ChildTrainer(train, seconds)
    try:
        trainer.train_in(resolve(None, settings), Path(folder), resume)
    except (StoppedError, KeyboardInterrupt):  # the latter is how Ray cancels a task
        trainer.wait()
        return "stopped", "", None
    except DataError as error:
        return "failed", str(error), error.code
    except ModelError as error:
        return "failed", str(error), None
    return "done", "", None


@contextmanager
def hire(work: Work) -> Iterator[Sequence[Trainer]]:
    """Return trainers that ask a cluster; without a number of workers it is given what it has room for."""
    with connected(work.crew.address) as ray:
        there = ray.cluster_resources()
        for run in work.suite.runs:
            if _cores(run) > there.get("CPU", 0) or run.resources.gpus > there.get("GPU", 0):
                _LOG.warning(f"{run.name} waits for more cores or GPUs than the cluster has now")
        workers = min(work.crew.workers or MAX_WAITING, max(1, len(work.suite.runs)))
        yield [RayTrainer(ray, work.train, work.suite.seconds) for _ in range(workers)]


ENGINE = SuiteEngine("ray", "tasks of Ray, here or on a cluster (onoma[cluster])", hire, has_address=True)
