"""``--map`` from end to end, and data that is read as the run was trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from onoma.cli.main import main
from onoma.cli.reading import Reading
from onoma.cli.trained import TrainedReading
from onoma.placing.labels import nothing_in_common

ROWS = "Ann\tB-per\tO\nleft\tO\tO\nOslo\tB-loc\tO\n.\tO\tO\n\n"
UPPER = "Ann B-PER\nleft O\nOslo B-LOC\n\n"


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose tags are not in the last column, of labels in small letters."""
    folder = tmp_path_factory.mktemp("columns")
    (folder / "train.tsv").write_text(ROWS * 20)
    options = ("--tag-column", "2", "--map", "loc=place", "--epochs", "12", "--threads", "1", "--quiet")
    settings = ("hidden_dim=16", "learning_rate=0.02", "precision=fp32", "dropout=0.0")
    files = ("--train", str(folder / "train.tsv"), "--out", str(folder / "run"))
    given = [part for setting in settings for part in ("--set", setting)]
    code = main(["train", "--model", "lstm", *files, *options, *given])
    assert code == 0
    return folder / "run"


def test_the_run_keeps_what_it_was_read_with(trained: Path) -> None:
    assert "tag_column = 2" in (trained / "config.toml").read_text()
    ledger = json.loads((trained / "ledger.json").read_text())
    assert ledger["labels"] == {"train": {"loc=place": 20}}


def test_it_holds_in_every_command_that_reads_for_the_run(capsys, trained: Path, tmp_path: Path) -> None:
    data = tmp_path / "more.tsv"
    data.write_text(ROWS * 2)
    said = "read as the run was trained: --tag-column 2"
    code, out, err = run(capsys, "evaluate", trained, data, "--json")
    assert (code, err.count(f"{said} --map loc=place")) == (0, 1)
    assert json.loads(out)["gold_entities"] == 4
    assert set(json.loads(out)["entity"]["per_label"]) == {"per", "place"}
    code, _, err = run(capsys, "predict", trained, data, data)
    assert (code, err.count(said)) == (0, 1)
    code, _, err = run(capsys, "inspect", "--suspects", trained, data)
    assert (code, err.count(said)) == (0, 1)
    assert said not in run(capsys, "evaluate", trained, data, "--quiet")[2]
    code, _, err = run(capsys, "evaluate", trained, data, "--tag-column", 3)
    assert (code, "holds no entity" in err, said in err) == (2, True, False)
    code, _, err = run(capsys, "evaluate", trained / "bundle", data)
    assert (code, "holds no entity" in err) == (2, True)


def test_it_gives_way_where_it_cannot_hold(trained: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.jsonl"
    words.write_text('{"text": "Ann"}\n')
    told: list[str] = []
    reading = TrainedReading(Reading(), str(trained), told.append)
    held = reading.for_file(str(words))
    assert (held.tag_column, held.options().labels.names) == (None, {"loc": "place"})
    config = tmp_path / "wide" / "config.toml"
    config.parent.mkdir()
    shutil.copy(trained / "config.toml", config)
    config.write_text(config.read_text().replace("tag_column = 2", "tag_column = 4"))
    narrow = tmp_path / "narrow.conll"
    narrow.write_text(UPPER)
    assert TrainedReading(Reading(), str(config.parent), told.append).for_file(str(narrow)).tag_column is None
    assert f"{narrow}: has 2 columns, so that options of the run do not hold: --tag-column 4" in told
    taken = TrainedReading(Reading(word_column=2), str(trained), told.append).for_file(str(narrow))
    assert (taken.word_column, taken.tag_column) == (2, None)


def test_a_model_and_gold_without_a_label_in_common(capsys, trained: Path, tmp_path: Path) -> None:
    data = tmp_path / "upper.conll"
    data.write_text(UPPER * 3)
    code, out, err = run(capsys, "evaluate", trained, data, "--word-column", 1)
    assert (code, out) == (2, "")
    assert "the model gives per, place; gold has LOC, PER; they differ in case: --map per=PER;" in err
    code, out, err = run(capsys, "evaluate", trained, data, "--allow-empty", "--json")
    assert (code, json.loads(out)["entity"]["f1"]) == (0, 0)
    assert "no label in common" in err
    maps = ("--map", "per=PER", "--map", "place=LOC")
    code, out, err = run(capsys, "evaluate", trained, data, "--json", *maps)
    assert code == 0, err
    assert set(json.loads(out)["entity"]["per_label"]) == {"LOC", "PER"}
    assert "no entity is labelled" not in err
    kept = json.loads(
        run(capsys, "evaluate", trained, data, "--json", "--map", "per=PER", "--map", "place=")[1]
    )
    assert set(kept["entity"]["per_label"]) == {"LOC", "PER"}


def test_predictions_are_renamed(capsys, trained: Path, tmp_path: Path) -> None:
    data, out = tmp_path / "upper.conll", tmp_path / "out.jsonl"
    data.write_text(UPPER)
    options = ("--to", "jsonl", "--out", out)
    assert run(capsys, "predict", trained, data, *options)[0] == 0
    before = [entity["label"] for entity in json.loads(out.read_text())["entities"]]
    assert run(capsys, "predict", trained, data, *options, "--map", "per=Person", "--map", "place=")[0] == 0
    after = [entity["label"] for entity in json.loads(out.read_text())["entities"]]
    assert after == ["Person" for label in before if label == "per"]


def test_what_is_said() -> None:
    assert nothing_in_common(["A"], ["A", "B"]) == ""
    assert nothing_in_common([], ["A"]) == ""
    assert "they differ in case: --map loc=LOC --map per=PER" in nothing_in_common(
        ["per", "loc"], ["PER", "LOC"]
    )
    many = nothing_in_common(["x"], [f"L{number}" for number in range(20)])
    assert "and 12 more; name what is the same with --map A=B" in many


def test_labels_that_a_new_run_forgets(capsys, trained: Path, tmp_path: Path) -> None:
    data = tmp_path / "train.conll"
    data.write_text("Acme B-ORG\nhired O\nOslo B-place\n\n" * 3)
    options = ("--epochs", 1, "--threads", 1, "--quiet", "--init-from", trained)
    settings = ("--set", "hidden_dim=16")
    code, _, err = run(
        capsys, "train", "--model", "lstm", "--train", data, "--out", tmp_path / "run", *options, *settings
    )
    assert code == 0
    assert "labels of the old model that this run no longer has: per" in err.splitlines()
    assert "labels that the old model does not have: ORG" in err.splitlines()
    told = json.loads((tmp_path / "run" / "metrics.json").read_text())["init_from"]
    assert (told["labels_gone"], told["labels_new"]) == (["per"], ["ORG"])
