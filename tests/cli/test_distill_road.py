"""``onoma distill`` from end to end: taught, killed, gone on with, and used wrongly."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from command_line import Onoma
from killing import kill_at_change

import onoma as library
from onoma.cli.main import main
from onoma.errors import ConfigError
from onoma.resources import bundled_corpora
from onoma.training.distillation import texts

SETTINGS = (
    *("--model", "bilstm-crf", "--threads", "1", "--quiet", "--json"),
    *("--set", "hidden_dim=16", "--set", "word_dim=16", "--set", "batch_size=8"),
    *("--set", "learning_rate=0.02", "--set", "average=0"),
)


def read_text(split: str) -> list[str]:
    lines = (bundled_corpora()["en"] / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return [line for one in lines for line in json.loads(one)["text"].split("\n") if line.strip()]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("raw") / "raw.txt"
    path.write_text("\n".join(read_text("train")[:200]) + "\n", encoding="utf-8")
    return path


def weights(run: Path) -> bytes:
    return (run / "bundle" / "model.safetensors").read_bytes()


def test_the_whole_road(trained: Path, raw: Path, tmp_path: Path, onoma: Onoma) -> None:
    run = tmp_path / "student"
    words = ("distill", trained, "--text", raw, "--data", "en", "--out", run, "--epochs", 3, *SETTINGS)
    done = onoma(*words)
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)
    assert metrics["test"]["entity"]["f1"] > 0.2, metrics["test"]["entity"]
    targets = tmp_path / "student-targets"
    record = json.loads((targets / "targets.json").read_text())
    assert record["finished"]
    assert record["held_out_documents"] == 0
    assert record["labels"] == ["LOC", "MISC", "ORG", "PER"]
    assert set(record["entities"]) <= set(record["labels"])
    config = (run / "config.toml").read_text()
    assert f'targets = "{targets}"' in config
    # An ordinary run: it predicts, is scored, and is not begun again.
    tagged = onoma("predict", run, "-", "--to", "jsonl", text="Anna lives in Paris.\n")
    assert tagged.returncode == 0, tagged.stderr
    again = onoma(*words)
    assert again.returncode == 2
    assert "is not empty" in again.stderr
    resumed = onoma(*words, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert "nothing to resume" in resumed.stderr
    # Another student of the same lessons asks nobody.
    other = onoma(
        *("train", "--model", "lstm", "--data", "en", "--out", tmp_path / "other", "--epochs", 1, "--quiet"),
        *("--set", f"targets={targets}", "--set", "targets_share=0.3", "--set", "hidden_dim=8"),
    )
    assert other.returncode == 0, other.stderr


def test_without_gold(trained: Path, raw: Path, tmp_path: Path, onoma: Onoma) -> None:
    run = tmp_path / "student"
    settings = [part for part in SETTINGS if part != "--quiet"]
    done = onoma("distill", trained, "--text", raw, "--out", run, "--epochs", 8, *settings)
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)
    assert metrics["dev"]["entity"]["f1"] > 0.2
    record = json.loads((tmp_path / "student-targets" / "targets.json").read_text())
    assert record["held_out_documents"] == round(record["documents"] * 0.05)
    assert "targets_share = 1.0" in (run / "config.toml").read_text()


READ_OTHERWISE = {"label_map": ["LOC=ORG", "ORG=LOC"], "encoding": "utf-16", "text_column": "body"}


def labels_of(path: Path) -> Counter[str]:
    return Counter(one.label for document in library.read(path).documents for one in document.entities)


def test_answers_are_read_as_they_are_written(trained: Path, raw: Path, tmp_path: Path) -> None:
    """What is said of reading is of the texts: labels swapped twice would not be those that are taught."""
    texts = tmp_path / "texts.csv"
    lines = raw.read_text(encoding="utf-8").replace('"', "").splitlines()[:60]
    rows = [f'"{line}","Anna in Paris"' for line in lines]
    texts.write_text("\n".join(["body,text", *rows]) + "\n", encoding="utf-16")
    run = library.distill(
        trained, texts, "lstm", tmp_path / "run", data_options=READ_OTHERWISE, epochs=1, hidden_dim=8
    )
    targets = tmp_path / "run-targets"
    record = json.loads((targets / "targets.json").read_text(encoding="utf-8"))
    assert "Anna in Paris" not in (targets / "train.jsonl").read_text(encoding="utf-8")
    own = labels_of(targets / "dev.jsonl")
    assert labels_of(targets / "train.jsonl") + own == record["entities"]
    of_dev = run.metrics["dev"]["entity"]["per_label"]
    assert {label: scores["gold"] for label, scores in of_dev.items() if scores["gold"]} == own
    mapped = json.loads((run.folder / "ledger.json").read_text())["labels"]
    assert not any(mapped.values())


def test_what_is_odd_about_texts_is_said(
    trained: Path, raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts.jsonl"
    lines = raw.read_text(encoding="utf-8").splitlines()[:30]
    texts.write_text("".join(json.dumps({"text": line, "body": "Anna"}) + "\n" for line in lines))
    settings = [part for part in SETTINGS if part != "--quiet"]
    words = ["distill", trained, "--text", texts, "--text-column", "body", "--out", tmp_path / "run"]
    assert main([*map(str, words), "--epochs", "1", *settings]) == 0
    assert "which has no use for text-column" in capsys.readouterr().err


@pytest.mark.parametrize("inside", ["run", "run/targets"])
def test_targets_do_not_lie_in_the_run(trained: Path, raw: Path, tmp_path: Path, inside: str) -> None:
    """Refused before the teachers are asked, who may cost money."""
    with pytest.raises(ConfigError, match="a folder of their own"):
        library.distill(trained, raw, "lstm", tmp_path / "run", targets=tmp_path / inside)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("name", "said"), [("label_map", "a second time"), ("encoding", "utf-8")])
def test_a_dev_that_cannot_be_read_like_answers(
    trained: Path, raw: Path, tmp_path: Path, name: str, said: str
) -> None:
    data = {"train": tmp_path / "targets" / "train.jsonl", "dev": bundled_corpora()["en"] / "dev.jsonl"}
    with pytest.raises(ConfigError, match=said):
        library.distill(
            trained, raw, "lstm", tmp_path / "run", data=data, targets=tmp_path / "targets",
            data_options={name: READ_OTHERWISE[name]},
        )  # fmt: skip
    assert not (tmp_path / "targets").exists()


def test_two_teachers_and_predictions_of_anyone(
    trained: Path, raw: Path, tmp_path: Path, onoma: Onoma
) -> None:
    theirs = tmp_path / "theirs.jsonl"
    done = onoma("predict", trained, raw, "--to", "jsonl", "--out", theirs, "--quiet")
    assert done.returncode == 0, done.stderr
    run = tmp_path / "student"
    done = onoma(
        *("distill", trained, theirs, "--text", raw, "--data", "en", "--out", run, "--epochs", 1, *SETTINGS),
        *("--map", "MISC=", "--temperature", 2, "--min-confidence", 0.4, "--share", 0.7),
    )
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "student-targets" / "targets.json").read_text())
    assert record["labels"] == ["LOC", "ORG", "PER"]
    assert len(record["teachers"]) == 2


def test_a_student_of_spans(trained: Path, raw: Path, tmp_path: Path, onoma: Onoma) -> None:
    theirs = tmp_path / "theirs.jsonl"
    done = onoma("predict", trained, raw, "--to", "jsonl", "--out", theirs, "--quiet")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in theirs.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        for one in list(line["entities"]):
            first, space, _ = line["text"][one["start"] : one["end"]].partition(" ")
            if space:
                inner = {"start": one["start"], "end": one["start"] + len(first), "label": "PER"}
                line["entities"].append(inner)
    theirs.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run, spans = tmp_path / "student", ("--head", "span", "--set", "span_dim=16", "--set", "span_width=6")
    words = ("distill", trained, theirs, "--text", raw, "--out", run, "--epochs", 2, *SETTINGS, *spans)
    done = onoma(*words, "--map", "MISC=", "--confidence", 0.9)
    assert done.returncode == 0, done.stderr
    targets = tmp_path / "student-targets"
    record = json.loads((targets / "targets.json").read_text())
    assert record["made"]["form"] == "spans"
    assert json.loads(done.stdout)["dev"]["gold_entities"] > 0
    refused: list[tuple[tuple[object, ...], str]] = [
        (("train", "--model", "lstm", "--set", f"targets={targets}"), "teach spans"),
        (("distill", trained, "--text", raw, "--model", "lstm", "--targets", targets), "teach spans"),
        (("distill", trained, "--text", raw, "--model", "joint", "--share", 1), "is to learn documents, too"),
    ]
    for words, said in refused:
        done = onoma(*words, "--data", "en", "--out", tmp_path / "other", "--epochs", 1, "--quiet")
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("change", [8, 25] if "ONOMA_FUZZ" in os.environ else [25])
def test_killed_and_gone_on_with(trained: Path, raw: Path, tmp_path: Path, onoma: Onoma, change: int) -> None:
    """At some change below the folder: while shards are written, between the two jobs, or in the training."""
    words = lambda place: [  # noqa: E731
        *("distill", str(trained), "--text", str(raw), "--data", "en", "--out", str(place / "run")),
        *("--epochs", "2", *SETTINGS),
    ]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    done = onoma(*words(whole))
    assert done.returncode == 0, done.stderr
    assert kill_at_change(words(killed), killed, change)
    done = onoma(*words(killed), "--resume")
    assert done.returncode == 0, done.stderr
    assert weights(killed / "run") == weights(whole / "run")
    assert list(killed.rglob(".*")) == []


WRONG: list[tuple[list[str], str]] = [
    (["--text", "RAW"], "Missing argument 'TEACHER"),
    (["TEACHER"], "Missing option '--text'"),
    (["nowhere", "--text", "RAW"], "nowhere: no such run or bundle"),
    (["TEACHER", "--text", "nowhere.txt"], "nowhere.txt: no such file"),
    (["TEACHER", "--text", "-"], "is a pipe"),
    (["TEACHER", "--text", "EMPTY"], "holds no document"),
    (["TEACHER", "--text", "NOTHING"], "find no entity"),
    (["TEACHER", "--text", "RAW", "--set", "scheme=IOB1"], "IOB1"),
    (["TEACHER", "--text", "RAW", "--confidence", "2"], "--confidence 2"),
    (["TEACHER", "--text", "DOUBTFUL", "--min-confidence", "0.999"], "no sentence is left"),
    (["en", "--text", "RAW"], "the data alone has the labels LOC, MISC, ORG, PER"),
    (["TEACHER", "en", "--text", "RAW"], "en alone has the labels art"),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_use_is_one_line(
    trained: Path, raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "nothing.txt").write_text("and so on\n")
    (tmp_path / "doubtful.txt").write_text(
        "Anna Obi of Kodak met Rio Li in Lake Garda near The Hague Bank .\n"
    )
    places = {
        "TEACHER": trained,
        "RAW": raw,
        "EMPTY": tmp_path / "empty.txt",
        "DOUBTFUL": tmp_path / "doubtful.txt",
        "NOTHING": tmp_path / "nothing.txt",
    }
    given = [str(places.get(word, word)) for word in words]
    code = main(
        ["distill", *given, "--data", "en", "--out", str(tmp_path / "run"), "--epochs", "1", *SETTINGS]
    )
    errors = capsys.readouterr().err
    assert code == 2, errors
    assert said in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "run").exists()


def test_other_texts_are_not_gone_on_with(trained: Path, tmp_path: Path, raw: Path) -> None:
    mine = tmp_path / "mine.txt"
    shutil.copy(raw, mine)
    given: dict[str, Any] = {"data": "en", "epochs": 1, "hidden_dim": 8, "word_dim": 8, "threads": 1}
    given["targets"] = tmp_path / "targets"
    library.distill(trained, mine, "lstm", tmp_path / "one", **given)
    library.distill(trained, mine, "lstm", tmp_path / "two", **given)  # as they are
    mine.write_text(mine.read_text() + "Anna left.\n")
    with pytest.raises(ConfigError, match="the texts are not those"):
        library.distill(trained, mine, "lstm", tmp_path / "three", **given)
    assert not (tmp_path / "three").exists()


def test_pieces_are_the_same_every_time(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from onoma.readers import ReadOptions
    from onoma.tokenize import get_tokenizer

    monkeypatch.setattr(texts, "SHARD_TOKENS", 200)
    monkeypatch.setattr(texts, "MAX_SENTENCE", 30)
    source = texts.Texts((str(raw),), ReadOptions(), get_tokenizer("onoma"), max_words=1000)
    pieces = list(source.pieces())
    left_out = dict(source.left_out)
    assert pieces == list(source.pieces())
    assert dict(source.left_out) == left_out
    assert left_out
    sizes = [sum(len(document.tokens) for document in piece) for piece in pieces]
    assert 1000 <= sum(sizes) < 1000 + 200
    assert min(sizes[:-1]) >= 200
