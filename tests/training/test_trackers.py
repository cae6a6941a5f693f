"""Trackers are told what a run does, and a run does not end because one of them fails."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from resuming import SMALL, write_corpus

from onoma.errors import ConfigError, MissingExtraError
from onoma.training.config import resolve
from onoma.training.events import Epoch, Finished
from onoma.training.run import Run
from onoma.training.trackers import tracker
from onoma.training.trackers.figures import epoch_figures, final_figures
from onoma.training.trackers.tracker import TrackedRun, Tracker, trackers


class Kept:
    """A tracker that keeps what it is told, and fails where it is told to."""

    def __init__(self, fails_at: str = "", error: Exception | None = None) -> None:
        self.told: list[tuple[str, Any]] = []
        self.fails_at, self.error = fails_at, error or RuntimeError("gone\nfor good")

    def open(self, run: TrackedRun) -> Kept:
        self.told.append(("open", run))
        return self

    def _tell(self, what: str, value: Any = None) -> None:
        if what == self.fails_at:
            raise self.error
        self.told.append((what, value))

    def add(self, epoch: Epoch) -> None:
        self._tell("add", epoch)

    def finish(self, finished: Finished) -> None:
        self._tell("finish", finished)

    def close(self) -> None:
        self._tell("close")


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Kept], None]]:
    """Makes a tracker one of an installed package, by the name `kept`."""

    def put(kept: Kept) -> None:
        entry = SimpleNamespace(load=lambda: Tracker("kept", "keeps", kept.open))
        monkeypatch.setattr(
            "importlib.metadata.entry_points", lambda group: [entry] * (group == "onoma.trackers")
        )
        tracker.trackers.cache_clear()

    yield put
    tracker.trackers.cache_clear()


def make(folder: Path, names: Any, **more: Any) -> Run:
    data = write_corpus(folder.parent / "data", sentences=12)
    files = {split: str(data / f"{split}.txt") for split in ("train", "dev", "test")}
    training = {**SMALL["training"], "epochs": 2, "trackers": names}
    return Run(
        resolve("lstm", {"model": SMALL["model"], "training": training, "data": files}), folder, **more
    )


def train(folder: Path, names: Any) -> list[Any]:
    return list(make(folder, names).execute())


def test_those_here_have_names_and_summaries() -> None:
    assert list(trackers()) == ["mlflow", "tensorboard"]
    assert all(one.summary for one in trackers().values())


def test_one_is_told_all(tmp_path: Path, register: Callable[[Kept], None]) -> None:
    register(kept := Kept())
    events = train(tmp_path / "run", "kept")
    assert [what for what, _ in kept.told] == ["open", "add", "add", "finish", "close"]
    run = kept.told[0][1]
    assert (run.folder, run.resumed_in) == (tmp_path / "run", None)
    assert run.settings["training"]["epochs"] == 2
    assert [one for what, one in kept.told if what == "add"] == [
        one for one in events if isinstance(one, Epoch)
    ]
    assert not (tmp_path / "run" / "tensorboard").exists()


def test_without_any_and_with_the_default(tmp_path: Path) -> None:
    train(tmp_path / "none", "")
    assert not (tmp_path / "none" / "tensorboard").exists()
    assert resolve("lstm", {"data": {"train": "x"}}).training.trackers == ("tensorboard",)
    assert resolve("lstm", {"data": {"train": "x"}, "training": {"trackers": "a, b"}}).training.trackers == (
        *("a", "b"),
    )


@pytest.mark.parametrize("place", ["add", "finish", "close"])
def test_one_that_fails_is_left_out(
    place: str, tmp_path: Path, register: Callable[[Kept], None], caplog: pytest.LogCaptureFixture
) -> None:
    register(Kept(place))
    train(tmp_path / "run", "tensorboard,kept")
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["epochs"] == 2
    said = [one.getMessage() for one in caplog.records if "tracker" in one.getMessage()]
    assert said == ["warning: the tracker kept failed, and the run goes on without it (RuntimeError: gone)"]


def test_a_full_disk_ends_the_run_as_ever(tmp_path: Path, register: Callable[[Kept], None]) -> None:
    from onoma.errors import OutputError

    register(Kept("add", OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(OutputError, match="No space left"):
        train(tmp_path / "run", "kept")


def test_an_unknown_or_missing_one_is_refused_before_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match=r"unknown tracker 'mlfow'.*mlflow"):
        make(tmp_path / "run", "mlfow")
    assert not (tmp_path / "run").exists()
    monkeypatch.setattr("onoma.extras.is_there", lambda module: module != "mlflow")
    with pytest.raises(MissingExtraError, match=r"onoma\[mlflow\]"):
        make(tmp_path / "run", "mlflow")
    assert not (tmp_path / "run").exists()


def test_a_resumed_run_says_where_it_goes_on(tmp_path: Path, register: Callable[[Kept], None]) -> None:
    register(kept := Kept())
    run = make(tmp_path / "run", "kept")
    events = run.execute()
    next(event for event in events if isinstance(event, Epoch))
    run.stop()
    list(events)
    assert [what for what, _ in kept.told] == ["open", "add", "close"]
    list(make(tmp_path / "run", "kept", resume=True).execute())
    opened = [one.resumed_in for what, one in kept.told if what == "open"]
    assert opened == [None, 2]


def test_figures_have_names_of_their_own() -> None:
    epoch = Epoch(
        **{"epoch": 1, "train_loss": 2.0, "dev_loss": 3.0, "dev_precision": 0.1, "dev_recall": 0.2},
        **{"dev_f1": 0.3, "learning_rate": 0.4, "tokens_per_second": 5.0, "seconds": 6.0, "best": True},
        **{"train_f1": 0.7, "task_weights": {"tags": 0.5}},
    )
    figures = dict(epoch_figures(epoch))
    assert figures["train/f1"] == 0.7
    assert figures["task_weight/tags"] == 0.5
    assert "dev/accuracy" not in figures
    scores = {"entity": {"precision": 0.1, "recall": 0.2, "f1": 0.3, "macro_f1": 0.4}}
    assert dict(final_figures({"parameters": 5, "test": scores})) == {
        "final/parameters": 5.0,
        **{f"final/test_{name}": value for name, value in scores["entity"].items()},
    }


@pytest.mark.filterwarnings("ignore")  # of MLflow's own use of its libraries
def test_mlflow_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    run = make(tmp_path / "run", "mlflow")
    events = run.execute()
    next(event for event in events if isinstance(event, Epoch))
    run.stop()
    list(events)
    client = mlflow.MlflowClient()
    [killed] = client.search_runs([client.get_experiment_by_name("onoma").experiment_id])
    assert killed.info.status == "KILLED"
    list(make(tmp_path / "run", "mlflow", resume=True).execute())
    [stored] = client.search_runs([client.get_experiment_by_name("onoma").experiment_id])
    assert stored.info.status == "FINISHED"
    assert stored.data.params["training.epochs"] == "2"
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert stored.data.metrics["final/test_f1"] == pytest.approx(metrics["test"]["entity"]["f1"])
    steps = [one.step for one in client.get_metric_history(stored.info.run_id, "dev/f1")]
    assert sorted(set(steps)) == [1, 2]
