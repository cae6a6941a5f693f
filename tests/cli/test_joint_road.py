"""Nested entities and document labels through the real command line."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

SMALL = ["base=bilstm", "hidden_dim=24", "word_dim=24", "batch_size=8", "learning_rate=0.01", "threads=1"]
SPAN = [*SMALL, "span_dim=24"]
JOINT = [*SMALL, "document_dim=16"]
TOPICS = {"sport": ("match", "team"), "trade": ("price", "share")}


def write_nested(folder: Path) -> Path:
    """Documents of universities in towns ("University of Oslo" holds "Oslo") with topics as labels."""
    rng = random.Random(3)
    folder.mkdir()
    for name, count in (("train", 60), ("dev", 16), ("test", 16)):
        lines = []
        for number in range(count):
            topic, town = rng.choice(sorted(TOPICS)), rng.choice(["Oslo", "Rome", "Turin", "Bern"])
            text = f"The {rng.choice(TOPICS[topic])} at University of {town} ended . {town} was quiet ."
            start = text.index("University")
            end = start + len(f"University of {town}")
            inner, later = end - len(town), text.rindex(town)
            spans = [(start, end, "ORG"), (inner, end, "LOC"), (later, later + len(town), "LOC")]
            entities = [{"start": one, "end": other, "label": label} for one, other, label in spans]
            lines.append(
                json.dumps({"id": f"{name}{number}", "text": text, "entities": entities, "labels": [topic]})
            )
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_nested(tmp_path_factory.mktemp("nested") / "data")


def sets(options: list[str]) -> list[str]:
    return [part for option in options for part in ("--set", option)]


def test_span_finds_entities_in_entities_and_flat_rungs_say_what_they_miss(onoma, nested, tmp_path) -> None:
    train = ("train", "--data", nested, "--epochs", 12, "--quiet")
    done = onoma(*train, "--model", "span", "--out", tmp_path / "span", *sets(SPAN))
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "span" / "metrics.json").read_text())
    assert metrics["test"]["entity"]["f1"] > 0.95
    options = json.loads((tmp_path / "span" / "bundle" / "config.json").read_text())["options"]
    assert options["span_nesting"] == "nested"

    line = "The team at University of Rome ended . Rome was quiet ."
    found = onoma("predict", tmp_path / "span", "-", "--to", "jsonl", text=line + "\n")
    spans = json.loads(found.stdout)["entities"]
    entities = {(line[span["start"] : span["end"]], span["label"]) for span in spans}
    assert {("University of Rome", "ORG"), ("Rome", "LOC")} == entities

    flat = onoma(*train, "--head", "crf", "--model", "span", "--out", tmp_path / "flat", *sets(SMALL))
    assert flat.returncode == 0, flat.stderr
    metrics = json.loads((tmp_path / "flat" / "metrics.json").read_text())
    assert metrics["test"]["gold_entities"] == 48
    assert metrics["test"]["entity"]["f1"] <= 0.8
    ledger = json.loads((tmp_path / "flat" / "ledger.json").read_text())
    assert ledger["tagging"]["test"]["flattened"] == {"nested": 16}


def test_span_on_flat_data_puts_out_flat_entities(onoma, tmp_path) -> None:
    options = sets(["hidden_dim=16", "word_dim=16", "span_dim=8", "threads=1", "epochs=1"])
    data = tmp_path / "train.conll"
    data.write_text("Anna B-PER\nBerg I-PER\nsmiled O\n\nBen B-PER\nslept O\n", encoding="utf-8")
    given = ("--model", "lstm", "--head", "span", "--train", data, "--quiet", *options)
    done = onoma("train", *given, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    bundle = json.loads((tmp_path / "run" / "bundle" / "config.json").read_text())
    assert bundle["options"]["span_nesting"] == "flat"


def test_one_network_or_two_is_answered_in_words(onoma, nested, tmp_path) -> None:
    tasks = {"both": "both", "entities-alone": "entities", "labels-alone": "documents"}
    common = 'base = "bilstm", hidden_dim = 24, word_dim = 16, document_dim = 8, dropout = 0.1, head = "crf"'
    models = [
        f'[[models]]\nid = "joint"\nname = "{name}"\nmodel = {{ {common}, tasks = "{task}" }}\n'
        for name, task in tasks.items()
    ]
    suite = tmp_path / "suite.toml"
    suite.write_text(
        f'[suite]\nname = "One or two"\nseeds = [1]\n[data]\nfolder = "{nested}"\n'
        f"[training]\nepochs = 15\nbatch_size = 8\nlearning_rate = 0.01\nthreads = 1\n{''.join(models)}",
        encoding="utf-8",
    )
    done = onoma("compare", suite, "--out", tmp_path / "report", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["document_labels"]["f1"]) == {"both", "labels-alone"}
    assert found["document_labels"]["f1"]["both"]["score"] > 0.9
    first, second = found["conclusions"]
    assert first.startswith("both: entity F1 ")
    assert "micro F1 of document labels" in first
    assert "million parameters where two take" in second
    assert "s for a million tokens" in second
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "Document labels" in page
    assert "one network takes" in page

    run = tmp_path / "report" / "runs" / "both-seed1"
    assert (run / "plots" / "tasks.png").exists()
    history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    assert set(history[-1]["task_weights"]) == {"entities", "documents"}
    assert history[-1]["task_weights"] != history[0]["task_weights"]
    predicted = onoma("predict", run, nested / "test.jsonl", "--to", "jsonl")
    labels = [json.loads(line)["labels"] for line in predicted.stdout.splitlines()]
    gold = [json.loads(line)["labels"] for line in (nested / "test.jsonl").read_text().splitlines()]
    assert sum(one == other for one, other in zip(labels, gold, strict=True)) >= 14


def test_without_document_labels_the_way_out_is_named(onoma, tmp_path) -> None:
    data = tmp_path / "train.conll"
    data.write_text("Anna B-PER\nsmiled O\n\nBen B-PER\nslept O\n", encoding="utf-8")
    done = onoma("train", "--model", "joint", "--train", data, "--out", tmp_path / "run", "--quiet")
    assert done.returncode == 2
    assert "--document-labels" in done.stderr
    wrong = onoma(
        "train", "--model", "span", "--set", "base=joint", "--train", data, "--out", tmp_path / "run"
    )
    assert wrong.returncode == 2
    assert "stands on another model" in wrong.stderr
