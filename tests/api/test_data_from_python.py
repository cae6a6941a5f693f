"""Data that a Python program has: read, mapped, inspected, divided, written, redacted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from journeys import journeys

import onoma
from onoma.errors import ConfigError, DataError, OutputError
from onoma.readers.registry import list_formats
from onoma.text import Document, Link, Relation, Span

RECORDS = journeys("PERSON", "GPE")
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
    assert onoma.write(found, tmp_path / "c.conll", scheme="BIOES").left_out == {"scores": 2}
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
    with pytest.raises(TypeError, match="one record"):
        onoma.inspect(RECORDS[0])
    caplog.clear()
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


def test_what_a_format_has_no_room_for_is_counted(tmp_path: Path) -> None:
    full = Document(
        "d1",
        "Ann left Oslo.",
        entities=(Span(0, 3, "PER", "Ann", id="T1"), Span(9, 13, "LOC", "Oslo", id="T2")),
        labels=("news",),
        relations=(Relation("LEFT", "T1", "T2"),),
        links=(Link("T1", "Wikidata:Q1", "Ann"), Link("T2", "Wikidata:Q2", "Oslo")),
    )
    for format in list_formats():
        if not format.written:
            continue
        path = tmp_path / f"{format.name}{format.suffixes[0] if format.suffixes else ''}"
        wordless = Document("d2", "", ()), Document("d3", "\n ", ())
        written = onoma.write([full, *wordless], path, format.name)
        again, *others = onoma.read(path, format=format.name, document_labels="field").documents
        lost = {
            "documents without a word": len(others) < 2,
            "relations": len(again.relations) == 0,
            "links": len(again.links) == 0,
            "document labels": again.labels != ("news",),
        }
        several = {"links": 2, "documents without a word": 2}
        assert written.left_out == {kind: several.get(kind, 1) for kind, gone in lost.items() if gone}, format


def test_ids_of_streams_that_are_put_together_become_unique(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    document = Document("0", "Ann left.", entities=(Span(0, 3, "PER", "Ann"),))
    written = onoma.write(iter([document, document, document]), tmp_path / "a.jsonl")
    assert (written.documents, written.renumbered) == (3, 2)
    assert len({one.id for one in onoma.read(tmp_path / "a.jsonl").documents}) == 3
    assert "2 documents have the id of an earlier one" in caplog.text


def test_an_entity_outside_its_text_is_not_written(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.conll"):
        with pytest.raises(DataError, match="outside its text"):
            onoma.write([Document("x", "Ann", entities=(Span(0, 99, "PER", "Ann"),))], tmp_path / name)
        assert not (tmp_path / name).exists()


def test_sentences_with_an_entity_within_a_word_are_read_again(tmp_path: Path) -> None:
    records = [{"text": "Ann left. Boston stayed.", "entities": [{"start": 10, "end": 13, "label": "X"}]}] * 9
    parts = onoma.split(records, by="sentence", group_duplicates=False)
    for name, part in parts.items():
        onoma.write(part, tmp_path / f"{name}.jsonl")
        assert onoma.read(tmp_path / f"{name}.jsonl").num_entities == part.num_entities


def test_names_of_splits_are_no_paths(tmp_path: Path) -> None:
    there = tmp_path / "train.jsonl"
    there.write_text("mine", encoding="utf-8")
    for name in (str(tmp_path / "train"), "../train", "a/b", "", "..", "a\\b"):
        with pytest.raises(ConfigError, match="name of a split"):
            onoma.inspect({name: RECORDS})
        with pytest.raises(ConfigError, match="name of a split"):
            onoma.train("rnn", {name: RECORDS, "dev": RECORDS}, tmp_path / "run")
    assert there.read_text(encoding="utf-8") == "mine"


def test_the_data_of_a_run_is_not_overwritten(tmp_path: Path) -> None:
    data, other = {"train": RECORDS, "dev": RECORDS[:4]}, {"train": RECORDS[6:], "dev": RECORDS[:4]}
    options = {"epochs": 1, "threads": 1}
    onoma.train("rnn", data, tmp_path / "run", **options)
    before = (tmp_path / "run-data" / "train.jsonl").read_bytes()
    for resume in (False, True):
        with pytest.raises(ConfigError, match="other data"):
            onoma.train("rnn", other, tmp_path / "run", resume=resume, **options)
    assert onoma.train("rnn", data, tmp_path / "run", resume=True, **options).metrics
    assert (tmp_path / "run-data" / "train.jsonl").read_bytes() == before


def test_splits_in_memory_are_read_as_the_run_is_told(tmp_path: Path) -> None:
    numbers = [{"tokens": ["Ann", "left"], "ner_tags": [1, 0]}] * 4 + [{"tokens": ["Bo"], "ner_tags": []}]
    run = onoma.train(
        "rnn",
        {"train": numbers, "dev": numbers},
        tmp_path / "run",
        epochs=1,
        threads=1,
        data_options={"label_names": ["O", "B-PERSON"], "on_error": "skip", "label_map": ["PERSON=PER"]},
    )
    labels = set(onoma.load(run).labels)
    assert labels == {"PER"}
    named = [{"tokens": ["Ann", "left"], "ner_tags": ["B-PERSON", "O"]}] * 4
    assert onoma.evaluate(run, named).as_dict()["gold_entities"] == 4  # PERSON is PER for this run


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        ([None], DataError, "not NoneType"),
        ([RECORDS[0], Document("x", "Ann")], DataError, "not some of each"),
        ([{"text": b"Ann left"}], DataError, "decode"),
        (3, TypeError, "not int"),
        (None, TypeError, "not NoneType"),
        ({"text": "Ann"}, TypeError, "not dict"),
    ],
)
def test_what_is_no_data_is_said_in_one_line(data: object, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        onoma.read(data)  # type: ignore[arg-type]


def test_options_of_another_type_are_said() -> None:
    with pytest.raises(ConfigError, match="another type"):
        onoma.read(RECORDS, tag_column="2")
    with pytest.raises(ConfigError, match="labels are"):
        onoma.read(RECORDS, labels=[("PERSON", "PER")])  # type: ignore[list-item]
    assert onoma.read(RECORDS, labels=None).num_entities == 24
    numbers = [{"tokens": ["Ann", "left"], "ner_tags": [1, 0]}]
    assert onoma.read(numbers, label_names="O,B-PER").entity_labels == ("PER",)


def test_what_is_missing_in_a_table_is_not_there() -> None:
    pandas = pytest.importorskip("pandas")
    rows = [{**one, "note": note} for one, note in zip(RECORDS[:3], ("x", None, float("nan")), strict=True)]
    assert onoma.read(pandas.DataFrame(rows)).num_entities == 6
    assert onoma.read(rows).num_entities == 6
    table = pandas.DataFrame([{"text": "John Smith flew to Berlin."}])
    assert [one.text for one in onoma.redact("en", table, min_score=0.5)] == ["[per] flew to [geo]."]


def test_arrays_of_a_data_set_keep_the_names_of_their_tags() -> None:
    datasets = pytest.importorskip("datasets")
    tags = datasets.Sequence(datasets.ClassLabel(names=["O", "B-PER"]))
    features = datasets.Features({"tokens": datasets.Sequence(datasets.Value("string")), "ner_tags": tags})
    rows = datasets.Dataset.from_dict({"tokens": [["Ann", "left"]], "ner_tags": [[1, 0]]}, features=features)
    assert onoma.read(rows.with_format("numpy")).entity_labels == ("PER",)


def test_scoring_refuses_and_says_what_the_command_does(caplog: pytest.LogCaptureFixture) -> None:
    other = [{**one, "entities": [{**span, "label": "X"} for span in one["entities"]]} for one in RECORDS]
    with pytest.raises(ConfigError, match="no label in common"):
        onoma.score(RECORDS, {"a": other})
    assert onoma.score(RECORDS, {"a": other}, allow_empty=True)["a"].entity.micro.f1 == 0
    gold = iter(RECORDS)
    with pytest.raises(DataError, match="no document"):
        onoma.score(gold, {"a": gold})  # read to its end as gold
    caplog.clear()
    onoma.score(RECORDS, {"a": RECORDS[:6]})
    assert "no prediction for 6 of 12 documents" in caplog.text
    with pytest.raises(TypeError, match="by name"):
        onoma.score(RECORDS, RECORDS)  # type: ignore[arg-type]


def test_choices_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="on-misaligned"):
        onoma.write(RECORDS, tmp_path / "a.conll", on_misaligned="foo")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="unit"):
        onoma.select("en", RECORDS, 2, unit="sent")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="budget"):
        onoma.select("en", RECORDS, 2.5)  # type: ignore[arg-type]
    assert len(onoma.select("en", RECORDS, 2, without=RECORDS[:6]).chosen) == 2


def test_a_file_is_not_written_over_itself(tmp_path: Path) -> None:
    onoma.write(RECORDS, tmp_path / "a.jsonl")
    with pytest.raises(ConfigError, match="the original would be lost"):
        onoma.write(tmp_path / "a.jsonl", tmp_path / "a.jsonl", "conll")
    onoma.write(onoma.read(tmp_path / "a.jsonl"), tmp_path / "a.jsonl")  # what is in memory may replace it
    assert len(entities(tmp_path / "a.jsonl")) == 24


def test_parts_that_stay_empty_are_said(caplog: pytest.LogCaptureFixture) -> None:
    parts = onoma.split([{"text": "Ann left.", "entities": []}] * 10)
    assert [len(part.documents) for part in parts.values()] == [10, 0, 0]
    assert "9 of 10 documents repeat an earlier one" in caplog.text
    assert "test is empty" in caplog.text
