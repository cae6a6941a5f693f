"""Calibrated scores through the command line: ``--min-score`` and ``--min-precision``."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from onoma.cli.main import main
from onoma.resources import bundled_corpora
from onoma.runtime.bundle import load_bundle, save_bundle
from onoma.runtime.manifest import ModelSettings

TEST = str(bundled_corpora()["en"] / "test.jsonl")


@pytest.fixture(scope="module")
def model(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained model with a made table: 0.9 from a score of 0.5 on, 0.97 from 0.8 on."""
    folder = tmp_path_factory.mktemp("models") / "bundle"
    bundle = load_bundle(Path(shutil.copytree(trained / "bundle", folder)))
    table = {
        "temperature": 1.0,
        "thresholds": [0.0, 0.4, 0.8],
        "precision": [0.7, 0.9, 0.97],
        "recall": [0.8, 0.7, 0.5],
        "kept": [2000, 1000, 500],
    }
    config = ModelSettings(**bundle.config.as_dict() | {"confidence": table})
    save_bundle(folder, replace(bundle, config=config))
    return folder


def predicted(model: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[list[float], str]:
    """The scores of all entities of the test file, and what was said."""
    assert main(["predict", str(model), TEST, "--to", "jsonl", *options]) == 0
    captured = capsys.readouterr()
    rows = [json.loads(line) for line in captured.out.splitlines()]
    return [entity["score"] for row in rows for entity in row["entities"]], captured.err


def test_a_run_tells_its_temperature(trained: Path) -> None:
    metrics = json.loads((trained / "metrics.json").read_text())
    stored = json.loads((trained / "bundle" / "config.json").read_text())["confidence"]
    for split in ("dev", "test"):
        calibration = metrics[split]["calibration"]
        assert calibration.keys() == {"ece", "uncalibrated_ece", "temperature"}
        assert calibration["temperature"] == stored["temperature"]
        assert 0 <= calibration["ece"] <= 1
    assert stored["kept"][0] > 0
    assert (trained / "plots" / "reliability.png").stat().st_size > 5_000
    assert "temperature of entity scores" in (trained / "stderr.txt").read_text()


def test_predict_leaves_out_what_is_not_sure(model: Path, capsys) -> None:
    scores, said = predicted(model, capsys)
    assert "score" not in said
    assert min(scores) < 0.4 < max(scores)
    kept, said = predicted(model, capsys, "--min-score", "0.4")
    assert kept == [score for score in scores if score >= 0.4]
    assert "a score of 0.4 or more" in said
    looked_up, said = predicted(model, capsys, "--min-precision", "0.9")
    assert looked_up == kept
    assert "0.4000 or more; on dev 90.0% of them are right, and 70.0% of all are found" in said
    silent, said = predicted(model, capsys, "--min-precision", "0.9", "--quiet")
    assert (silent, said) == (kept, "")


def test_evaluate_scores_what_is_given(model: Path, capsys) -> None:
    scores = {}
    for name, options in (("all", []), ("some", ["--min-score", "0.4"]), ("none", ["--min-score", "1"])):
        assert main(["evaluate", str(model), TEST, "--json", "--quiet", *options]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        scores[name] = json.loads(captured.out)["entity"]
    assert scores["all"]["recall"] > scores["some"]["recall"] > scores["none"]["recall"]
    assert main(["evaluate", str(model), TEST, "--json", "--min-precision", "0.9"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["entity"] == scores["some"]
    assert "0.4000 or more" in captured.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--min-precision", "0.99"], "not reached on dev, the best is 0.97"),
        (["--min-precision", "95"], "--min-precision 95"),
        (["--min-score", "-0.1"], "--min-score -0.1"),
        (["--min-score", "0.4", "--min-precision", "0.9"], "exclude each other"),
    ],
)
@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_what_cannot_be_had_is_one_line(model: Path, capsys, command: str, options, message: str) -> None:
    assert main([command, str(model), TEST, *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("onoma: error: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err


@pytest.mark.usefixtures("without_costs")
def test_an_export_takes_it_along(model: Path, capsys, tmp_path: Path) -> None:
    out = tmp_path / "exported"
    assert main(["export", str(model), str(out)]) == 0
    capsys.readouterr()
    assert load_bundle(out).config == load_bundle(model).config
    ours, said = predicted(out, capsys, "--min-precision", "0.9")
    theirs, _ = predicted(model, capsys, "--min-precision", "0.9")
    assert ours == pytest.approx(theirs, rel=1e-3)
    assert "0.4000 or more" in said


def test_old_spellings_work_and_are_said(model: Path, capsys) -> None:
    assert main(["evaluate", str(model), TEST, "--json", "--min-precision", "0.9", "--quiet"]) == 0
    scores = capsys.readouterr().out
    assert main(["evaluate", str(model), TEST, "--json", "--precision", "0.9", "--compute", "fp32"]) == 0
    captured = capsys.readouterr()
    assert captured.out == scores
    assert "--min-precision 0.9" in captured.err
    assert main(["predict", str(model), TEST, "--to", "jsonl", "--compute", "fp32"]) == 0
    assert "--precision fp32" in capsys.readouterr().err
    assert main(["predict", str(model), TEST, "--precision", "fp64"]) == 2
    assert "known: auto, bf16, fp32" in capsys.readouterr().err
