"""``auto`` measures which number format is faster, once, and leaves no trace in what is learned."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from resuming import outcome, settings, write_corpus

from onoma.models import list_rungs
from onoma.training import precision_choice
from onoma.training.config import resolve
from onoma.training.events import Step
from onoma.training.precision_choice import PrecisionChoice, known_precision, measure_precision
from onoma.training.run import Run

CPU = torch.device("cpu")
TIMES = {"fp32": 0.02, "bf16": 0.01}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


@pytest.fixture(autouse=True)
def hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor has bf16."""
    monkeypatch.setattr(precision_choice, "best_precision", lambda device: "bf16")


@pytest.fixture
def step_times(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Says how long steps take; they are computed all the same. Returns the formats that are timed."""

    def say(**seconds: float) -> list[str]:
        timed: list[str] = []
        whole = precision_choice._time_step

        def time_step(objective: Any, batch: Any, precision: Any) -> float:
            whole(objective, batch, precision)
            timed.append(precision)
            return seconds[precision]

        monkeypatch.setattr(precision_choice, "_time_step", time_step)
        return timed

    return say


def finish(run: Run) -> None:
    for _ in run.execute():
        pass


def environment(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "environment.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("fp32", "bf16", "chosen"), [(2.0, 1.0, "bf16"), (1.0, 2.0, "fp32"), (1.0, 0.97, "fp32")]
)
def test_the_faster_is_taken_and_recorded_and_fp32_where_it_is_close(
    corpus: Path, tmp_path: Path, step_times, caplog, fp32: float, bf16: float, chosen: str
) -> None:
    caplog.set_level("INFO")
    timed = step_times(fp32=fp32, bf16=bf16)
    run = Run(resolve(None, settings(corpus, precision="auto", epochs=1)), tmp_path / "run")
    assert set(timed) == {"fp32", "bf16"}
    assert timed == timed[:2] * (len(timed) // 2)
    assert run.precision == run.circumstances["precision"] == chosen
    assert f"precision {chosen}: a step takes " in caplog.text
    finish(run)
    facts = environment(tmp_path / "run")
    assert facts["precision"] == chosen
    assert facts["precision_step_seconds"] == {"fp32": fp32, "bf16": bf16}


@pytest.mark.parametrize(
    ("rung", "chosen"),
    # Every rung in one format, and a body of each kind in the other.
    [*((rung.name, "bf16") for rung in list_rungs()), ("bilstm-crf", "fp32"), ("transformer", "fp32")],
)
def test_measuring_leaves_no_trace(corpus: Path, tmp_path: Path, step_times, rung: str, chosen: str) -> None:
    step_times(**{"fp32": 1.0, "bf16": 1.0, chosen: 0.5})
    for name, precision in (("measured", "auto"), ("asked", chosen)):
        finish(Run(resolve(None, settings(corpus, rung, precision=precision, epochs=1)), tmp_path / name))
    measured, asked = outcome(tmp_path / "measured"), outcome(tmp_path / "asked")
    assert measured == asked


def test_what_is_asked_for_is_not_measured(corpus: Path, tmp_path: Path, step_times) -> None:
    timed = step_times(fp32=1.0, bf16=2.0)
    run = Run(resolve(None, settings(corpus, precision="bf16", epochs=1)), tmp_path / "run")
    assert run.precision == "bf16"
    finish(run)
    assert not timed
    assert "precision_step_seconds" not in environment(tmp_path / "run")


def test_a_processor_without_bf16_has_no_choice(
    corpus: Path, tmp_path: Path, step_times, monkeypatch
) -> None:
    monkeypatch.setattr(precision_choice, "best_precision", lambda device: "fp32")
    timed = step_times(fp32=2.0, bf16=1.0)
    assert Run(resolve(None, settings(corpus, precision="auto")), tmp_path / "run").precision == "fp32"
    assert not timed


def test_a_resumed_run_keeps_the_choice_and_measures_nothing(
    corpus: Path, tmp_path: Path, step_times, caplog
) -> None:
    config = resolve(None, settings(corpus, precision="auto", checkpoint_steps=1))
    for name, stops in (("whole", 0), ("stopped", 7)):
        step_times(fp32=2.0, bf16=1.0)
        run = Run(config, tmp_path / name)
        for number, event in enumerate(run.execute(), 1):
            if stops and isinstance(event, Step) and number == stops:
                run.stop()
    # By now bf16 would be the slower one.
    timed = step_times(fp32=1.0, bf16=2.0)
    run = Run(config, tmp_path / "stopped", resume=True)
    assert not timed
    assert run.precision == "bf16"
    finish(run)
    assert "the weights may differ" not in caplog.text
    assert environment(tmp_path / "stopped")["precision_step_seconds"] == {"fp32": 2.0, "bf16": 1.0}
    stopped, whole = outcome(tmp_path / "stopped"), outcome(tmp_path / "whole")
    assert stopped == whole


def test_a_checkpoint_from_before_it_was_measured_says_which_it_was() -> None:
    training = resolve("lstm", {"data": {"train": "x"}}).training
    assert training.precision == "auto"
    for precision in ("fp32", "bf16"):
        past = {"config": {}, "circumstances": {"precision": precision}}
        assert known_precision(training, CPU, past) == PrecisionChoice(precision)
    kept = {"precision": {"precision": "fp32", "precision_step_seconds": TIMES}, "circumstances": {}}
    assert known_precision(training, CPU, kept) == PrecisionChoice("fp32", TIMES)
    assert known_precision(training, CPU, {}) is None


def test_buffers_modes_and_gradients_are_put_back(corpus: Path, tmp_path: Path) -> None:
    run = Run(resolve(None, settings(corpus, precision="fp32")), tmp_path / "run")
    network, objective = run.model.network, run.model.objective("fp32")
    network.register_buffer("counted", torch.zeros(1))

    def count(module: torch.nn.Module, given: Any, found: Any) -> None:
        module.counted += 1

    network.register_forward_hook(count)
    network.eval()
    before = torch.get_rng_state()
    choice = measure_precision(objective, network)
    assert set(choice.step_seconds) == {"fp32", "bf16"}
    assert all(seconds > 0 for seconds in choice.step_seconds.values())
    assert torch.equal(torch.get_rng_state(), before)
    assert float(network.counted) == 0
    assert not network.training
    assert objective.precision == "fp32"
    assert all(parameter.grad is None for parameter in network.parameters())
