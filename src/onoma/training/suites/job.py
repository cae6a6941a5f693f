"""A suite as a job: its runs, each in a process of its own, under one lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from onoma.training.events import Outcome, Starting, Stopped, SuiteEnded
from onoma.training.jobs.job import Job
from onoma.training.suites.plan import Suite
from onoma.training.suites.runner import run_suite
from onoma.training.suites.supervision import ChildTrainer, TrainHere


class SuiteTraining(Job[Starting | Outcome, SuiteEnded]):
    """Trains what a suite lacks.

    Args:
        suite: what to train.
        folder: of the suite; runs are in ``runs/``.
        train: trains one run, in a process of its own.
        preloaded: modules that these processes need.

    Raises:
        OutputError: the folder is in use or cannot be written.
    """

    def __init__(self, suite: Suite, folder: Path, train: TrainHere, preloaded: Sequence[str] = ()) -> None:
        self.suite = suite
        self._trainer = ChildTrainer(train, suite.seconds, preloaded)
        super().__init__(folder)

    def _prepare(self) -> None:
        """Do nothing: what is there already is found run by run."""

    def stop(self) -> bool:
        """Let the present run end in good order; False where none is trained."""
        heard = self._trainer.stop()
        self._stopping |= heard
        return heard

    def _work(self) -> Iterator[Starting | Outcome | SuiteEnded | Stopped]:
        outcomes = []
        for event in run_suite(self.suite, self.folder, self._trainer):
            yield event
            if isinstance(event, Stopped):
                return
            if isinstance(event, Outcome):
                outcomes.append(event)
        yield SuiteEnded(outcomes)
