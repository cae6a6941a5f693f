"""A suite as a job: its runs, each in a process of its own, under one lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from onoma.training.events import Outcome, Starting, Stopped, SuiteEnded
from onoma.training.jobs.job import Job
from onoma.training.suites.engine import Crew, Trainer, Work, hire
from onoma.training.suites.plan import Suite
from onoma.training.suites.runner import run_suite
from onoma.training.suites.supervision import TrainHere


class SuiteTraining(Job[Starting | Outcome, SuiteEnded]):
    """Trains what a suite lacks.

    Args:
        suite: what to train.
        folder: of the suite; runs are in ``runs/``.
        train: trains one run, in a process of its own.
        preloaded: modules that these processes need.
        crew: by which engine, and how many runs at a time.

    Raises:
        ConfigError: the suite cannot be trained so.
        OutputError: the folder is in use or cannot be written.
    """

    def __init__(
        self,
        suite: Suite,
        folder: Path,
        train: TrainHere,
        preloaded: Sequence[str] = (),
        crew: Crew = Crew(),  # noqa: B008 (it is frozen)
    ) -> None:
        self.suite = suite
        self._hiring = hire(Work(suite, train, preloaded, crew))
        self._trainers: Sequence[Trainer] = ()
        super().__init__(folder)

    def _prepare(self) -> None:
        """Do nothing: what is there already is found run by run."""

    def stop(self) -> bool:
        """Let the present runs end in good order; False where none is trained."""
        heard = max([trainer.stop() for trainer in self._trainers], default=False)
        self._stopping |= heard
        if heard:
            for trainer in self._trainers:
                trainer.close()  # one that was between two runs
        return heard

    def _work(self) -> Iterator[Starting | Outcome | SuiteEnded | Stopped]:
        outcomes = []
        with self._hiring as self._trainers:
            for event in run_suite(self.suite, self.folder, *self._trainers, stopping=lambda: self._stopping):
                yield event
                if isinstance(event, Stopped):
                    return
                if isinstance(event, Outcome):
                    outcomes.append(event)
        yield SuiteEnded(outcomes)
