"""Data that a Python program has: read, mapped, inspected, divided, written, redacted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import onoma
from onoma.errors import ConfigError, DataError, OutputError
from onoma.text import Document

RECORDS = [
    {"id": str(n), "text": f"{name} left {place}.", "entities": [
        {"start": 0, "end": len(name), "label": "PERSON"},
        {"start": len(name) + 6, "end": len(name) + 6 + len(place), "label": "GPE"}]}
    for n, (name, place) in enumerate(
        (name, place) for name in ("Ann", "Bo Lee", "Mary", "Ivan") for place in ("Oslo", "New York", "Rome"))
]  # fmt: skip
WRONG = {"text": "Ann left.", "entities": [{"start": 0, "end": 30, "label": "PERSON"}]}


def entities(path: Path) -> list[tuple[str, str]]:
    return [(one.text, one.label) for document in onoma.read(path).documents for one in document.entities]


def test_labels_of_what_is_in_memory_are_mapped_and_counted() -> None:
    corpus = onoma.read(RECORDS)
    for there in (corpus, list(corpus.documents)):
        mapped = onoma.read(there, labels={"PERSON": "PER", "GPE": ""})
        assert mapped.entity_labels == ("PER",)
        assert (mapped.ledger.read, mapped.ledger.kept) == (24, 12)
        assert mapped.ledger.dropped == {"unwanted-label": 12}
        assert mapped.ledger.balanced
    assert onoma.read(corpus) is corpus


def test_two_labels_of_one_place_become_one_entity() -> None:
    both = [{"start": 0, "end": 3, "label": label} for label in ("PERSON", "NAME")]
    corpus = onoma.read(onoma.read([{"text": "Ann left.", "entities": both}]), labels={"NAME": "PERSON"})
    assert (corpus.num_entities, corpus.ledger.dropped) == (1, {"duplicate-entity": 1})
    assert corpus.ledger.balanced


def test_a_map_that_names_no_label_is_said(caplog: pytest.LogCaptureFixture) -> None:
    onoma.read(onoma.read(RECORDS), labels={"PERSONN": "PER"})
    assert "'PERSONN'" in caplog.text


def test_a_wrong_option_is_refused_whatever_is_read() -> None:
    corpus = onoma.read(RECORDS)
    for there in (corpus, corpus.documents, RECORDS):
        with pytest.raises(ConfigError, match="no such option"):
            onoma.read(there, colour="red")


def test_a_file_that_looks_misunderstood_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.conll"
    path.write_text("Ann O\nleft O\n", encoding="utf-8")
    onoma.read(path)
    assert "holds no entity" in caplog.text
    caplog.clear()
    onoma.read(path, gold=False)
    assert not caplog.text


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.conll", "a.conllu"])
def test_what_is_written_is_read_again(name: str, tmp_path: Path) -> None:
    written = onoma.write(RECORDS, tmp_path / name)
    assert (written.documents, written.writing.read, written.suggested) == (12, 24, False)
    assert entities(tmp_path / name) == [
        (one["text"][span["start"] : span["end"]], span["label"])
        for one in RECORDS
        for span in one["entities"]
    ]


def test_a_stream_is_written_as_it_comes(tmp_path: Path) -> None:
    seen: list[str] = []

    def stream() -> Iterator[Document]:
        for document in onoma.read(RECORDS).documents:
            seen.append(document.id)
            yield document

    onoma.write(stream(), tmp_path / "a.jsonl", labels={"PERSON": "PER", "GPE": ""})
    assert len(seen) == 12
    assert {label for _, label in entities(tmp_path / "a.jsonl")} == {"PER"}
    onoma.write(iter(RECORDS), tmp_path / "b.jsonl")  # a stream of dictionaries is data like any other
    assert len(entities(tmp_path / "b.jsonl")) == 24


def test_a_stream_that_breaks_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("before", encoding="utf-8")

    def stream() -> Iterator[Document]:
        yield from onoma.read(RECORDS).documents
        raise KeyError("the network is gone")

    with pytest.raises(KeyError):
        onoma.write(stream(), path)
    assert path.read_text(encoding="utf-8") == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["a.jsonl"]


def test_what_a_model_found_is_written_as_a_suggestion(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = onoma.load("en").tag(["John Smith flew to Berlin."])
    assert onoma.write(found, tmp_path / "a.json", "label-studio").suggested
    (task,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (len(task["annotations"]), len(task["predictions"])) == (0, 1)
    assert not onoma.write(found, tmp_path / "b.json", "label-studio", suggest=False).suggested
    caplog.clear()
    assert onoma.write(found, tmp_path / "c.conll", scheme="BIOES").scores == 2
    assert "scores of 2 entities are left out" in caplog.text
    assert "E-per" in (tmp_path / "c.conll").read_text(encoding="utf-8")


def test_what_does_not_fit_is_counted_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spans = [{"start": 0, "end": 8, "label": "ORG"}, {"start": 0, "end": 4, "label": "LOC"}]
    nested = [{"text": "Oslo Bank", "entities": spans}]
    written = onoma.write(nested, tmp_path / "a.conll")
    assert (written.fitting.flattened, written.fitting.adjusted) == ({"nested": 1}, {"expanded": 1})
    assert "made to fit conll" in caplog.text
    with pytest.raises(DataError):
        onoma.write(nested, tmp_path / "b.conll", on_nested="error")
    assert not (tmp_path / "b.conll").exists()


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is only read"):
        onoma.write(RECORDS, tmp_path / "a.txt", "webanno-tsv")
    with pytest.raises(ConfigError):
        onoma.write(RECORDS, tmp_path / "a.nosuchsuffix")
    with pytest.raises(ConfigError, match="no tag scheme"):
        onoma.write(RECORDS, tmp_path / "a.jsonl", scheme="BIOES")
    with pytest.raises(OutputError):
        onoma.write(RECORDS, tmp_path / "none" / "a.jsonl")
    for nothing in ([], iter(())):
        with pytest.raises(DataError, match="no document"):
            onoma.write(nothing, tmp_path / "a.jsonl")
    assert onoma.write([], tmp_path / "a.jsonl", allow_empty=True).documents == 0


def test_inspecting_tells_faults_of_records_by_their_number() -> None:
    report = onoma.inspect([*RECORDS, WRONG])
    (problem,) = report.splits[0].problems
    assert (problem.code, problem.path, problem.line) == ("span-out-of-range", "records", 13)
    assert report.as_dict()["records"]["entities"] == 24


def test_inspecting_splits_compares_them_with_train(tmp_path: Path) -> None:
    dev = tmp_path / "dev.jsonl"
    onoma.write(RECORDS[:6], dev)
    report = onoma.inspect({"dev": dev, "train": onoma.read(RECORDS), "test": RECORDS[6:]})
    assert [(one.name, one.path) for one in report.splits] == [
        ("train", "train"), ("dev", str(dev)), ("test", "test")]  # fmt: skip
    assert report.splits[1].mentions.seen_share == 1.0
    assert [one.name for one in onoma.inspect("en").splits] == ["train", "dev", "test"]


def test_inspecting_says_what_looks_misunderstood(caplog: pytest.LogCaptureFixture) -> None:
    onoma.inspect([{"text": "Nothing here.", "entities": []}])
    assert "holds no entity" in caplog.text
    with pytest.raises(ConfigError, match="no such option"):
        onoma.inspect(RECORDS, colour="red")


def test_dividing_gives_the_parts_of_the_command(tmp_path: Path) -> None:
    from onoma.cli.main import main

    onoma.write(RECORDS, tmp_path / "all.jsonl")
    assert (
        main(["split", str(tmp_path / "all.jsonl"), str(tmp_path / "parts"), "--test", "0.25", "--quiet"])
        == 0
    )
    parts = onoma.split(RECORDS, test=0.25)
    assert list(parts) == ["train", "dev", "test"]
    for name, part in parts.items():
        there = onoma.read(tmp_path / "parts" / f"{name}.jsonl")
        assert [one.id for one in part.documents] == [one.id for one in there.documents]
        assert part.ledger.balanced


def test_dividing_by_sentence_says_what_it_loses(caplog: pytest.LogCaptureFixture) -> None:
    text = "Ann left. Bo stayed."
    labelled = [{"text": text, "entities": [{"start": 4, "end": 12, "label": "X"}], "labels": ["a"]}] * 8
    parts = onoma.split(labelled, by="sentence", group_duplicates=False)
    assert sum(len(part.documents) for part in parts.values()) == 16
    assert "8 entities cross the end of a sentence" in caplog.text
    assert "document labels of 8 documents" in caplog.text
    with pytest.raises(ConfigError, match="unknown value"):
        onoma.split(RECORDS, by="word")  # type: ignore[arg-type]


def test_redacting_replaces_what_the_command_replaces(tmp_path: Path) -> None:
    from onoma.cli.main import main

    texts = ["John Smith flew to Berlin.", "Nothing here."]
    (tmp_path / "in.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    options = ["--style", "pseudonym", "--quiet"]
    assert main(["redact", "en", str(tmp_path / "in.txt"), "--out", str(tmp_path / "out.txt"), *options]) == 0
    redacted = [one.text for one in onoma.redact("en", texts, style="pseudonym")]
    assert redacted == (tmp_path / "out.txt").read_text(encoding="utf-8").splitlines()
    assert redacted[1] == texts[1]
    tagger = onoma.load("en")
    tagger.leave_out(min_score=0.5)
    (one,) = onoma.redact(tagger, texts[0], labels=["per"])
    assert one.text == "[per] flew to Berlin."
    assert texts[0][one.spans[0].start : one.spans[0].end] == "John Smith"


def test_redacting_refuses_before_it_begins() -> None:
    with pytest.raises(ConfigError, match="style"):
        onoma.redact("en", ["a"], style="black")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="no label 'PERSON'"):
        onoma.redact("en", ["a"], labels=["PERSON"])
    with pytest.raises(ConfigError, match="excludes"):
        onoma.redact("en", ["a"], min_recall=0.9, min_score=0.5)
    with pytest.raises(ConfigError, match="as it is set"):
        onoma.redact(onoma.load("en"), ["a"], min_recall=0.9)
