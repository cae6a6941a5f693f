"""A study: trial after trial, each a training run, until there are enough."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optuna import Study, Trial, TrialPruned, create_study
from optuna.exceptions import OptunaError
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from onoma.errors import ConfigError, ModelError, StoppedError
from onoma.files import write_text
from onoma.training.config import RunConfig
from onoma.training.loop import Epoch, Step
from onoma.training.run import Run, Stopped
from onoma.training.tuning.folder import SPACE, claim_study_folder, thin, thin_trials, trial_folder
from onoma.training.tuning.identity import claim_study, identify
from onoma.training.tuning.importance import importance_of
from onoma.training.tuning.records import (
    ERROR,
    RETRIES,
    RETRY_OF,
    SURPLUS,
    StudyResult,
    TrialRecord,
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


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A trial begins: its number in the study, its place among those that count, and its settings."""

    number: int
    place: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """A trial has ended: its record, its place, and the best so far."""

    trial: TrialRecord
    place: int
    best: TrialRecord | None


Event = TrialStarted | Step | TrialEnded


class _OutOfTimeError(Exception):
    """The study's time is over."""


class _FailedTrialError(Exception):
    """A trial failed by itself, and its reason is stored."""


class Tuning:
    """A study in this process, ready to go on where it stands.

    Args:
        config: the settings as given; the test file is not read.
        space: from `check_space`.
        folder: of the study.
        num_trials: that the study shall have, those of other processes included.
        name: of the study in its storage.
        url: of a database that several processes may share; None for a file in the folder.
        minutes: for all trials of the study together, 0 for no end.
        say: is told what happens, in plain lines.

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
        say: Callable[[str], None],
    ) -> None:
        # Without the test file no decision of the search can depend on it.
        self.config = replace(config, data=config.data.model_copy(update={"test": None}))
        self.space, self.folder, self.num_trials = space, folder, num_trials
        self.name, self.say = name, say
        self.given = values_of(config, space)
        self._place = str(folder / STUDY_DATABASE) if url is None else "--storage"
        self._run: Run | None = None
        self._storage: RDBStorage | None = None
        self._stopping = False
        self._tell_data = say
        identity = identify(self.config, space)
        self._lock = claim_study_folder(folder, shared=url is not None)
        try:
            self._storage = open_storage(url, folder, _repeat)
            self.study = self._open_study(self._storage)
            files = {"data.train": config.data.train, "data.dev": config.data.dev}
            claim_study(self.study, identity, files)
            self._repeat_killed(alone=url is None)
            used = self.result().seconds
        except (SQLAlchemyError, OptunaError) as error:
            self.close()
            raise database_error(self._place, error) from None
        except BaseException:
            self.close()
            raise
        self._deadline = time.monotonic() + 60 * minutes - used if minutes else None
        write_text(folder / SPACE, as_toml(space))

    def _open_study(self, storage: RDBStorage) -> Study:
        inside = all(dimension.contains(self.given[name]) for name, dimension in self.space.items())
        if not inside:
            self.say("the settings as given lie outside the search space, so no trial is of them")
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
            import warnings

            from optuna.exceptions import ExperimentalWarning
            from optuna.storages import fail_stale_trials

            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                fail_stale_trials(self.study)
            return
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self.study.tell(trial.number, state=TrialState.FAIL)
            shutil.rmtree(trial_folder(self.folder, trial.number), ignore_errors=True)
            _repeat(self.study, trial)
            self.say(f"trial {trial.number} was killed; it is repeated")

    def run(self, notify: Callable[[Event], None]) -> bool:
        """Train until the study has its trials; returns False when its time is over before.

        Args:
            notify: is told what happens.

        Raises:
            StoppedError: after `stop`.
            ModelError: all of the first trials failed.
            OnomaError: the data or the disk is at fault, or the database.
        """
        try:
            while self._num_begun() < self.num_trials:
                if self._is_late():
                    return False
                self._give_up_if_hopeless()
                self._run_trial(notify)
        except _OutOfTimeError:
            return False
        except (SQLAlchemyError, OptunaError) as error:
            raise database_error(self._place, error) from None
        return True

    def stop(self) -> bool:
        """Ask for an end of the trial in training; False when none is, and the process may end."""
        if self._run is None or not self._run.training:
            return False
        self._stopping = True
        self._run.stop()
        return True

    def close(self) -> None:
        """Let the study's database and folder go."""
        if self._storage is not None:
            self._storage.remove_session()
            self._storage.engine.dispose()
        if self._lock is not None:
            self._lock.release()

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

    def config_of(self, trial: TrialRecord) -> RunConfig:
        """Return the configuration of a trial, without a test file."""
        return with_values(self.config, trial.values)

    def _num_begun(self) -> int:
        return len(self.result().trials)

    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _give_up_if_hopeless(self) -> None:
        trials = self.result().trials
        failed = [trial for trial in trials if trial.state == "failed"]
        if len(failed) >= _MAX_FAILURES and all(trial.dev_f1 is None for trial in trials):
            raise ModelError(f"all of the first {len(failed)} trials failed; the last: {failed[-1].reason}")

    def _run_trial(self, notify: Callable[[Event], None]) -> None:
        begun: list[int] = []

        def objective(trial: Trial) -> float:
            begun.append(trial.number)
            return self._objective(trial, notify)

        try:
            self.study.optimize(objective, n_trials=1, catch=(_FailedTrialError,))
        finally:
            for number in begun:
                self._settle(number)
        result = self.result()
        # A trial that another process is about to finish keeps what it has.
        ended = (trial.number for trial in result.trials if trial.state != "running" and trial != result.best)
        thin_trials(self.folder, ended)
        for place, trial in enumerate(result.trials, start=1):
            if trial.number in begun:
                notify(TrialEnded(trial, place, result.best))

    def _settle(self, number: int) -> None:
        """See that a trial that did not end by itself is repeated, in this process or another."""
        trial = self._find(number)
        if trial.state == TrialState.RUNNING:  # what ended it passed Optuna by
            self.study.tell(number, state=TrialState.FAIL)
            trial = self._find(number)
        if is_interrupted(trial):
            _repeat(self.study, trial)

    def _find(self, number: int) -> FrozenTrial:
        return next(trial for trial in self.study.get_trials(deepcopy=False) if trial.number == number)

    def _objective(self, trial: Trial, notify: Callable[[Event], None]) -> float:
        before = sum(one.number < trial.number for one in self.result().trials)
        if before >= self.num_trials:  # two processes began their last trial at once
            trial.set_user_attr(SURPLUS, True)
            raise _FailedTrialError
        values = {name: suggest(trial, name, one) for name, one in self.space.items()}
        notify(TrialStarted(trial.number, before + 1, values))
        folder = trial_folder(self.folder, trial.number)
        try:
            return self._train(trial, values, folder, notify)
        except TrialPruned:
            thin(folder)
            raise
        except (ModelError, ConfigError, RuntimeError, MemoryError, ValueError, ArithmeticError) as error:
            trial.set_user_attr(ERROR, describe_failure(error))
            thin(folder)
            raise _FailedTrialError from None
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _train(
        self, trial: Trial, values: Mapping[str, Any], folder: Path, notify: Callable[[Event], None]
    ) -> float:
        """Train and return the objective.

        Raises:
            TrialPruned: there is no hope left.
            OnomaError: as training does.
        """
        config = with_values(self.config, values)
        try:
            self._run = Run(config, folder, self._tell_data, warn=self.say)
            self._tell_data = _say_nothing
            finished = None
            with closing(self._run.execute()) as events:  # type: ignore[type-var]
                for event in events:
                    if isinstance(event, Step):
                        notify(event)
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


def _repeat(study: Study, trial: FrozenTrial) -> None:
    """Let a trial that was interrupted be run again, unless that has happened too often."""
    retries = trial.user_attrs.get(RETRIES, 0)
    if trial.params and retries < _MAX_RETRIES:
        values = {name: encode(value) for name, value in trial.params.items()}
        study.enqueue_trial(values, user_attrs={RETRY_OF: trial.number, RETRIES: retries + 1})


def _say_nothing(line: str) -> None:
    """Drop a note."""
