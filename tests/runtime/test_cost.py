"""What models cost: rounds by turns, the spread, and other work on the machine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from onoma.errors import ConfigError, ModelError
from onoma.runtime import cost as costs
from onoma.runtime import other_work
from onoma.runtime.cost import Cost, measure_costs
from onoma.runtime.loading import find_bundle
from onoma.runtime.other_work import OtherWork, Watch, busy_seconds

TEXTS = ["Ada lived in Bern .", "Bob left .", "Nobody came to Oslo today ."]


def facts(milliseconds: list[float], tokens: int, waited: float = 0.0, others: float | None = 0.0) -> Any:
    return {
        "milliseconds": milliseconds,
        "bulk_tokens": tokens,
        "bulk_seconds": 1.0,
        "memory_mb": 10.0,
        "waited": waited,
        "others": others,
        "cold_start": 1.0,
    }


@pytest.fixture
def bundles(tmp_path: Path) -> list[Path]:
    found = [tmp_path / "a", tmp_path / "b"]
    for folder in found:
        folder.mkdir()
    return found


def test_models_are_measured_by_turns_and_summed_up_by_medians(bundles, monkeypatch) -> None:
    turns: list[str] = []

    def measure(bundle: Path, texts: Path, seconds: float) -> Any:
        turns.append(bundle.name)
        number = turns.count(bundle.name)
        # The second round was disturbed, and came less far.
        return facts([1.0, 9.0] if number == 2 else [1.0, 3.0, 50.0], 100 * number, 0.3 * (number == 2))

    monkeypatch.setenv(costs.PROBE_SECONDS, "10")
    monkeypatch.setattr(costs, "_measure_round", measure)
    monkeypatch.setattr(costs, "bundle_size", lambda _: 5_000_000)
    one, other = measure_costs(bundles, TEXTS)
    assert turns == ["a", "b"] * 5
    assert isinstance(one, Cost)
    assert one == other
    assert (one.rounds, one.num_sentences, one.bundle_mb) == (5, 2, 5.0)
    assert one.latency_p50_ms == 2.0
    assert one.interval("latency_p50_ms") == (2.0, 5.0)
    assert one.interval("tokens_per_second") == (100.0, 500.0)
    assert one.tokens_per_second == 300.0
    assert one.interval("bundle_mb") == (5.0, 5.0)
    assert one.waited == pytest.approx(0.06)
    assert one.disturbed
    assert Cost.from_dict(one.as_dict()) == one


def test_a_model_that_fails_is_said_and_the_others_go_on(bundles, monkeypatch) -> None:
    tried: list[str] = []

    def measure(bundle: Path, texts: Path, seconds: float) -> Any:
        tried.append(bundle.name)
        if bundle.name == "a":
            raise ModelError("it is broken")
        return facts([1.0], 10, others=None)

    monkeypatch.setattr(costs, "_measure_round", measure)
    broken, whole = measure_costs(bundles, TEXTS)
    assert str(broken) == "it is broken"
    assert tried.count("a") == 1
    assert isinstance(whole, Cost)
    assert whole.others is None
    assert not whole.disturbed


@pytest.mark.parametrize(
    ("waited", "others", "disturbed"), [(0.0, 0.1, False), (0.2, None, True), (0.0, 0.5, True)]
)
def test_what_counts_as_other_work(
    bundles, monkeypatch, waited: float, others: float | None, disturbed: bool
) -> None:
    monkeypatch.setattr(costs, "_measure_round", lambda *_: facts([1.0], 10, waited, others))
    for cost in measure_costs(bundles, TEXTS):
        assert isinstance(cost, Cost)
        assert cost.disturbed == disturbed


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf"])
def test_a_wrong_number_of_seconds_is_a_line(bundles, monkeypatch, value: str) -> None:
    monkeypatch.setenv(costs.PROBE_SECONDS, value)
    with pytest.raises(
        ConfigError, match=f"ONOMA_PROBE_SECONDS={value}: must be a number of seconds above 0"
    ):
        measure_costs(bundles, TEXTS)
    with pytest.raises(ModelError, match="no sentence"):
        measure_costs(bundles, [])


def test_a_real_model_is_measured_in_processes_of_its_own(monkeypatch) -> None:
    monkeypatch.setenv(costs.PROBE_SECONDS, "1")
    (found,) = measure_costs([find_bundle(Path("en"))], TEXTS)
    assert isinstance(found, Cost)
    assert found.rounds == 3
    assert found.num_sentences == len(TEXTS)
    for name, (low, high) in found.intervals.items():
        assert 0 < low <= getattr(found, name) <= high
    assert found.latency_p50_ms <= found.latency_p95_ms
    assert 0 <= found.waited <= 1


def test_a_bundle_that_cannot_be_loaded_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (failed,) = measure_costs([tmp_path / "bundle"], TEXTS)
    assert isinstance(failed, ModelError)
    assert "its cost cannot be measured: " in str(failed)


def test_a_process_that_does_not_run_has_waited() -> None:
    watch = Watch()
    time.sleep(0.2)
    seen = watch.look()
    assert seen.waited > 0.5
    assert seen.others is None or 0 <= seen.others <= 1


def test_a_process_that_runs_all_the_time_has_not_waited_and_leaves_nothing_to_others(monkeypatch) -> None:
    clocks = {"wall": 0.0, "own": 0.0, "busy": 0.0}
    monkeypatch.setattr(other_work.time, "perf_counter", lambda: clocks["wall"])
    monkeypatch.setattr(other_work.time, "process_time", lambda: clocks["own"])
    monkeypatch.setattr(other_work, "busy_seconds", lambda: clocks["busy"])
    monkeypatch.setattr(other_work.os, "cpu_count", lambda: 4)
    watch = Watch()
    clocks |= {"wall": 10.0, "own": 10.0, "busy": 10.0}
    assert watch.look() == OtherWork(0.0, 0.0)
    clocks |= {"own": 8.0, "busy": 28.0}
    assert watch.look() == OtherWork(pytest.approx(0.2), 0.5)


def test_other_processes_are_seen() -> None:
    if busy_seconds() is None:
        pytest.skip("this system does not tell how busy it is")
    code = "import time\nend = time.process_time() + 1.0\nwhile time.process_time() < end: pass"
    before = busy_seconds()
    subprocess.run([sys.executable, "-c", code], check=True)
    after = busy_seconds()
    assert before is not None
    assert after is not None
    assert after - before >= 0.9


def test_a_system_that_tells_nothing_is_no_error(tmp_path: Path, monkeypatch) -> None:
    for content in (None, "", "cpu\n", "cpu  0 0 0 0 0 0 0 0 0 0\n", "nothing"):
        place = tmp_path / "stat"
        place.unlink(missing_ok=True)
        if content is not None:
            place.write_text(content)
        monkeypatch.setattr(other_work, "_STAT", place)
        assert busy_seconds() is None
        assert Watch().look().others is None
    place.write_text("cpu  100 20 30 5000 600 7 8 9 100 20\ncpu0 1\n")
    assert other_work.busy_seconds() == 174 / 100
