from pathlib import Path

import pytest

from onoma.errors import ConfigError, DataError
from onoma.models import get_rung, list_rungs
from onoma.resources import bundled_corpora
from onoma.training.agreement import CHANGE_NOTHING, check_agreement, essential
from onoma.training.config import DataConfig, TrainingConfig, as_begun, read_settings, resolve
from onoma.training.fingerprints import fingerprint_inputs
from onoma.training.resume import check_inputs
from onoma.training.settings import assign_tables, gather_settings, merge, read_assignments

DATA = {"data": {"train": "train.txt"}}


@pytest.mark.parametrize("rung", list_rungs(), ids=lambda rung: rung.name)
def test_stored_configuration_resolves_to_itself(rung, tmp_path: Path) -> None:
    config = resolve(rung.name, {**DATA, "training": {"epochs": 3}, "model": {"dropout": 0.25}})
    (tmp_path / "config.toml").write_text(config.as_toml(), encoding="utf-8")
    again = resolve(None, read_settings(tmp_path / "config.toml"))
    assert again == config
    assert again.training.epochs == 3


def test_assignments_find_their_table_and_type() -> None:
    model = get_rung("charcnn-bilstm-crf").config
    given = ["dropout=0.3", "training.learning_rate=1e-3", "char_widths=[2, 3]", "train=some file.txt"]
    settings = merge({"model": {"dropout": 0.1}}, assign_tables(read_assignments(given), model))
    assert settings["model"] == {"dropout": 0.3, "char_widths": [2, 3]}
    assert settings["training"] == {"learning_rate": 1e-3}
    assert settings["data"] == {"train": "some file.txt"}


def test_setting_names_are_unique_over_the_tables() -> None:
    from onoma.training.config import DataConfig, TrainingConfig

    for rung in list_rungs():
        names = [*rung.config.model_fields, *TrainingConfig.model_fields, *DataConfig.model_fields]
        assert {name for name in names if names.count(name) > 1} <= {"tokenizer"}


@pytest.mark.parametrize(("model", "table"), [("lstm", "data"), ("transformer", "model")])
def test_a_bare_tokenizer_is_the_model_s_where_that_has_one(model: str, table: str) -> None:
    config = get_rung(model).config
    assert merge({}, assign_tables(read_assignments(["tokenizer=characters"]), config)) == {
        table: {"tokenizer": "characters"}
    }
    assert merge({}, assign_tables(read_assignments(["data.tokenizer=characters"]), config)) == {
        "data": {"tokenizer": "characters"}
    }


def test_the_tokenizer_is_stored_with_its_version() -> None:
    for given, stored in ({}, "onoma@1"), ({"tokenizer": "characters"}, "characters@1"):
        config = resolve("lstm", {"data": {"train": "t", **given}})
        assert config.as_dict()["data"]["tokenizer"] == stored
        assert f'tokenizer = "{stored}"' in config.as_toml()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("onomo", "did you mean 'onoma'"),
        ("onoma@99", "newer than 'onoma@1'"),
        ("onoma@0", "no longer kept"),
        ("onoma@new", "name and version such as onoma@1"),
    ],
)
def test_tokenizers_that_are_not_here(given: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        resolve("lstm", {"data": {"train": "t", "tokenizer": given}})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({**DATA, "training": {"epoch": 3}}, "did you mean 'epochs'"),
        ({**DATA, "training": {"epochs": 0}}, "training.epochs"),
        ({**DATA, "training": {"epochs": True}}, "training.epochs: must not be true or false"),
        ({**DATA, "model": {"hidden_dim": True}}, "model.hidden_dim: must not be true or false"),
        ({**DATA, "training": {"seed": 2**64}}, "training.seed"),
        ({**DATA, "training": {"threads": 100_000}}, "training.threads"),
        ({**DATA, "model": {"hidden": 3}}, "did you mean 'hidden_dim'"),
        ({}, "data.train"),
    ],
)
def test_wrong_settings_are_refused(settings, message) -> None:
    with pytest.raises(ConfigError, match=message):
        resolve("lstm", settings)


def test_what_is_wrong_is_said_in_our_words_alone() -> None:
    said = r"model\.class_weights: class weights are of the softmax head alone \(given: 'inverse'\)"
    with pytest.raises(ConfigError, match=f"^{said}$"):
        resolve("lstm", {**DATA, "model": {"head": "crf", "class_weights": "inverse"}})


@pytest.mark.parametrize(
    ("text", "message"), [("[trainin]\n", "did you mean 'training'"), ("[x", "not a TOML")]
)
def test_wrong_files_are_refused(text, message, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_settings(tmp_path / "c.toml")


def test_a_run_from_before_a_setting_was_there_can_be_resumed() -> None:
    config = resolve("lstm", {"data": {"train": "t"}})
    later = [name for name, one in DataConfig.model_fields.items() if not one.is_required()]
    for name in later:
        stored = config.as_dict()
        stored["data"].pop(name, None)
        check_agreement(as_begun(stored), config.as_dict())


ELSEWHERE = ("/home/ann/.venv/lib/python3.11/site-packages", "C:\\Users\\ann\\Lib\\site-packages")


@pytest.mark.parametrize("place", ["here", "by name", *ELSEWHERE])
def test_files_of_bundled_corpora_are_stored_by_name_and_found_anywhere(place: str, tmp_path: Path) -> None:
    here, name = bundled_corpora()["en"] / "train.jsonl", "bundled://en/train.jsonl"
    parts = ("onoma", "resources", "corpora", "en", "train.jsonl")
    moved = ("\\" if "\\" in place else "/").join((place, *parts))
    given = {"here": str(here), "by name": name}.get(place, moved)
    config = resolve("lstm", {"data": {"train": given, "dev": "mine/dev.jsonl"}})
    assert config.data.train == str(here)
    assert config.as_dict()["data"]["train"] == name
    assert config.as_dict()["data"]["dev"] == "mine/dev.jsonl"
    (tmp_path / "config.toml").write_text(config.as_toml(), encoding="utf-8")
    assert str(here.parent) not in config.as_toml()
    assert gather_settings(None, {}, config=tmp_path / "config.toml").data.train == str(here)


@pytest.mark.parametrize(
    "name", ["bundled://none/train.jsonl", "bundled://en/../en/train.jsonl", "bundled://"]
)
def test_what_is_no_bundled_file_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="no such file of a bundled corpus"):
        resolve("lstm", {"data": {"train": name}})


def test_fingerprints_of_an_older_run_are_those_of_now() -> None:
    here = str(bundled_corpora()["en"] / "train.jsonl")
    now = fingerprint_inputs(resolve("lstm", {"data": {"train": here}}))
    assert list(now) == ["bundled://en/train.jsonl"]
    check_inputs({here: now["bundled://en/train.jsonl"]}, now)
    with pytest.raises(DataError, match="content has changed"):
        check_inputs({here: "another"}, now)


def test_what_decides_is_told_from_what_changes_nothing() -> None:
    config = {
        "model": {"id": "rnn", "threads": 3},
        "training": {"seed": 1, "threads": 2, "device": "cpu", "trackers": [], "checkpoint_steps": 5},
        "data": {"train": "a", "memory_mb": 7},
    }
    assert essential(config) == {
        "model": {"id": "rnn", "threads": 3},
        "training": {"seed": 1},
        "data": {"train": "a"},
    }
    check_agreement(config, {**config, "data": {"train": "a", "memory_mb": 8}})
    with pytest.raises(ConfigError, match=r"training\.threads"):
        check_agreement(config, {**config, "training": {**config["training"], "threads": 1}})


def test_every_setting_that_is_said_to_change_nothing_exists() -> None:
    for table, names in CHANGE_NOTHING.items():
        schema = {"training": TrainingConfig, "data": DataConfig}[table]
        assert names <= schema.model_fields.keys()


@pytest.mark.parametrize(
    ("rung", "model", "idle"),
    [
        ("bilstm-crf", {"boundary_smoothing": 0.1}, ["boundary_smoothing = 0.1"]),
        ("bilstm-crf", {"constrained": False}, []),
        ("span", {"boundary_smoothing": 0.1}, []),
        ("span", {"loss_mean": "tokens", "constrained": False}, ["constrained = False"]),
        ("joint", {"tasks": "entities", "document_dropout": 0.2}, ["document_dropout = 0.2"]),
        ("lstm", {"head": "span"}, []),
        ("joint", {"head": "span"}, []),
        ("joint", {"head": "softmax", "tasks": "documents"}, ["head = softmax"]),
    ],
)
def test_options_that_change_nothing_are_said(rung: str, model: dict[str, object], idle: list[str]) -> None:
    notes = list(resolve(rung, {**DATA, "model": model}).idle_notes())
    assert [note.split(" changes nothing")[0] for note in notes] == idle
