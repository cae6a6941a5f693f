"""doccano's exports of all its versions: numbers as labels, arrays, data, the CSV of characters."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.readers import ReadLog, detect_format
from onoma.readers.label_map import LabelMap
from onoma.text import Document, Span

TEXT = "Oslo asked Ann Lee."
OSLO, ANN = Span(0, 4, "2", "Oslo"), Span(11, 18, "1", "Ann Lee")


def annotation(label: object, start: int, end: int) -> dict[str, Any]:
    return {"id": 1, "label": label, "start_offset": start, "end_offset": end, "user": 1}


def record(*annotations: object, **more: object) -> dict[str, Any]:
    return {"id": 1, "text": TEXT, "annotations": list(annotations), "meta": {}} | more


NUMBERED = record(annotation(2, 0, 4), annotation(1, 11, 18))


def test_numbers_become_labels_and_one_note_says_how_to_name_them(tmp_path: Path) -> None:
    log = ReadLog()
    documents = read_text(tmp_path, "doccano", lines(NUMBERED, NUMBERED | {"id": 2}), log)
    assert [document.entities for document in documents] == [(OSLO, ANN)] * 2
    assert log.problem_counts == {"label-numbers": 1}
    assert "--label-names" in log.problems[0].message
    assert detect_format(tmp_path / "f.data").name == "doccano"


def test_numbers_get_names(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "doccano", lines(NUMBERED), log, label_names=("-", "PER", "LOC"))
    assert [span.label for span in document.entities] == ["LOC", "PER"]
    assert log.problem_counts == {}
    (document,) = read_text(tmp_path, "doccano", lines(NUMBERED), labels=LabelMap({"2": "LOC", "1": ""}))
    assert [span.label for span in document.entities] == ["LOC"]
    text = lines(NUMBERED, record(annotation(7, 0, 4), id=2))
    log = ReadLog()
    read_text(tmp_path, "doccano", text, log, label_names=("-", "PER", "LOC"), on_error="skip")
    assert log.ledger().dropped == {"label-names": 1}


def test_annotations_with_names_and_of_the_whole_text(tmp_path: Path) -> None:
    placed = record(annotation("LOC", 0, 4), {"id": 3, "label": "news", "user": 1})
    (document,) = read_text(tmp_path, "doccano", lines(placed))
    assert document.entities == (OSLO._replace(label="LOC"),)
    assert document.labels == ("news",)


@pytest.mark.parametrize(
    "layout",
    [
        {"text": TEXT, "labels": [[0, 4, "LOC"]]},
        {"data": TEXT, "label": [[0, 4, "LOC"]]},
        {"doc_id": 23, "text": TEXT, "entities": [[0, 4, "LOC"]], "username": "admin"},
        {"id": 1, "text": TEXT, "label": [[0, 4, "LOC"]], "Comments": []},
    ],
)
def test_arrays_of_every_layout(tmp_path: Path, layout: dict[str, Any]) -> None:
    for indent in (None, 2):
        log = ReadLog()
        (document,) = read_text(tmp_path, "doccano", json.dumps([layout], indent=indent), log)
        assert document.entities == (OSLO._replace(label="LOC"),)
        assert log.problem_counts == {}
        assert detect_format(tmp_path / "f.data").name == "doccano"


MALFORMED = {
    "annotations is an object": (record(annotations={}), "wrong-type"),
    "an annotation is a number": (record(1), "wrong-type"),
    "no end": (record({"label": 1, "start_offset": 0}), "missing-key"),
    "a label is a list": (record(annotation([], 0, 4)), "wrong-type"),
    "a label is true": (record(annotation(True, 0, 4)), "wrong-type"),
    "outside": (record(annotation(1, 0, 44)), "span-out-of-range"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    faulty, code = MALFORMED[name]
    check_fault(tmp_path, "doccano", lines(NUMBERED, faulty | {"id": 2}), code, 2)


def characters(id: int, text: str, **tags: str) -> list[list[str]]:
    return [[str(id), char, tags.get(f"at{index}", "O"), "{}"] for index, char in enumerate(text)]


def as_csv(*rows: list[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


FIRST = characters(7, 'Bo "in",\nUlm', at0="B-PER", at1="I-PER", at9="B-LOC", at10="I-LOC", at11="I-LOC")
SECOND = characters(8, "是叶老", at1="B-PER", at2="I-PER")


def test_the_csv_of_characters(tmp_path: Path) -> None:
    log = ReadLog()
    assert read_text(tmp_path, "doccano-csv", as_csv(*FIRST, *SECOND), log) == [
        Document("7", 'Bo "in",\nUlm', entities=(Span(0, 2, "PER", "Bo"), Span(9, 12, "LOC", "Ulm"))),
        Document("8", "是叶老", entities=(Span(1, 3, "PER", "叶老"),)),
    ]
    assert log.problem_counts == {}
    assert detect_format(tmp_path / "f.data").name == "doccano-csv"


def test_faults_of_the_csv_of_characters(tmp_path: Path) -> None:
    two = [["8", "Bo", "O", "{}"], *SECOND]
    check_fault(tmp_path, "doccano-csv", as_csv(*characters(7, "Bo"), *two), "column-count", 3)
    cut = [["8", "B", "I-PER", "{}"]]
    check_fault(tmp_path, "doccano-csv", as_csv(*characters(7, "Bo"), *cut), "illegal-tag", 3)
    check_fault(tmp_path, "doccano-csv", as_csv(*characters(7, "Bo"), ["7", "x"], *SECOND), "column-count", 3)
