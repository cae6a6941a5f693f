"""Trials of a database that several processes share: each says that it is still being trained.

A trial whose process has been silent for too long is given up by the others, and repeated.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from optuna import Study, Trial
from optuna.exceptions import ExperimentalWarning, OptunaError
from optuna.storages import RDBStorage, fail_stale_trials
from sqlalchemy.exc import SQLAlchemyError


def give_up_silent(study: Study) -> None:
    """Fail the trials whose processes are silent; the storage's callback is told of each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        fail_stale_trials(study)


@contextmanager
def living_trial(study: Study, storage: RDBStorage) -> Iterator[Trial]:
    """Ask for the next trial, and say in the database, while the block runs, that it goes on.

    Without heartbeats, in a database of this process alone, it is just asked for.
    """
    seconds = storage.get_heartbeat_interval()
    if seconds is None:
        yield study.ask()
        return
    give_up_silent(study)
    with warnings.catch_warnings():  # only the library's own loop would beat; here it is done below
        warnings.filterwarnings("ignore", "Heartbeat of storage")
        trial = study.ask()
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(storage, trial._trial_id, seconds, over), daemon=True)
    thread.start()
    try:
        yield trial
    finally:
        over.set()
        thread.join()


def _beat(storage: RDBStorage, trial: int, seconds: float, over: threading.Event) -> None:
    while not over.is_set():
        # Training itself finds out whether the database is gone for good; Optuna wraps some of its errors.
        with suppress(SQLAlchemyError, OptunaError):
            storage.record_heartbeat(trial)
        over.wait(seconds)
