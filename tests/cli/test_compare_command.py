"""A whole suite through the real command line."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
[suite]
name = "tiny"
seeds = [1, 2]
[data]
folder = "en"
[training]
epochs = 3
batch_size = 8
threads = 1
learning_rate = 0.03
[[models]]
id = "lstm"
name = "small"
model = { hidden_dim = 10, word_dim = 16, casing_dim = 8 }
[[models]]
id = "bilstm-crf"
model = { hidden_dim = 10, word_dim = 16, casing_dim = 8 }
[[models]]
id = "rnn"
name = "broken"
model = { vectors = "no-such-file" }
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("suite") / "tiny.toml"
    path.write_text(SUITE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def report(onoma, suite: Path) -> Path:
    """The suite's report, after the process was stopped in the middle of it."""
    out = suite.parent / "report"
    arguments = [sys.executable, "-m", "onoma", "compare", str(suite), "--out", str(out)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("[2/6]"):
                process.send_signal(signal.SIGTERM)
                break
        said = process.stderr.read()
    assert process.returncode == 128 + signal.SIGTERM, said
    assert "the same command goes on" in said
    assert not (out / "index.html").exists()
    done = onoma("compare", suite, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "small-seed1: is there already" in done.stderr
    assert "broken-seed1: failed: " in done.stderr
    assert "small" in done.stdout
    return out


def test_a_suite_is_trained_once_measured_and_reported(report: Path) -> None:
    results = json.loads((report / "results.json").read_text(encoding="utf-8"))
    assert [model["name"] for model in results["models"]] == ["small", "bilstm-crf"]
    assert [failure["run"] for failure in results["failed"]] == ["broken-seed1", "broken-seed2"]
    assert results["recommendation"]["model"]
    for model in results["models"]:
        assert model["seeds"] == [1, 2]
        cost = model["cost"]
        assert 0 < cost["latency_p50_ms"] <= cost["latency_p95_ms"]
        assert min(cost["tokens_per_second"], cost["cold_start_seconds"], cost["memory_mb"]) > 0
        for name, (low, high) in cost["intervals"].items():
            assert low <= cost[name] <= high
        assert cost["rounds"] == 1
        assert all(run["inputs"] and run["bundle_manifest_sha256"] for run in model["runs"])
    run = report / "runs" / "small-seed1"
    counts = json.loads((run / "counts.json").read_text(encoding="utf-8"))
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert sum(counts["test"]["gold"]) == metrics["test"]["gold_entities"]
    assert set(counts) == {"dev", "test"}
    assert "broken-seed1" in (report / "index.html").read_text(encoding="utf-8")


def test_decide_needs_no_new_training_and_exits_by_its_answer(onoma, suite: Path, report: Path) -> None:
    before = (report / "costs.json").read_text(encoding="utf-8")
    done = onoma("decide", suite, "--out", report, "--max-size-mb", 10, "--margin", 99, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["model"] in ("small", "bilstm-crf")
    assert answer["constraints"]["max_size_mb"] == 10
    assert {"latency_p50_ms", "bundle_mb", "memory_mb"} == set(answer["pareto"])
    assert "epoch" not in done.stderr
    assert (report / "costs.json").read_text(encoding="utf-8") == before


def test_finished_runs_are_compared_without_a_suite(onoma, report: Path, tmp_path: Path) -> None:
    runs = [report / "runs" / name for name in ("small-seed1", "small-seed2", "bilstm-crf-seed1")]
    done = onoma("compare", *runs, "--out", tmp_path / "out", "--no-measure", "--json")
    assert done.returncode == 0, done.stderr
    models = json.loads(done.stdout)["models"]
    assert [(model["name"], model["seeds"]) for model in models] == [("lstm", [1, 2]), ("bilstm-crf", [1])]
    none = onoma("decide", *runs, "--out", report, "--max-size-mb", 0.001, "--quiet")
    assert none.returncode == 1
    assert none.stdout.startswith("No model qualifies")
    assert none.stderr == ""
    assert onoma("compare", tmp_path, "--out", tmp_path / "no").returncode == 2
