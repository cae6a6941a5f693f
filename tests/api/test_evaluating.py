"""Scoring a model from Python: read, refused and scored as on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import onoma
from onoma.api.trained import TrainedOptions
from onoma.cli.main import main
from onoma.cli.reading import Reading
from onoma.cli.trained import TrainedReading
from onoma.errors import ConfigError, DataError

NAMES, PLACES = ("Ann", "Lee", "Mary", "Ivan"), ("Oslo", "Rome", "Bonn")


def write_columns(path: Path, places: tuple[str, ...] = PLACES) -> Path:
    """Four columns: a number, the word, its tag, and a tag that nobody wants."""
    lines = []
    for name in NAMES:
        for place in places:
            rows = ((name, "B-PERSON"), ("left", "O"), (place, "B-GPE"), (".", "O"))
            lines += [f"{n} {word} {tag} B-X" for n, (word, tag) in enumerate(rows, 1)]
            lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> onoma.TrainedRun:
    folder = tmp_path_factory.mktemp("evaluating")
    data = {split: write_columns(folder / f"{split}.conll") for split in ("train", "dev")}
    return onoma.train(
        "bilstm-crf",
        data,
        folder / "run",
        epochs=3,
        threads=1,
        model_options={"word_dim": 16, "hidden_dim": 16},
        training_options={"learning_rate": 0.01},
        data_options={"word_column": 2, "tag_column": 3, "label_map": ["PERSON=PER", "GPE=LOC"]},
    )


def test_a_file_is_read_as_the_run_was_trained(
    run: onoma.TrainedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = write_columns(tmp_path / "test.conll", ("Oslo", "Lima"))
    scores = onoma.evaluate(run, test).as_dict()
    assert set(scores["entity"]["per_label"]) == {"PER", "LOC"}
    assert scores["gold_entities"] == 16
    assert scores["seen"]["recall"] >= 0  # the run knows what it was trained on
    assert main(["evaluate", str(run.folder), str(test), "--json", "--quiet"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {name: shown[name] for name in ("entity", "seen", "unseen", "token")} == {
        name: scores[name] for name in ("entity", "seen", "unseen", "token")
    }
    assert run.evaluate(str(test)).as_dict() == onoma.evaluate(run.folder, test).as_dict() == scores


def test_what_is_asked_for_wins(run: onoma.TrainedRun, tmp_path: Path) -> None:
    test = write_columns(tmp_path / "test.conll")
    with pytest.raises(ConfigError, match="no label in common"):
        onoma.evaluate(run, test, tag_column=4)
    mapped = onoma.evaluate(run, test, labels={"PERSON": "PER", "LOC": ""}).as_dict()
    assert set(mapped["entity"]["per_label"]) == {"PER"}


def test_labels_are_mapped_on_both_sides() -> None:
    gold = [
        {
            "text": "John Smith flew to Berlin.",
            "entities": [
                {"start": 0, "end": 10, "label": "PERSON"},
                {"start": 19, "end": 25, "label": "GPE"},
            ],
        }
    ]
    for labels in ({"PERSON": "per", "GPE": "geo"}, {"per": "PERSON", "geo": "GPE"}):
        assert onoma.evaluate("en", gold, labels=labels).entity.micro.f1 == 1.0
    with pytest.raises(ConfigError, match="no label in common"):
        onoma.evaluate("en", gold)
    assert onoma.evaluate("en", gold, allow_empty=True).entity.micro.f1 == 0.0


def test_gold_without_an_entity_is_refused_with_its_cause(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_text("Ann B-PER O\nleft O O\n\n", encoding="utf-8")
    with pytest.raises(DataError, match="column 2 "):
        onoma.evaluate("en", path)
    assert onoma.evaluate("en", [{"text": "Nothing.", "entities": []}], allow_empty=True).gold_entities == 0


def test_choosing_reads_the_pool_as_the_run_was_trained(run: onoma.TrainedRun, tmp_path: Path) -> None:
    pool = write_columns(tmp_path / "pool.conll", ("Oslo", "Lima"))
    chosen = onoma.select(run, pool, 3)
    assert {one.document.words[1] for one in chosen.chosen} == {"left"}


SWAP, SHIFT = ["ORG=LOC", "LOC=ORG"], ["ORG=MISC", "MISC="]


@pytest.mark.parametrize(
    ("own", "given", "composed"),
    [
        (["PERSON=PER"], {"LOC": "PLACE"}, {"PERSON": "PER", "LOC": "PLACE"}),
        (["PERSON=PER"], {"PER": "HUMAN"}, {"PERSON": "HUMAN", "PER": "HUMAN"}),
        (["PERSON=PER"], {"PER": ""}, {"PERSON": "", "PER": ""}),
        (["PERSON=PER"], {"PERSON": "PER"}, {"PERSON": "PER"}),
        (SWAP, {"ORG": "FIRM"}, {"ORG": "LOC", "LOC": "FIRM"}),
        (SWAP, {"ORG": "LOC", "LOC": "ORG"}, {"ORG": "ORG", "LOC": "LOC"}),
        (SHIFT, {"MISC": "OTHER"}, {"ORG": "OTHER", "MISC": ""}),
        (["PERSON=PER"], {"A=B": "ORG"}, {"PERSON": "PER", "A=B": "ORG"}),
    ],
)
def test_a_map_comes_behind_the_run_s_own(
    tmp_path: Path, own: list[str], given: dict[str, str], composed: dict[str, str]
) -> None:
    (tmp_path / "config.toml").write_text(f'[data]\ntrain = "a"\nlabel_map = {json.dumps(own)}\n')
    held = TrainedOptions({"labels": given}, tmp_path, print).for_memory()
    assert dict(held["labels"].names) == composed
    told = TrainedReading(
        Reading(labels=[f"{old}={new}" for old, new in given.items()]), str(tmp_path), print
    )
    if "A=B" not in given:
        assert dict(told.for_file("-").options().labels.names) == composed


@pytest.mark.parametrize(("own", "given"), [(["PERSON=PER"], "PERSON=HUMAN"), (["LOC="], "LOC=PLACE")])
def test_a_label_that_the_run_left_none_of_is_refused(tmp_path: Path, own: list[str], given: str) -> None:
    (tmp_path / "config.toml").write_text(f'[data]\ntrain = "a"\nlabel_map = {json.dumps(own)}\n')
    with pytest.raises(ConfigError, match="for this run"):
        TrainedOptions({"labels": given}, tmp_path, print)


def test_documents_that_were_read_are_not_mapped_again(run: onoma.TrainedRun, tmp_path: Path) -> None:
    test = write_columns(tmp_path / "test.conll")
    options = {"word_column": 2, "tag_column": 3}
    read = onoma.read(test, labels={"PERSON": "PER", "GPE": "LOC"}, **options)
    assert onoma.evaluate(run, read).as_dict() == onoma.evaluate(run, test).as_dict()
    with pytest.raises(ConfigError, match="no label in common"):
        onoma.evaluate(run, onoma.read(test, **options))
