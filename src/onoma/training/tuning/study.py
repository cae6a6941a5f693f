"""A study: trial after trial, each a training run, until there are enough."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optuna import Study, Trial, TrialPruned, create_study
from optuna.exceptions import OptunaError, UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from onoma.errors import ConfigError, ModelError, StoppedError
from onoma.files import write_text
from onoma.files.locks import FolderLock
from onoma.training.config import RunConfig
from onoma.training.events import Epoch, Step, Stopped, StudyEnded, StudyStarted, TrialEnded, TrialStarted
from onoma.training.jobs.job import Job
from onoma.training.run import Run
from onoma.training.tuning.folder import SPACE, claim_study_folder, thin, thin_trials, trial_folder
from onoma.training.tuning.heartbeat import give_up_silent, living_trial
from onoma.training.tuning.identity import claim_study, identify
from onoma.training.tuning.importance import importance_of
from onoma.training.tuning.records import (
    ERROR,
    RETRIES,
    RETRY_OF,
    SURPLUS,
    StudyResult,
    is_interrupted,
    record,
)
from onoma.training.tuning.sampling import SeededSampler, make_pruner, suggest
from onoma.training.tuning.space import Space, as_toml, encode, values_of, with_values
from onoma.training.tuning.storage import STUDY_DATABASE, database_error, open_storage
from onoma.training.tuning.trial import describe_failure, objective_of, report

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

_MAX_RETRIES = 3
_MAX_FAILURES = 3
"""Failures without a single score, after which there is no point in going on."""


_LOG = logging.getLogger(__name__)

Event = StudyStarted | TrialStarted | Step | TrialEnded


class _OutOfTimeError(Exception):
    """The study's time is over."""


class Tuning(Job[Event, StudyEnded]):
    """A study in this process, ready to go on where it stands.

    Args:
        config: the settings as given; the test file is not read.
        space: from `check_space`.
        folder: of the study.
        num_trials: that the study shall have, those of other processes included.
        name: of the study in its storage.
        url: of a database that several processes may share; None for a file in the folder.
        minutes: for all trials of the study together, 0 for no end.

    Raises:
        OutputError: the folder is in use or cannot be written.
        ConfigError: the storage cannot be used, or the study is of other settings.
        DataError: the data is missing, or no longer what the study was started with.
        MissingExtraError: Optuna or a driver is not installed.
    """

    def __init__(
        self,
        config: RunConfig,
        space: Space,
        folder: Path,
        *,
        num_trials: int,
        name: str,
        url: str | None,
        minutes: float,
    ) -> None:
        # Without the test file no decision of the search can depend on it.
        self.config = replace(config, data=config.data.model_copy(update={"test": None}))
        self.space, self.num_trials, self.name = space, num_trials, name
        self.given = values_of(config, space)
        self._url, self._minutes = url, minutes
        self._place = str(folder / STUDY_DATABASE) if url is None else "--storage"
        self._run: Run | None = None
        self._storage: RDBStorage | None = None
        self._identity = identify(self.config, space)
        super().__init__(folder)

    def _claim(self) -> FolderLock | None:
        return claim_study_folder(self.folder, shared=self._url is not None)

    def _prepare(self) -> None:
        try:
            self._storage = open_storage(self._url, self.folder, _repeat)
            self.study = self._open_study(self._storage)
            files = {"data.train": self.config.data.train, "data.dev": self.config.data.dev}
            claim_study(self.study, self._identity, files)
            self._repeat_killed(alone=self._url is None)
            used = self.result().seconds
        except (SQLAlchemyError, OptunaError) as error:
            raise database_error(self._place, error) from None
        self._deadline = time.monotonic() + 60 * self._minutes - used if self._minutes else None
        write_text(self.folder / SPACE, as_toml(self.space))

    def _open_study(self, storage: RDBStorage) -> Study:
        inside = all(dimension.contains(self.given[name]) for name, dimension in self.space.items())
        if not inside:
            _LOG.info("the settings as given lie outside the search space, so no trial is of them")
        return create_study(
            storage=storage,
            study_name=self.name,
            sampler=SeededSampler(self.config.training.seed, self.given if inside else None),
            pruner=make_pruner(self.config.training.epochs),
            direction="maximize",
            load_if_exists=True,
        )

    def _repeat_killed(self, *, alone: bool) -> None:
        if not alone:
            give_up_silent(self.study)
            return
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self.study.tell(trial.number, state=TrialState.FAIL)
            shutil.rmtree(trial_folder(self.folder, trial.number), ignore_errors=True)
            _repeat(self.study, trial)
            _LOG.info(f"trial {trial.number} was killed; it is repeated")

    def _work(self) -> Iterator[Event | StudyEnded | Stopped]:
        """Train until the study has its trials, or its time is over.

        Raises:
            ModelError: all of the first trials failed.
            OnomaError: the data or the disk is at fault, or the database.
        """
        in_time = False
        try:
            yield StudyStarted(self.result())
            in_time = yield from self._run_trials()
        except _OutOfTimeError:
            pass
        except StoppedError:
            yield Stopped()
            return
        except (SQLAlchemyError, OptunaError) as error:
            raise database_error(self._place, error) from None
        yield StudyEnded(self.result(with_importance=True), in_time)

    def stop(self) -> bool:
        """Ask for an end of the trial in training; False when none is, and the process may end."""
        heard = self._run is not None and self._run.stop()
        self._stopping |= heard
        return heard

    def close(self) -> None:
        """Let the study's database and folder go."""
        if self._storage is not None:
            self._storage.remove_session()
            self._storage.engine.dispose()
        super().close()

    def result(self, *, with_importance: bool = False) -> StudyResult:
        """Return what came of the study so far.

        Raises:
            ConfigError: the database cannot be used.
        """
        try:
            records = [record(trial, self.space) for trial in self.study.get_trials(deepcopy=False)]
            importance, how = importance_of(self.study) if with_importance else ({}, "")
        except (SQLAlchemyError, OptunaError) as error:
            raise database_error(self._place, error) from None
        trials = [one for one in records if one is not None]
        rung = self.config.rung.name
        return StudyResult(
            name=self.name,
            model=rung,
            num_trials=self.num_trials,
            space=self.space,
            given=self.given,
            trials=trials,
            importance=importance,
            importance_by=how,
        )

    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _give_up_if_hopeless(self) -> None:
        trials = self.result().trials
        failed = [trial for trial in trials if trial.state == "failed"]
        if len(failed) >= _MAX_FAILURES and all(trial.dev_f1 is None for trial in trials):
            raise ModelError(f"all of the first {len(failed)} trials failed; the last: {failed[-1].reason}")

    def _run_trials(self) -> Generator[Event, None, bool]:
        """Train until there are enough; returns False when the time is over before."""
        self._thin()  # a process that was killed may not have come to it
        while len(self.result().trials) < self.num_trials:
            if self._is_late():
                return False
            self._give_up_if_hopeless()
            yield from self._run_trial()
        return True

    def _run_trial(self) -> Iterator[Event]:
        assert self._storage is not None, "it is opened when the study is prepared"
        with living_trial(self.study, self._storage) as trial:
            try:
                yield from self._try(trial)
            finally:
                self._settle(trial.number)
        result = self._thin()
        for place, one in enumerate(result.trials, start=1):
            if one.number == trial.number:
                yield TrialEnded(one, place, result)

    def _thin(self) -> StudyResult:
        """Thin all trials but the best; return what there is."""
        result = self.result()
        # A trial that another process is about to finish keeps what it has.
        ended = (one.number for one in result.trials if one.state != "running" and one != result.best)
        thin_trials(self.folder, ended)
        return result

    def _settle(self, number: int) -> None:
        """See that a trial that did not end by itself is repeated, in this process or another."""
        trial = self._find(number)
        if trial.state == TrialState.RUNNING:  # what ended it passed Optuna by
            self.study.tell(number, state=TrialState.FAIL)
            # Where another process has taken this one for dead, it has begun it anew as well.
            if is_interrupted(trial := self._find(number)):
                _repeat(self.study, trial)

    def _find(self, number: int) -> FrozenTrial:
        return next(trial for trial in self.study.get_trials(deepcopy=False) if trial.number == number)

    def _try(self, trial: Trial) -> Iterator[Event]:
        """Train with the settings that a trial suggests, and tell the study how that ended."""
        before = sum(one.number < trial.number for one in self.result().trials)
        if before >= self.num_trials:  # two processes began their last trial at once
            trial.set_user_attr(SURPLUS, True)
            self.study.tell(trial, state=TrialState.FAIL)
            return
        values = {name: suggest(trial, name, one) for name, one in self.space.items()}
        yield TrialStarted(trial.number, before + 1, self.num_trials, values)
        folder = trial_folder(self.folder, trial.number)
        try:
            score = yield from self._train(trial, values, folder)
        except TrialPruned:
            thin(folder)
            self.study.tell(trial, state=TrialState.PRUNED, skip_if_finished=True)
        except (ModelError, ConfigError, RuntimeError, MemoryError, ValueError, ArithmeticError) as error:
            with suppress(UpdateFinishedTrialError):
                trial.set_user_attr(ERROR, describe_failure(error))
            thin(folder)
            self.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        else:
            self.study.tell(trial, score, skip_if_finished=True)

    def _train(self, trial: Trial, values: Mapping[str, Any], folder: Path) -> Generator[Step, None, float]:
        """Train and return the objective.

        Raises:
            TrialPruned: there is no hope left.
            StoppedError: a stop was asked for.
            OnomaError: as training does.
        """
        config = with_values(self.config, values)
        finished = None
        try:
            self._run = Run(config, folder)
            with closing(self._run.execute()) as events:
                for event in events:
                    if isinstance(event, Step):
                        yield event
                        if self._is_late():
                            raise _OutOfTimeError
                    elif isinstance(event, Epoch):
                        report(trial, event, config)
                    elif isinstance(event, Stopped):
                        raise StoppedError
                    else:
                        finished = event
        finally:
            self._run = None
        assert finished is not None, "a run that is not stopped finishes"
        return objective_of(trial, finished)


def best_config(result: StudyResult, config: RunConfig) -> RunConfig | None:
    """Return the settings as given with those of the best trial; None where no trial is complete."""
    return with_values(config, result.best.values) if result.best else None


def _repeat(study: Study, trial: FrozenTrial) -> None:
    """Let a trial that was interrupted be run again, unless that has happened too often."""
    retries = trial.user_attrs.get(RETRIES, 0)
    if trial.params and retries < _MAX_RETRIES:
        values = {name: encode(value) for name, value in trial.params.items()}
        study.enqueue_trial(values, user_attrs={RETRY_OF: trial.number, RETRIES: retries + 1})
