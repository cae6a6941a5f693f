"""Label Studio: which string is the text, CSV and TSV, fields of any type, stale texts of regions."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.errors import DataError
from onoma.readers import ReadLog, detect_format
from onoma.text import Span

TEXT = "Ann left Oslo."
ANN, OSLO = Span(0, 3, "PER", "Ann"), Span(9, 13, "LOC", "Oslo")
VALUES = [
    {"start": 0, "end": 3, "text": "Ann", "labels": ["PER"]},
    {"start": 9, "end": 13, "text": "Oslo", "labels": ["LOC"]},
]
HEADER = ["annotation_id", "annotator", "created_at", "id", "label", "lead_time", "text", "updated_at"]


def task(data: object, *values: object, **more: object) -> dict[str, Any]:
    results = [{"id": f"r{n}", "type": "labels", "value": value} for n, value in enumerate(values)]
    return {"id": 1, "data": data, "annotations": [{"result": results}]} | more


DATA = {"content": TEXT, "source": "mail-17", "title": "Ann"}


@pytest.mark.parametrize(
    "record",
    [
        task(DATA, *VALUES),
        task({"source": "Ann and Oslo", "content": TEXT}, *VALUES),
        task({"text": "mail-17", "content": TEXT}, *VALUES),
        {"id": 1, **DATA, "ner": VALUES, "annotator": 1, "annotation_id": 3, "created_at": "2024"},
    ],
)  # fmt: skip
def test_the_text_is_the_string_in_which_the_regions_stand(tmp_path: Path, record: dict[str, Any]) -> None:
    (document,) = read_text(tmp_path, "label-studio", json.dumps([record]))
    assert (document.text, [span.key for span in document.entities]) == (TEXT, [ANN.key, OSLO.key])
    assert detect_format(tmp_path / "f.data").name == "label-studio"


def test_tasks_without_regions_follow_the_others(tmp_path: Path) -> None:
    empty = task({"content": "Nobody.", "source": "mail-16"}, id=2)
    one, two = read_text(tmp_path, "label-studio", json.dumps([empty, task(DATA, *VALUES)]))
    assert (one.text, two.text) == ("Nobody.", TEXT)


def test_the_key_can_be_named(tmp_path: Path) -> None:
    data = {"a": TEXT, "b": f"{TEXT} "}
    with pytest.raises(DataError, match="--text-column") as caught:
        read_text(tmp_path, "label-studio", json.dumps([task(data, *VALUES)]))
    assert "a, b" in str(caught.value)
    (document,) = read_text(tmp_path, "label-studio", json.dumps([task(data, *VALUES)]), text_column="b")
    assert document.text == f"{TEXT} "
    with pytest.raises(DataError, match="--text-column"):
        read_text(tmp_path, "label-studio", json.dumps([task(data, *VALUES)]), text_column="c")


@pytest.mark.parametrize("annotations", [None, []])
def test_a_task_without_annotations(tmp_path: Path, annotations: object) -> None:
    text = json.dumps([task(DATA, annotations=annotations, id=2), task(DATA, *VALUES)])
    log = ReadLog()
    assert len(read_text(tmp_path, "label-studio", text, log)) == 1
    assert log.problem_counts == {"not-annotated": 1, "unknown-key": 2}
    said = [problem.message for problem in log.problems if problem.code == "unknown-key"]
    assert said == [f"the key 'data.{key}' is not known and ignored" for key in ("source", "title")]
    assert len(read_text(tmp_path, "label-studio", text, gold=False)) == 2


def test_what_select_writes_is_known(tmp_path: Path) -> None:
    data = {"text": TEXT, "document": "d:0", "strategy": "entropy", "selection": 0.5}
    log = ReadLog()
    assert len(read_text(tmp_path, "label-studio", json.dumps([task(data, *VALUES)]), log)) == 1
    assert log.problem_counts == {}


def test_lines_of_tasks(tmp_path: Path) -> None:
    documents = read_text(tmp_path, "label-studio", lines(task(DATA, *VALUES), task(DATA, *VALUES, id=2)))
    assert [len(document.entities) for document in documents] == [2, 2]
    assert detect_format(tmp_path / "f.data").name == "label-studio"


def rows(*cells: list[str], delimiter: str = ",", header: list[str] = HEADER) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows([header, *cells])
    return stream.getvalue()


def row(id: str, label: str, text: str = TEXT) -> list[str]:
    return ["1", "1", "2024-01-01T00:00:00Z", id, label, "3.2", text, "2024-01-01T00:00:00Z"]


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_csv_and_tsv(tmp_path: Path, delimiter: str) -> None:
    text = rows(row("1", json.dumps(VALUES)), row("2", "", "Nobody,\nhere"), delimiter=delimiter)
    log = ReadLog()
    one, two = read_text(tmp_path, "label-studio-csv", text, log)
    assert (one.id, one.text, one.entities) == ("1", TEXT, (ANN, OSLO))
    assert (two.id, two.text, two.entities) == ("2", "Nobody,\nhere", ())
    assert log.problem_counts == {}
    assert detect_format(tmp_path / "f.data").name == "label-studio-csv"


def test_csv_with_the_text_in_another_column(tmp_path: Path) -> None:
    header = [{"text": "content", "lead_time": "source"}.get(name, name) for name in HEADER]
    text = rows(row("1", json.dumps(VALUES)), row("2", "", "Nobody."), header=header)
    one, two = read_text(tmp_path, "label-studio-csv", text)
    assert (one.text, two.text) == (TEXT, "Nobody.")
    assert detect_format(tmp_path / "f.data").name == "label-studio-csv"


MALFORMED = {
    "regions cut short": (row("2", '[{"start": 0,'), "json-syntax"),
    "no list of labels": (row("2", '[{"start": 0, "end": 3, "labels": "PER"}]'), "wrong-type"),
    "outside": (row("2", '[{"start": 0, "end": 99, "labels": ["PER"]}]'), "span-out-of-range"),
    "no text": (row("2", json.dumps(VALUES), ""), "no-text"),
    "an id again": (row("1", ""), "duplicate-id"),
    "too few fields": (row("2", "")[:-1], "truncated"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_csv(tmp_path: Path, name: str) -> None:
    faulty, code = MALFORMED[name]
    check_fault(tmp_path, "label-studio-csv", rows(row("1", json.dumps(VALUES)), faulty), code, 3)


def test_a_header_with_a_name_twice(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_text(tmp_path, "label-studio-csv", rows(header=["id", "text", "text"]))
    assert (caught.value.code, caught.value.line) == ("header", 1)
