"""Label suspects from Python; how they are found and shown, the command line's tests cover."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from journeys import journeys

import onoma
from onoma.errors import ConfigError, DataError

RECORDS = journeys("PER", "LOC")
HELD, LEARNED = RECORDS[::4], [record for number, record in enumerate(RECORDS) if number % 4]


def left(name: str, town: str, label: str = "PER") -> dict[str, Any]:
    text = f"{name} left {town} at noon."
    place = {"start": text.index(town), "end": text.index(town) + len(town), "label": "LOC"}
    return {"text": text, "entities": [{"start": 0, "end": len(name), "label": label}, place]}


# What is right of the label is a name that the model has never seen, so that what it knows is surer.
DOUBTFUL = [left("Zsuzsa", "Oslo"), left("Mary", "Rome", "LOC"), left("Ann", "New York", "LOC")]
BROKEN = {"text": "x", "entities": [{"start": 0, "end": 9, "label": "PER"}]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> onoma.TrainedRun:
    return onoma.train(
        model="bilstm-crf",
        data={"train": LEARNED, "dev": HELD, "test": HELD},
        out=tmp_path_factory.mktemp("suspects") / "run",
        epochs=10,
        threads=1,
        model_options={"word_dim": 16, "hidden_dim": 16},
        training_options={"learning_rate": 0.02},
    )


def places(found: Any) -> set[tuple[str, str, int | None, str]]:
    return {(one.split, one.path, one.line, one.text) for one in found.suspects}


def test_the_run_judges_its_own_data_as_on_the_command_line(
    run: onoma.TrainedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    from onoma.cli.main import main

    found = onoma.suspects(run, threads=1)
    assert found.documents == 2 * len(HELD)
    assert onoma.suspects(run.folder, split="test", threads=1).documents == len(HELD)
    assert main(["inspect", "--suspects", str(run.folder), "--json", "--quiet", "--threads", "1"]) == 0
    suspects = [suspect.as_dict() for suspect in found.suspects]
    assert json.loads(capsys.readouterr().out) == {**found.as_dict(), "suspects": suspects}


def test_records_are_judged_by_their_numbers(run: onoma.TrainedRun, caplog: pytest.LogCaptureFixture) -> None:
    found = onoma.suspects(run, [BROKEN, *DOUBTFUL], threads=1)
    assert places(found) == {("records", "records", 3, "Mary"), ("records", "records", 4, "Ann")}
    assert {(one.kind, one.suggested and one.suggested.label) for one in found.suspects} == {
        ("wrong_label", "PER")
    }
    assert "records:1: an entity lies outside the text" in caplog.text
    with pytest.raises(DataError, match=r"^records:1: an entity lies outside the text"):
        onoma.suspects(run, [BROKEN, *DOUBTFUL], on_error="strict")


def test_all_kinds_of_data_are_judged_alike(run: onoma.TrainedRun, tmp_path: Path) -> None:
    files = [tmp_path / "one.jsonl", tmp_path / "two.conll"]
    for file in files:
        onoma.write(DOUBTFUL, file)
    corpus = onoma.read(DOUBTFUL)
    wanted = {("records", 2, "Mary"), ("records", 3, "Ann")}
    for data in (corpus, list(corpus.documents), iter(DOUBTFUL)):
        assert {(one.path, one.line, one.text) for one in onoma.suspects(run, data).suspects} == wanted
    assert {one[:2] for one in places(onoma.suspects(run, files))} == {
        ("one", str(files[0])),
        ("two", str(files[1])),
    }
    assert onoma.suspects(run, files[1]).documents == len(onoma.read(files[1]))
    named = onoma.suspects(run, {"mine": corpus, "file": files[0]}, limit=3)
    assert {one[:2] for one in places(named)} == {("mine", "mine"), ("file", str(files[0]))}
    assert (len(named.suspects), sum(named.kinds.values())) == (3, 4)


def test_labels_are_mapped_before_anything_is_judged(run: onoma.TrainedRun) -> None:
    others = onoma.read(DOUBTFUL, labels={"PER": "person", "LOC": "place"})
    with pytest.raises(ConfigError, match=r"^records: the model and the gold have no label in common"):
        onoma.suspects(run, others)
    mapped = onoma.suspects(run, others, labels={"person": "PER", "place": "LOC"})
    assert {one.text for one in mapped.suspects} == {"Mary", "Ann"}


def test_what_is_suspect_is_written_to_be_annotated_again(run: onoma.TrainedRun, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    out = tmp_path / "out"
    found = onoma.suspects(run, [BROKEN, *DOUBTFUL], out=out)
    rows = [json.loads(line) for line in (out / "suspects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows == [suspect.as_dict() for suspect in found.suspects]
    again = onoma.read(out / "documents" / "records.jsonl")
    assert [document.text for document in again] == [record["text"] for record in DOUBTFUL[1:]]
    assert (out / "suspects.html").exists()


def test_several_runs_judge_together(run: onoma.TrainedRun, tmp_path: Path) -> None:
    other = onoma.train(
        config=run.folder / "config.toml", out=tmp_path / "other", seed=2, epochs=2, threads=1
    )
    found = onoma.suspects([run, other.folder], DOUBTFUL)
    assert found.documents == len(DOUBTFUL)
    assert {one.agreement for one in found.suspects} <= {0.5, 1.0}
    with pytest.raises(ConfigError, match="named twice"):
        onoma.suspects([run, run.folder])


def test_train_is_judged_by_folds(run: onoma.TrainedRun, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    found = onoma.suspects(run, split="train", folds=2, epochs=1, out=tmp_path / "out", threads=1)
    assert found.documents == len(LEARNED)
    assert sorted(path.name for path in (tmp_path / "out" / "runs").iterdir()) == ["fold-1", "fold-2"]


def test_what_the_run_was_trained_on_is_not_judged_by_it(
    run: onoma.TrainedRun, caplog: pytest.LogCaptureFixture
) -> None:
    for seen in (LEARNED, onoma.read(LEARNED[:3]), str(run.folder) + "-data/train.jsonl"):
        with pytest.raises(ConfigError, match="the run was trained on this; --split train"):
            onoma.suspects(run, seen)
    onoma.suspects(run, [*DOUBTFUL, LEARNED[0]])
    assert "records: the run was trained on the texts of 1 of 4 documents" in caplog.text


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"split": "tset"}, ConfigError, "did you mean 'test'"),
        ({"split": "train"}, ConfigError, "name a folder for them with --out"),
        ({"split": "test", "data": DOUBTFUL}, ConfigError, "--split is of the run's own data"),
        ({"limit": 0}, ConfigError, "--limit 0: is a whole number, and at least 1"),
        ({"limit": -1}, ConfigError, "--limit -1"),
        ({"folds": 1}, ConfigError, "--folds 1"),
        ({"epochs": 0}, ConfigError, "--epochs 0"),
        ({"seed": -1}, ConfigError, "--seed -1"),
        ({"epochs": "3"}, ConfigError, "--epochs 3"),
        ({"threads": -1, "data": DOUBTFUL}, ConfigError, "threads must be a whole number"),
        ({"on_error": "strict"}, ConfigError, "on_error says how data is read"),
        ({"labels": {"A": "B"}}, ConfigError, "labels says how data is read"),
        ({"data": DOUBTFUL, "colour": "red"}, ConfigError, "no such option"),
        ({"data": "-"}, ConfigError, "not standard input"),
        ({"data": {}}, ConfigError, "name the data"),
        ({"data": {"a/b": DOUBTFUL}}, ConfigError, "cannot be the name of a split"),
        ({"data": {"a/b": "x.conll"}}, ConfigError, "cannot be the name of a split"),
        ({"data": []}, DataError, "records: holds no text"),
        ({"data": [{"text": "Nobody left."}]}, DataError, "records: holds no entity"),
        ({"data": "missing.conll"}, DataError, "missing.conll"),
        ({"data": DOUBTFUL[0]}, TypeError, "one record"),
        ({"data": 3}, TypeError, "not int"),
    ],
)
def test_wrong_arguments_are_refused(run: onoma.TrainedRun, given: dict[str, Any], error, said: str) -> None:
    with pytest.raises(error, match=said):
        onoma.suspects(run, **given)


def test_a_finished_run_is_needed(run: onoma.TrainedRun, tmp_path: Path) -> None:
    for runs, error, said in [
        (tmp_path, ConfigError, "is no finished run"),
        ([], ConfigError, "name the run"),
        (run.tagger(), TypeError, "Tagger"),
    ]:
        with pytest.raises(error, match=said):
            onoma.suspects(runs)
    with pytest.raises(ConfigError, match="is a run's own folder"):
        onoma.suspects(run, out=run.folder)
