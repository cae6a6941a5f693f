"""MLflow: a run of ours is one of its runs, with settings as parameters and figures as metrics.

Where it is tracked, and under which experiment, say MLflow's own variables, ``MLFLOW_TRACKING_URI`` and
``MLFLOW_EXPERIMENT_NAME``; without them MLflow takes a database in the current folder, and no network.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import time
from typing import Any

from onoma.errors import ConfigError
from onoma.files import write_text
from onoma.training.events import Epoch, Finished
from onoma.training.trackers.figures import epoch_figures, final_figures
from onoma.training.trackers.tracker import TrackedRun, Tracker

_PLACE = "mlflow.txt"
"""In the run's folder: the id of MLflow's run, for when ours is resumed."""
_EXPERIMENT = "onoma"
_LONGEST = 6_000
"""Characters of a parameter that all of MLflow's stores take."""


class _Log:
    """One of MLflow's runs."""

    def __init__(self, client: Any, run_id: str) -> None:
        self._client = client
        self._run_id = run_id
        self._status = "KILLED"

    def add(self, epoch: Epoch) -> None:
        self._write(epoch_figures(epoch), epoch.epoch)

    def finish(self, finished: Finished) -> None:
        self._write(final_figures(finished.metrics), len(finished.history))
        self._status = "FINISHED"

    def close(self) -> None:
        self._client.set_terminated(self._run_id, self._status)

    def _write(self, figures: Iterator[tuple[str, float]], step: int) -> None:
        from mlflow.entities import Metric

        now = int(1000 * time())
        self._client.log_batch(
            self._run_id, metrics=[Metric(name, value, now, step) for name, value in figures]
        )


def _open(run: TrackedRun) -> _Log:
    from mlflow.entities import Param
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    place = run.folder / _PLACE
    try:
        client = MlflowClient()
        known = _known_run(client, place) if run.resumed_in is not None else None
        if known is not None:
            client.update_run(known, status="RUNNING")
            return _Log(client, known)
        tags = {"onoma.folder": str(run.folder.resolve())}
        made = client.create_run(_experiment(client), tags=tags, run_name=run.folder.resolve().name)
        client.log_batch(made.info.run_id, params=[Param(name, text) for name, text in _params(run.settings)])
    except MlflowException as error:
        raise ConfigError(f"MLflow cannot track the run: {str(error).partition(chr(10))[0]}") from None
    write_text(place, f"{made.info.run_id}\n")
    return _Log(client, made.info.run_id)


def _known_run(client: Any, place: Path) -> str | None:
    """Return the id of the run that a resumed one was tracked in; None where the store has it no longer."""
    from mlflow.exceptions import MlflowException

    try:
        return str(client.get_run(place.read_text(encoding="utf-8").strip()).info.run_id)
    except (OSError, UnicodeDecodeError, MlflowException):
        return None


def _experiment(client: Any) -> str:
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", _EXPERIMENT)
    found = client.get_experiment_by_name(name)
    return str(client.create_experiment(name) if found is None else found.experiment_id)


def _params(settings: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for table, values in settings.items():
        for name, value in values.items():
            yield f"{table}.{name}", str(value)[:_LONGEST]


TRACKER = Tracker("mlflow", "runs of MLflow, where MLFLOW_TRACKING_URI says", _open, extra="mlflow")
