"""The whole road through the real command line: train, evaluate, predict, load."""

import json
import re
from pathlib import Path

import pytest

import onoma as package
from onoma.readers import read_corpus
from onoma.resources import bundled_corpora

CORPUS = bundled_corpora()["en"]


def test_run_folder_is_complete(trained: Path) -> None:
    expected = {
        "config.toml",
        "metrics.json",
        "history.jsonl",
        "ledger.json",
        "environment.json",
        "predictions/dev.jsonl",
        "predictions/test.jsonl",
        "plots/loss.png",
        "plots/f1.png",
        "plots/confusion_tags.png",
        "plots/confusion_entities.png",
        "plots/labels.png",
        "bundle/manifest.json",
        "bundle/model.safetensors",
    }
    there = {str(path.relative_to(trained)) for path in trained.rglob("*") if path.is_file()}
    assert expected <= there
    assert any(name.startswith("tensorboard/events") for name in there)
    assert not any(name.endswith((".part", ".pkl", ".pt", ".bin")) for name in there)


def test_ledger_balances_and_scores_count_all_gold(trained: Path) -> None:
    ledger = json.loads((trained / "ledger.json").read_text(encoding="utf-8"))
    for step in ("reading", "tagging"):
        assert set(ledger[step]) == {"train", "dev", "test"}
        for counts in ledger[step].values():
            fates = [
                sum(counts[fate].values()) for fate in ("adjusted", "dropped", "flattened", "unreachable")
            ]
            assert counts["read"] == counts["kept"] + sum(fates)
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    test = read_corpus(CORPUS / "test.jsonl")
    assert metrics["test"]["gold_entities"] == test.num_entities == ledger["reading"]["test"]["read"]
    assert ledger["tagging"]["test"]["flattened"]["nested"] > 0
    assert "as taught" in (trained / "stderr.txt").read_text(encoding="utf-8")


def test_it_learns_and_says_how_fast(trained: Path) -> None:
    history = [json.loads(line) for line in (trained / "history.jsonl").read_text().splitlines()]
    assert len(history) == 6
    assert history[-1]["train_loss"] < history[0]["train_loss"] / 2
    assert max(row["dev_f1"] for row in history) > 0.15
    assert all(row["tokens_per_second"] > 0 for row in history)
    assert re.search(r"epoch +6 .*dev F1", (trained / "stderr.txt").read_text(encoding="utf-8"))


def test_evaluate_agrees_with_the_runs_own_scores(onoma, trained: Path) -> None:
    done = onoma("evaluate", trained, CORPUS / "test.jsonl", "--json", "--threads", 1)
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)
    own = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))["test"]
    assert scores["entity"] == own["entity"]
    assert scores["errors"] == own["errors"]
    assert scores["seen"]["gold"] + scores["unseen"]["gold"] == scores["gold_entities"]
    bundle = onoma("evaluate", trained / "bundle", CORPUS / "test.jsonl", "--json")
    assert json.loads(bundle.stdout)["entity"] == own["entity"]
    table = onoma("evaluate", trained, CORPUS / "test.jsonl")
    assert f"{100 * own['entity']['f1']:.2f}" in table.stdout
    assert "missed" in table.stdout


def test_evaluate_lists_errors_by_kind(onoma, trained: Path) -> None:
    counts = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))["test"]["errors"]
    data = CORPUS / "test.jsonl"
    scores = json.loads(onoma("evaluate", trained, data, "--json", "--errors", 10_000).stdout)
    found = scores["error_examples"]
    assert set(found) == set(counts) - {"correct"}
    for kind, errors in found.items():
        assert errors["count"] == len(errors["examples"]) == counts[kind]
    shown = onoma("evaluate", trained, data, "--errors", 1).stdout
    assert f"missed {counts['missed']:,}, 1 of them:" in shown
    assert shown.count(" → nothing") == 1
    assert " → nothing" not in onoma("evaluate", trained, data, "--errors", 0).stdout


def test_predict_shows_gold_beside_predicted(onoma, trained: Path, tmp_path: Path) -> None:
    nested = {
        "text": "The <b>Bank</b> of Paris.",
        "entities": [{"start": 4, "end": 24, "label": "ORG"}, {"start": 19, "end": 24, "label": "<LOC>"}],
    }
    data = tmp_path / "nested.jsonl"
    data.write_text(json.dumps(nested) + "\n" + json.dumps({"text": "Nobody came."}) + "\n")
    prose = tmp_path / "letter.txt"
    prose.write_text("A line of prose.\n", encoding="utf-8")
    done = onoma("predict", trained, data, prose, "--to", "html")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("<h3>Gold</h3>") == 2  # the file has gold, so its second document has none
    assert "&lt;b&gt;Bank&lt;/b&gt; of <mark" in done.stdout  # a mark in the mark that is open
    assert "&lt;LOC&gt;" in done.stdout
    assert "<b>" not in done.stdout
    assert "<LOC>" not in done.stdout
    assert "<h3>Gold" not in onoma("predict", trained, data, "--to", "html", "--no-gold").stdout
    refused = onoma("predict", trained, data, "--gold")
    assert (refused.returncode, "--to html" in refused.stderr) == (2, True)


def test_same_seed_same_run(onoma, trained: Path, tmp_path: Path) -> None:
    done = onoma("train", "--config", trained / "config.toml", "--out", tmp_path / "again", "--quiet")
    assert done.returncode == 0, done.stderr
    one, two = (folder / "bundle" / "model.safetensors" for folder in (trained, tmp_path / "again"))
    assert one.read_bytes() == two.read_bytes()
    assert done.stderr == ""


def test_predict_keeps_offsets_and_streams_each_format(onoma, trained: Path, tmp_path: Path) -> None:
    text = "John lives in New York.\n\n  <script>alert(1)</script> met Anna in Paris — 🙂.\r\n"
    jsonl = onoma("predict", trained, "-", "--to", "jsonl", text=text)
    assert jsonl.returncode == 0, jsonl.stderr
    documents = [json.loads(line) for line in jsonl.stdout.splitlines()]
    assert [document["text"] for document in documents] == [
        text.split("\n")[0],
        text.split("\n")[2].rstrip("\r"),
    ]
    for document in documents:
        for entity in document["entities"]:
            assert 0 <= entity["start"] < entity["end"] <= len(document["text"])
            assert 0 <= entity["score"] <= 1
    conll = onoma("predict", trained, "--to", "conll", text=text)
    assert [conll.stdout.splitlines()[4][:5], conll.stdout.splitlines()[5]] == ["York\t", ".\tO"]
    page = tmp_path / "page.html"
    assert onoma("predict", trained, "-", "--to", "html", "--out", page, text=text).returncode == 0
    html = page.read_text(encoding="utf-8")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    pretty = onoma("predict", trained, "-", text=text)
    assert "\x1b" not in pretty.stdout
    assert "lives in" in pretty.stdout


def test_predict_reads_labelled_files_and_many_inputs(onoma, trained: Path, tmp_path: Path) -> None:
    prose = tmp_path / "letter.txt"
    prose.write_text("A line of prose.\nAnother one about John.\n", encoding="utf-8")
    done = onoma("predict", trained, prose, CORPUS / "test.jsonl", "--to", "jsonl")
    assert done.returncode == 0, done.stderr
    ids = [json.loads(line)["id"] for line in done.stdout.splitlines()]
    assert ids[:2] == ["letter:1", "letter:2"]
    assert len(ids) == 2 + len(read_corpus(CORPUS / "test.jsonl").documents)


def test_python_interface(trained: Path) -> None:
    tagger = package.load(trained)
    document = tagger("John lives in New York.")
    assert document.text == "John lives in New York."
    for entity in document.entities:
        assert document.text[entity.start : entity.end] == entity.text
        assert entity.label in tagger.labels
        assert 0 <= entity.score <= 1
    texts = ["One.", "", "John and Anna met in Berlin.\n\nThen it rained."]
    assert [document.text for document in tagger.pipe(texts)] == texts
    assert tagger("").entities == ()


@pytest.mark.parametrize("command", ["models", "formats"])
def test_listings(onoma, command) -> None:
    plain, machine = onoma(command), onoma(command, "--json")
    assert plain.returncode == machine.returncode == 0
    names = [item.get("id") or item["name"] for item in json.loads(machine.stdout)]
    assert [line.split()[0] for line in plain.stdout.splitlines()] == names
