"""Model cards and folders for the Hub."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from huggingface_hub import ModelCard
from hypothesis import given
from hypothesis import strategies as st

import onoma
from onoma.cli.main import main
from onoma.errors import ModelError
from onoma.exports import exporting
from onoma.models import get_rung
from onoma.reports.card import CardDetails, model_card
from onoma.reports.markdown import plain, table, yaml
from onoma.runtime.bundle import Bundle, save_bundle
from onoma.runtime.manifest import ModelSettings
from onoma.tags import get_scheme
from random_models import random_bundle, tasks_of

LABELS = ["LOC", "OD|D`<b>", "PER"]
SCORE = {"precision": 0.5, "recall": 0.4, "f1": 0.44}
ENTITY = {
    **SCORE,
    "macro_f1": 0.3,
    "per_label": {"PER": {**SCORE, "f1": 0.6, "gold": 90}, "OD|D`<b>": {**SCORE, "f1": 0.2, "gold": 60}},
}
METRICS = {
    "model": "bilstm-crf",
    "seed": 7,
    "parameters": 1234,
    "epochs": 3,
    "dev": {"entity": ENTITY, "gold_entities": 150},
    "test": {
        "entity": ENTITY,
        "gold_entities": 150,
        "seen": {**SCORE, "f1": 0.91},
        "unseen": {**SCORE, "f1": 0.31},
        "calibration": {"ece": 0.07},
        "errors": {"correct": 60, "missed": 90},
    },
    "notes": ["it overfits"],
}
NESTED = {
    "read": 200,
    "kept": 190,
    "adjusted": {},
    "dropped": {},
    "flattened": {"nested": 10},
    "unreachable": {},
}
CONFIG = """
[model]
id = "bilstm-crf"

[data]
train = "/home/someone/secret/mine/train|1.conll"
test = "/home/someone/secret/mine/test.conll"
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run, made by hand, its model untrained."""
    folder = tmp_path / "run"
    rung, scheme = get_rung("bilstm-crf"), get_scheme("BIOES")
    config = rung.config(word_dim=4, hidden_dim=4)
    features = rung.fit_features(config, [["Anna", "left", "Bonn"]] * 3)
    tags = scheme.tags(LABELS)
    network = rung.build(config, features, tasks_of(config, LABELS))
    settings = {
        "model": rung.name,
        "options": config.portable_options(),
        "tags": list(tags),
        "scheme": "BIOES",
    }
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    torch.manual_seed(1)
    folder.mkdir()
    save_bundle(
        folder / "bundle", Bundle(ModelSettings(**settings), features.state(), weights, features.arrays())
    )
    (folder / "config.toml").write_text(CONFIG)
    (folder / "metrics.json").write_text(json.dumps(METRICS))
    (folder / "ledger.json").write_text(
        json.dumps({"reading": {"train": NESTED}, "tagging": {"train": NESTED}})
    )
    arguments = [
        "train",
        "--data",
        "/home/someone/secret/mine",
        "--set",
        "vectors=/home/someone/v",
        "--seed",
        "7",
    ]
    (folder / "environment.json").write_text(json.dumps({"onoma": "0.1.0", "arguments": arguments}))
    return folder


def test_the_card_says_what_the_run_holds(run) -> None:
    card = model_card(
        run, run / "bundle", CardDetails("me/names", ("no",), "apache-2.0", data_statement="From me.")
    )
    for part in (
        "From me.",
        "1,234 parameters",
        "Tokenizer of raw text: `onoma`, version 1",
        "| PER | 50.00 | 40.00 | 60.00 | 90 |",
        "F1 31.00 %, against 91.00 %",
        "flattened \\(nested 10\\)",
        "Seed 7, 3 epochs",
        "onoma train --data mine --set vectors=v --seed 7",
        "7.0 points",
        "90 missed",
        "it overfits",
        "mine/test.conll",
        'onoma.load("hf://me/names")',
    ):
        assert part in card
    assert "nothing is known of them: `LOC`" in card
    assert "someone" not in card


@pytest.mark.parametrize(
    ("model", "options", "nested", "head"),
    [
        ("span", {"span_nesting": "flat"}, False, "span"),
        ("span", {"span_nesting": "nested"}, True, "span"),
        ("joint", {"tasks": "spans", "span_nesting": "nested"}, True, "span"),
        ("joint", {"tasks": "tags", "head": "softmax"}, False, "softmax"),
    ],
)
def test_the_card_asks_the_task_what_it_finds(
    tmp_path: Path, model: str, options: dict[str, str], nested: bool, head: str
) -> None:
    small = {"word_dim": 4, "hidden_dim": 4, **options}
    bundle = random_bundle(model, small, [["Anna", "left", "Bonn"]] * 3, (), seed=1, spread=0.1)
    save_bundle(tmp_path / "bundle", bundle)
    card = model_card(None, tmp_path / "bundle", CardDetails("names"))
    assert ("also entities within entities" in card) is nested
    assert f"head `{head}`" in card


def test_the_hub_reads_its_front_matter(run, tmp_path) -> None:
    card = model_card(run, run / "bundle", CardDetails("me/names", ("no", "ru"), "other", dataset="mine"))
    data = ModelCard(card).data
    assert (data.library_name, data.pipeline_tag, data.license) == ("onoma", "token-classification", "other")
    assert data.language == ["no", "ru"]
    results = {(one.dataset_split, one.metric_type): one.metric_value for one in data.eval_results}
    assert results["test", "f1"] == 0.44
    assert results["dev", "precision"] == 0.5
    assert {one.dataset_name for one in data.eval_results} == {"mine"}


def test_what_comes_from_data_is_no_markup(run) -> None:
    card = model_card(run, run / "bundle", CardDetails("me/names"))
    assert "OD\\|D\\`\\<b\\>" in card
    assert "<b>" not in card.replace("\\<b\\>", "")
    rows = [line for line in card.split("\n") if line.startswith("|")]
    assert all(row.replace("\\|", "").count("|") in (3, 5, 6) for row in rows)


def test_nothing_is_invented_without_a_run(run) -> None:
    card = model_card(None, run / "bundle", CardDetails("names"))
    assert "Unknown: the run that this model comes from was not at hand." in card
    for part in ("model-index", "license:", "language:", "parameters", "Known weaknesses"):
        assert part not in card
    assert "License: not stated" in card
    assert "hf://OWNER/names" in card


def test_a_damaged_ledger_is_one_line(run) -> None:
    (run / "ledger.json").write_text('{"reading": {"train": {"seen": 1}}}')
    with pytest.raises(ModelError, match=r"ledger\.json: damaged"):
        model_card(run, run / "bundle", CardDetails("names"))


@given(st.text())
def test_any_text_is_one_cell_and_any_value_is_yaml(text) -> None:
    from yaml import safe_load

    row = table(("a", "b"), [(plain(text), "1")]).split("\n")
    assert len(row) == 3
    assert row[2].replace("\\\\", "").replace("\\|", "").count("|") == 3
    read = safe_load(yaml({"a": [{"b": text, "c": 1}], "d": text}))
    assert isinstance(read["d"], str)
    assert read["a"][0]["b"] == read["d"]


def test_export_to_the_hub_and_back(run, tmp_path, capsys) -> None:
    out = tmp_path / "hub"
    command = ["export", str(run), str(out), "--to", "hub", "--language", "en", "--license", "other"]
    assert main([*command, "--name", "me/names"]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["README.md", "bundle"]
    assert 'license: "other"' in (out / "README.md").read_text(encoding="utf-8")
    # What the Hub and its clients add lies beside the bundle.
    (out / ".gitattributes").write_text("")
    (out / ".cache").mkdir()
    text = "Anna left Bonn."
    assert onoma.load(out)(text) == onoma.load(run)(text)
    capsys.readouterr()
    assert main([*command, "--name", "me/names"]) == 2
    assert "is not an empty folder" in capsys.readouterr().err


def test_export_for_the_hub_as_onnx(run, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(exporting, "NUM_SENTENCES", 90)
    monkeypatch.setattr(exporting, "_MADE", 90)
    out = tmp_path / "hub"
    assert main(["export", str(run), str(out), "--to", "hub", "--precision", "fp32"]) == 0
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "Files: ONNX, fp32" in card
    assert "tags agree" in card
    assert (out / "bundle" / "model.onnx").is_file()


def test_wrong_use_is_a_line(run, tmp_path, capsys) -> None:
    assert main(["export", str(run), str(tmp_path / "out"), "--language", "en"]) == 2
    assert "need --to hub" in capsys.readouterr().err
    statement = ["--to", "hub", "--data-statement", str(tmp_path / "none.md")]
    assert main(["export", str(run), str(tmp_path / "out"), *statement]) == 2
    assert "none.md: cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_shipped_model_is_used_by_its_name(run) -> None:
    card = model_card(run, run / "bundle", CardDetails("ru", ("ru",), "cc-by-2.5", shipped=True))
    assert "onoma predict ru letters.txt" in card
    assert 'onoma.load("ru")' in card
    assert "Москве" in card
    assert "hf://" not in card
