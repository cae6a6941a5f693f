"""Data as organisations export it: answers about regions, blanks in labels, entities within tokens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import onoma
from onoma.cli.main import main
from onoma.errors import DataError
from onoma.readers import ReadLog, read_documents
from onoma.readers.label_map import LabelMap, read_label_map

TEXT = "Anna took Aspirin in Rome."


def region(start: int, end: int, label: str, id: str) -> dict[str, object]:
    value = {"start": start, "end": end, "text": TEXT[start:end], "labels": [label]}
    return {"id": id, "type": "labels", "from_name": "l", "to_name": "text", "value": value}


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("textarea", {"text": ["twice a day"]}),
        ("rating", {"rating": 4}),
        ("number", {"number": 2}),
        ("taxonomy", {"taxonomy": [["drug", "pain"]]}),
        ("choices", {"choices": ["sure"]}),
    ],
)
def test_what_is_answered_about_a_region_is_no_entity(
    tmp_path: Path, kind: str, answer: dict[str, object]
) -> None:
    place = {"start": 10, "end": 17}
    more = {"id": "b", "type": kind, "from_name": "n", "to_name": "text", "value": place | answer}
    result = [region(0, 4, "PER", "a"), region(10, 17, "DRUG", "b"), more]
    tasks = [{"id": 1, "data": {"text": TEXT}, "annotations": [{"id": 1, "result": result}]}]
    (tmp_path / "ls.json").write_text(json.dumps(tasks))
    log = ReadLog()
    (document,) = read_documents(tmp_path / "ls.json", log=log)
    assert [(span.text, span.label) for span in document.entities] == [("Anna", "PER"), ("Aspirin", "DRUG")]
    assert (log.ledger().read, log.ledger().kept) == (2, 2)
    assert log.problem_counts["result-ignored"] == 1


@pytest.mark.parametrize("kind", ["label", "ner", None])
def test_what_has_labels_is_a_region_whatever_its_type(tmp_path: Path, kind: str | None) -> None:
    one = {**region(0, 4, "PER", "a"), "type": kind}
    tasks = [{"id": 1, "data": {"text": TEXT}, "annotations": [{"id": 1, "result": [one]}]}]
    (tmp_path / "ls.json").write_text(json.dumps(tasks))
    (document,) = read_documents(tmp_path / "ls.json")
    assert [span.label for span in document.entities] == ["PER"]


def test_labels_that_differ_by_a_blank_are_told_apart() -> None:
    assert read_label_map(["PER =PER", "LOC= "]).names == {"PER ": "PER", "LOC": ""}
    assert read_label_map(["PER = PERSON", "LOC= GEO"]).names == {"PER": "PERSON", "LOC": "GEO"}
    odd = LabelMap({"B=C": "X", '"q"': "Q", "PER ": "PER", "a=": ""})
    assert read_label_map(odd.as_assignments()) == odd
    entities = [{"start": 0, "end": 4, "label": "PER "}, {"start": 21, "end": 25, "label": "PER"}]
    corpus = onoma.read([{"text": TEXT, "entities": entities}], labels="PER =")
    assert [(span.text, span.label) for span in corpus.documents[0].entities] == [("Rome", "PER")]


@pytest.mark.parametrize("to", ["gliner", "spacy-doc-json", "spacy-docbin"])
@pytest.mark.parametrize(
    ("policy", "found"),
    [("expand", ["Aspirin", "Rome"]), ("drop", ["Rome"]), ("shrink", ["Rome"]), ("error", None)],
)
def test_entities_within_tokens_meet_the_fate_that_was_asked_for(
    tmp_path: Path, to: str, policy: str, found: list[str] | None
) -> None:
    if to == "spacy-docbin":
        pytest.importorskip("spacy")
    entities = [{"start": 10, "end": 14, "label": "DRUG"}, {"start": 21, "end": 25, "label": "LOC"}]
    documents = onoma.read([{"text": TEXT, "entities": entities}]).documents
    path = tmp_path / "out"
    if found is None:
        with pytest.raises(DataError, match="--on-misaligned"):
            onoma.write(documents, path, to, on_misaligned=policy)
        return
    written = onoma.write(documents, path, to, on_misaligned=policy)
    assert written.fitting.read == 2
    assert written.fitting.kept + sum(written.fitting.adjusted.values()) == len(found)
    (back,) = onoma.read(path, format=to).documents
    assert [span.text for span in back.entities] == found


def test_entities_over_sentences_are_in_the_account_of_a_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "Ann met Bob. Eve left."
    entities = [{"start": 0, "end": 3, "label": "PER"}, {"start": 8, "end": 16, "label": "LAW"}]
    lines = (json.dumps({"text": f"{text} {number}", "entities": entities}) + "\n" for number in range(20))
    (tmp_path / "in.jsonl").write_text("".join(lines))
    asked = ("split", tmp_path / "in.jsonl", tmp_path / "out", "--by", "sentence", "--json", "--quiet")
    assert main([*map(str, asked)]) == 0
    out, err = capsys.readouterr()
    account = json.loads(out)["dividing"]
    assert (account["read"], account["kept"], account["dropped"]) == (40, 20, {"crosses-sentences": 20})
    assert "20 entities cross the end of a sentence" in err
