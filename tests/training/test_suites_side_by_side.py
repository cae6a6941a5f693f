"""Runs of a suite that are trained several at a time, here and by Ray."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from resuming import settings, write_corpus

from onoma.api.suites import train_here
from onoma.errors import ConfigError, ModelError, StoppedError
from onoma.training.config import resolve
from onoma.training.events import Outcome, Starting, Stopped
from onoma.training.folder import is_finished
from onoma.training.suites.engine import Crew, Work, hire, suite_engines
from onoma.training.suites.job import SuiteTraining
from onoma.training.suites.plan import PlannedRun, Suite
from onoma.training.suites.runner import run_suite

NAMES = {f"lstm-seed{seed}" for seed in range(1, 7)}


def suite_of(folder: Path, seeds: int = 6, **training: object) -> Suite:
    if not (data := folder / "data").exists():
        write_corpus(data, sentences=12)
    values = {"epochs": 1, "threads": 1, **training}
    runs = [
        PlannedRun(f"lstm-seed{seed}", "lstm", 1.0, resolve(None, settings(data, seed=seed, **values)))
        for seed in range(1, seeds + 1)
    ]
    return Suite("s", tuple(runs), models=("lstm",))


class Meeting:
    """Trainers that wait for each other, so that so many must be at work at a time."""

    def __init__(self, parties: int, act: Callable[[PlannedRun], None] = lambda _: None) -> None:
        self._barrier = threading.Barrier(parties, timeout=60)
        self._act = act
        self.begun: list[str] = []

    def __call__(self, run: PlannedRun, folder: Path, resume: bool) -> None:
        self.begun.append(run.name)
        self._barrier.wait()
        self._act(run)


def test_as_many_runs_are_trained_at_a_time_as_there_are_trainers(tmp_path: Path) -> None:
    train = Meeting(3)
    events = list(run_suite(suite_of(tmp_path), tmp_path, train, train, train))
    assert sorted(train.begun) == sorted(NAMES)
    assert {event.run.name for event in events if isinstance(event, Outcome)} == NAMES
    assert all(event.status == "trained" for event in events if isinstance(event, Outcome))
    told = {event.run.name: (event.number, event.total) for event in events if isinstance(event, Starting)}
    assert told == {f"lstm-seed{seed}": (seed, 6) for seed in range(1, 7)}


@pytest.mark.parametrize("defect", [ZeroDivisionError, IndexError])
def test_a_failed_run_ends_nothing_and_a_defect_everything(tmp_path: Path, defect: type[Exception]) -> None:
    def fail(run: PlannedRun) -> None:
        if run.seed == 2:
            raise ModelError("out of luck")

    train = Meeting(2, fail)
    outcomes = [
        one for one in run_suite(suite_of(tmp_path), tmp_path, train, train) if isinstance(one, Outcome)
    ]
    assert {one.run.seed: one.message for one in outcomes if not one.usable} == {2: "out of luck"}
    assert len(outcomes) == 6

    def break_down(run: PlannedRun, folder: Path, resume: bool) -> None:
        if run.seed == 1:
            raise defect

    with pytest.raises(defect):
        list(run_suite(suite_of(tmp_path), tmp_path, break_down, break_down))


def test_where_one_is_stopped_none_is_begun_any_more(tmp_path: Path) -> None:
    def stop(run: PlannedRun) -> None:
        raise StoppedError

    train = Meeting(2, stop)
    events = list(run_suite(suite_of(tmp_path), tmp_path, train, train))
    assert isinstance(events[-1], Stopped)
    assert len(train.begun) == 2
    stopping = Meeting(1)
    events = list(run_suite(suite_of(tmp_path), tmp_path, stopping, stopping, stopping=lambda: True))
    assert events == [Stopped()]
    assert stopping.begun == []


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, threads=0)
    for crew in (Crew(workers=2), Crew("ray")):
        with pytest.raises(ConfigError, match="threads = 1"), hire(Work(suite, train_here, (), crew)):
            pass
        with pytest.raises(ConfigError, match="threads = 1"):
            SuiteTraining(suite, tmp_path / "out", train_here, (), crew)
    assert not (tmp_path / "out").exists()
    with hire(Work(suite, train_here, (), Crew())) as trainers:
        assert len(trainers) == 1
    with hire(Work(suite_of(tmp_path, 2), train_here, (), Crew(workers=9))) as trainers:
        assert len(trainers) == 2
    with pytest.raises(ConfigError, match="does not go with the engine local"):
        hire(Work(suite, train_here, (), Crew(address="ray://elsewhere")))
    with pytest.raises(ConfigError, match="unknown engine 'rey'; did you mean 'ray'"):
        hire(Work(suite, train_here, (), Crew("rey")))
    assert {"local", "ray"} <= set(suite_engines())


@pytest.mark.filterwarnings("ignore")
def test_ray_trains_what_is_trained_here(tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    suite = suite_of(tmp_path, 2)
    for folder, crew in ((tmp_path / "here", Crew(workers=2)), (tmp_path / "there", Crew("ray"))):
        if crew.engine == "ray":
            ray.init(num_cpus=2, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
        try:
            *_, ended = SuiteTraining(suite, folder, train_here, (), crew).execute()
        finally:
            ray.shutdown()
        assert [(outcome.status, outcome.message) for outcome in ended.outcomes] == 2 * [("trained", "")]
    for name in ("lstm-seed1", "lstm-seed2"):
        one, other = (tmp_path / place / "runs" / name for place in ("here", "there"))
        assert is_finished(other)
        for file in ("bundle/model.safetensors", "predictions/test.jsonl"):
            assert (one / file).read_bytes() == (other / file).read_bytes()
