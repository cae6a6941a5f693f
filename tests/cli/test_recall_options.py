"""A promised recall through the command line: predict, evaluate, redact, calibrate and exports."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from onoma.cli.main import main
from onoma.resources import bundled_corpora
from onoma.runtime.bundle import load_bundle, save_bundle
from onoma.runtime.confidence import Confidence

TEST = str(bundled_corpora()["en"] / "test.jsonl")
DEV = str(bundled_corpora()["en"] / "dev.jsonl")
CURVE = {"thresholds": [1e-4, 0.05, 0.3], "missed": [0.004, 0.02, 0.09], "documents": 300}


@pytest.fixture(scope="module")
def model(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained model with a made curve: 0.97 from a score of 0.05 down, 0.9 from 0.3."""
    folder = tmp_path_factory.mktemp("models") / "bundle"
    bundle = load_bundle(Path(shutil.copytree(trained / "bundle", folder)))
    covering = {"overall": CURVE, "by_label": {"PER": CURVE}}
    confidence = Confidence.model_validate({"temperature": 1.0, "covering": covering})
    save_bundle(folder, replace(bundle, config=bundle.config.with_confidence(confidence)))
    return folder


def rows(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[list[dict], str]:
    assert main(["predict", str(folder), TEST, "--to", "jsonl", *options]) == 0
    captured = capsys.readouterr()
    return [json.loads(line) for line in captured.out.splitlines()], captured.err


def test_predict_gives_more_and_says_what_is_promised(model: Path, capsys) -> None:
    plain, said = rows(model, capsys)
    assert "promised" not in said
    more, said = rows(model, capsys, "--min-recall", "0.97")
    assert "a score of 0.05 or more; on 300 documents of dev they miss 2.00%" in said
    assert "on average 0.97 of the entities of a text" in said
    count = [sum(len(row["entities"]) for row in one) for one in (plain, more)]
    assert count[1] > count[0]
    scores = [entity["score"] for row in more for entity in row["entities"]]
    assert 0.05 <= min(scores) < 0.3
    assert rows(model, capsys, "--min-recall", "0.97", "--quiet") == (more, "")


def test_dropping_what_was_promised_is_refused(model: Path, capsys) -> None:
    assert main(["predict", str(model), TEST, "--min-recall", "0.9", "--map", "PER="]) == 2
    assert "--map drops labels" in capsys.readouterr().err
    assert main(["predict", str(model), TEST, "--min-recall", "0.9", "--map", "PER=X", "--to", "jsonl"]) == 0


def test_evaluate_tells_what_was_promised_and_what_came_of_it(model: Path, capsys) -> None:
    assert main(["evaluate", str(model), TEST, "--json", "--quiet", "--min-recall", "0.97"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["promise"] == {"recall": 0.97, "threshold": 0.05, "documents": 300, "missed": 0.02}
    assert scores["coverage"].keys() == {"documents", "entities", "by_document", "by_entity"}
    assert scores["entity"]["recall"] <= scores["coverage"]["by_entity"] <= 1
    assert main(["evaluate", str(model), TEST, "--quiet", "--min-recall", "0.97"]) == 0
    assert f"covered: {scores['coverage']['by_document']:.4f}" in capsys.readouterr().out
    assert main(["evaluate", str(model), TEST, "--quiet", "--json"]) == 0
    assert not {"promise", "coverage"} & json.loads(capsys.readouterr().out).keys()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--min-recall", "0.999"], "300 documents with entities, it takes 999 at least"),
        (["--min-recall", "98"], "--min-recall 98"),
        (["--min-recall", "0.9", "--min-score", "0.1"], "excludes"),
    ],
)
@pytest.mark.parametrize("command", ["predict", "evaluate", "redact"])
def test_what_cannot_be_promised_is_one_line(
    model: Path, capsys, tmp_path: Path, command: str, options, message: str
) -> None:
    out = ["--out", str(tmp_path / "o.jsonl")] if command == "redact" else []
    assert main([command, str(model), TEST, *options, *out]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert message in captured.err
    assert not list(tmp_path.iterdir())


def test_training_on_little_dev_promises_little_and_calibrating_gives_the_same(
    trained: Path, capsys, tmp_path: Path
) -> None:
    assert main(["predict", str(trained), TEST, "--min-recall", "0.95"]) == 2
    assert "by 12 documents with entities, it takes 19 at least" in capsys.readouterr().err
    old = tmp_path / "old"
    bundle = load_bundle(trained / "bundle")
    save_bundle(old, replace(bundle, config=bundle.config.with_confidence(Confidence())))
    assert main(["predict", str(old), TEST, "--min-recall", "0.5"]) == 2
    assert "onoma calibrate" in capsys.readouterr().err
    assert main(["calibrate", str(old), DEV, str(old)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("temperature ")
    assert "a recall of 0.98 cannot be promised" in shown
    fitted, known = (load_bundle(one).config.as_dict()["confidence"] for one in (old, trained / "bundle"))
    assert fitted["covering"]["overall"]["documents"] == known["covering"]["overall"]["documents"] == 12
    assert fitted["temperature"] == pytest.approx(known["temperature"], rel=1e-3)
    assert fitted["covering"]["overall"]["missed"] == pytest.approx(known["covering"]["overall"]["missed"])


@pytest.mark.usefixtures("without_costs")
def test_an_export_gives_the_same_and_in_int8_learns_its_own(
    trained: Path, model: Path, capsys, tmp_path: Path
) -> None:
    assert main(["export", str(model), str(tmp_path / "fp32")]) == 0
    capsys.readouterr()
    ours, _ = rows(tmp_path / "fp32", capsys, "--min-recall", "0.97")
    theirs, _ = rows(model, capsys, "--min-recall", "0.97")
    places = [
        [(one["start"], one["end"], one["label"]) for row in got for one in row["entities"]]
        for got in (ours, theirs)
    ]
    assert places[0] == places[1]
    assert main(["export", str(trained), str(tmp_path / "int8"), "--precision", "int8", "--json"]) == 0
    proof = json.loads(capsys.readouterr().out)
    before, after = proof["dev_ece"]
    assert 0 <= after <= 1
    assert 0 <= before <= 1
    exported, origin = (load_bundle(one).config.as_dict() for one in (tmp_path / "int8", trained / "bundle"))
    assert exported["confidence"] != origin["confidence"]
    assert exported["confidence"]["covering"]["overall"]["documents"] == 12
    assert {**exported, "confidence": 0} == {**origin, "confidence": 0}


def redacted(model: Path, tmp_path: Path, *options: str, name: str = "out.jsonl") -> Path:
    source = tmp_path / "in.jsonl"
    if not source.exists():
        text = "John Smith met JOHN SMITH in London."
        entity = {"start": 0, "end": 10, "label": "PER", "text": "John Smith"}
        source.write_text(
            json.dumps({"id": "a", "text": text, "entities": [entity], "labels": ["Smith"]}) + "\n"
        )
    out = tmp_path / name
    assert main(["redact", str(model), str(source), "--out", str(out), *options]) == 0
    return out


def test_redact_writes_text_and_map_and_nothing_else(model: Path, tmp_path: Path, capsys) -> None:
    out = redacted(model, tmp_path, "--min-recall", "0.97", "--json")
    captured = capsys.readouterr()
    summary = json.loads(captured.out)
    assert summary["documents"] == 1
    assert summary["promise"]["threshold"] == 0.05
    assert "promised" in captured.err
    content = out.read_text(encoding="utf-8")
    record = json.loads(content)
    assert record.keys() == {"id", "text", "spans"}
    assert sum(summary["replaced"].values()) == len(record["spans"]) > 0
    assert "John" not in record["text"]
    for one in record["spans"]:
        assert record["text"][one["redacted_start"] : one["redacted_end"]] == one["replacement"]
        assert "text" not in one
    kept = json.loads(redacted(model, tmp_path, "--min-recall", "0.97", "--keep-surfaces").read_text())
    assert "John" in kept["spans"][0]["text"]


def test_redact_to_text_has_its_map_beside_it(model: Path, tmp_path: Path) -> None:
    out = redacted(
        model, tmp_path, "--style", "pseudonym", "--labels", "PER", "--min-recall", "0.9", name="o.txt"
    )
    text = out.read_text(encoding="utf-8")
    entry = json.loads((tmp_path / "o.txt.map.jsonl").read_text(encoding="utf-8"))
    assert text[entry["offset"] : entry["offset"] + entry["length"]] + "\n" == text
    assert {one["label"] for one in entry["spans"]} <= {"PER"}
    assert "text" not in entry


def test_redact_without_a_promise_says_so(model: Path, tmp_path: Path, capsys) -> None:
    redacted(model, tmp_path, "--min-score", "0", "--style", "mask", "--quiet")
    assert "nothing is promised" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "o.html"], "name a .jsonl file"),
        (["--out", "o.jsonl", "--labels", "PRE"], "the model has no label 'PRE'"),
        (["--out", "o.jsonl", "--style", "labels"], "unknown value 'labels' for style"),
        (["--out", "in.txt"], "the original would be lost"),
        (["folder", "--out", "folder/new.txt"], "is a folder, a file is needed"),
    ],
)
def test_redact_refuses(model: Path, tmp_path: Path, monkeypatch, capsys, options, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.txt").write_text("John.\n")
    Path("folder").mkdir()
    assert main(["redact", str(model), "in.txt", *options]) == 2
    assert message in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "in.txt"]
    assert not list(Path("folder").iterdir())
    assert Path("in.txt").read_text() == "John.\n"


def test_redact_spares_a_text_that_its_map_would_take_the_place_of(
    model: Path, tmp_path: Path, capsys
) -> None:
    source = tmp_path / "a.txt.map.jsonl"
    source.write_text(json.dumps({"text": "John."}) + "\n")
    assert main(["redact", str(model), str(source), "--out", str(tmp_path / "a.txt")]) == 2
    assert "the original would be lost" in capsys.readouterr().err
    assert json.loads(source.read_text()) == {"text": "John."}


def test_evaluating_with_dropped_labels_has_nothing_to_promise(model: Path, capsys) -> None:
    assert main(["evaluate", str(model), TEST, "--min-recall", "0.9", "--map", "PER="]) == 2
    assert "--map drops labels" in capsys.readouterr().err


def test_calibrating_on_what_was_trained_on_is_refused(trained: Path, capsys, tmp_path: Path) -> None:
    train = bundled_corpora()["en"] / "train.jsonl"
    assert main(["calibrate", str(trained), str(train), str(tmp_path / "out")]) == 2
    assert "trained on this" in capsys.readouterr().err
