"""Label Studio's exports: which annotation, which unit, which labels; faults; writing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from annotation_reading import check_fault, read_text

from onoma.readers import ReadLog, detect_format, read_documents, write_documents
from onoma.text import Document, Relation, Span

TEXT = "😀 Ann lives in Bonn."
ANN, BONN = Span(2, 5, "PER", "Ann"), Span(15, 19, "LOC", "Bonn")
Json = dict[str, Any]


def region(start: int, end: int, *labels: str, id: str = "r", **more: object) -> Json:
    value = {"start": start, "end": end, "labels": list(labels), **more}
    return {"id": id, "from_name": "label", "to_name": "text", "type": "labels", "value": value}


def choices(*names: str) -> Json:
    return {
        "id": "c",
        "from_name": "topic",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": list(names)},
    }


def task(*results: object, **more: object) -> Json:
    annotations = [{"id": 1, "result": list(results), "was_cancelled": False}]
    return {"id": 5, "data": {"text": TEXT}, "annotations": annotations, "predictions": []} | more


def read(folder: Path, *tasks: object, log: ReadLog | None = None, **options: object) -> list[Document]:
    return read_text(folder, "label-studio", json.dumps(list(tasks)), log, **options)


R1, R2 = region(2, 5, "PER", id="r1", text="Ann"), region(15, 19, "LOC", id="r2", text="Bonn")
OLD = region(3, 6, "PER", id="r1", text="Ann"), region(16, 20, "LOC", id="r2", text="Bonn")


def test_a_task(tmp_path: Path) -> None:
    relation = {"from_id": "r1", "to_id": "r2", "type": "relation", "direction": "right", "labels": ["in"]}
    (document,) = read(tmp_path, task(R1, R2, relation, choices("news", "work")))
    assert document == Document(
        "5",
        TEXT,
        entities=(ANN._replace(id="r1"), BONN._replace(id="r2")),
        labels=("news", "work"),
        relations=(Relation("in", "r1", "r2"),),
    )
    assert detect_format(tmp_path / "f.data").name == "label-studio"


@pytest.mark.parametrize(
    ("results", "options"),
    [
        ([R1, R2], {}),
        ([region(3, 6, "PER"), region(16, 20, "LOC")], {"offset_unit": "utf16"}),
        (OLD, {}),
        ([region(2, 5, "PER"), region(15, 19, "LOC")], {}),
    ],
)
def test_units(tmp_path: Path, results: list[Json], options: Json) -> None:
    (document,) = read(tmp_path, task(*results), **options)
    assert document.entities == (ANN, BONN)


def test_the_unit_of_old_files_is_said_and_that_of_written_ones_needs_no_word(tmp_path: Path) -> None:
    log = ReadLog()
    read(tmp_path, task(*OLD), log=log)
    assert log.problem_counts == {"offset-reading": 1}
    assert "UTF-16 units" in log.problems[0].message
    log = ReadLog()
    write_documents(tmp_path / "new", [Document("7", TEXT, entities=(ANN, BONN))], "label-studio")
    (document,) = read_documents(tmp_path / "new", log=log)
    assert [span.key for span in document.entities] == [ANN.key, BONN.key]
    assert log.problems == []


@pytest.mark.parametrize(
    ("direction", "relations"), [("left", ["r2 r1"]), ("bi", ["r1 r2", "r2 r1"]), (None, ["r1 r2"])]
)
def test_directions(tmp_path: Path, direction: str | None, relations: list[str]) -> None:
    relation = {"from_id": "r1", "to_id": "r2", "type": "relation", "direction": direction, "labels": ["in"]}
    (document,) = read(tmp_path, task(R1, R2, relation))
    assert [f"{one.head} {one.tail}" for one in document.relations] == relations


def test_of_several_annotations_one_is_taken_and_the_others_counted(tmp_path: Path) -> None:
    old = {"result": [R1, R2], "updated_at": "2024-01-01", "was_cancelled": False}
    new = {"result": [R1], "updated_at": "2024-02-01", "was_cancelled": False}
    cancelled = {"result": [R2], "updated_at": "2024-03-01", "was_cancelled": True}
    log = ReadLog()
    (document,) = read(tmp_path, task(annotations=[old, new, cancelled]), log=log)
    assert document.entities == (ANN,)
    assert log.ledger().dropped == {"other-annotation": 2, "cancelled-annotation": 1}
    assert log.problem_counts == {"other-annotation": 1, "cancelled-annotation": 1}
    (document,) = read(tmp_path, task(annotations=[old | {"ground_truth": True}, new]))
    assert document.entities == (ANN, BONN)


def test_tasks_without_annotation_are_left_out(tmp_path: Path) -> None:
    log = ReadLog()
    cancelled = {"result": [R1], "was_cancelled": True}
    documents = read(tmp_path, task(annotations=[]), task(annotations=[cancelled]), task(), log=log)
    assert [document.entities for document in documents] == [()]
    assert log.problem_counts == {"not-annotated": 2, "cancelled-annotation": 1}


def test_several_labels_no_label_and_other_results(tmp_path: Path) -> None:
    log = ReadLog()
    rating = {"type": "rating", "value": {"rating": 3}}
    of_region = {"type": "choices", "value": {"start": 3, "end": 6, "choices": ["sure"]}}
    (document,) = read(tmp_path, task(region(2, 5, "PER", "ORG"), region(15, 19), rating, of_region), log=log)
    assert [span.label for span in document.entities] == ["ORG", "PER"]
    assert document.labels is None
    assert log.ledger().dropped == {"no-label": 1}
    assert log.problem_counts == {"no-label": 1, "result-ignored": 2}


def test_the_minimal_export(tmp_path: Path) -> None:
    values = [one["value"] for one in (R1, R2)]
    minimal = {
        "id": 1, "review": TEXT, "label": values, "topic": {"choices": ["news", "work"]},
        "annotator": 1, "annotation_id": 3, "created_at": "2024", "updated_at": "2024", "lead_time": 1.5,
    }  # fmt: skip
    (document,) = read(tmp_path, minimal)
    assert (document.entities, document.labels) == ((ANN, BONN), ("news", "work"))
    assert detect_format(tmp_path / "f.data").name == "label-studio"


def test_line_ends_in_the_text_of_a_region(tmp_path: Path) -> None:
    data = {"text": "New\nYork"}
    (document,) = read(tmp_path, task(region(0, 8, "LOC", text="New\\nYork"), data=data))
    assert document.entities[0].text == "New\nYork"


NOWHERE = {"type": "relation", "from_id": "r1", "labels": ["x"]}
MALFORMED = {
    "no data": (task(data=None), "no-text"),
    "two texts": (task(data={"a": "x", "b": "y"}), "no-text"),
    "annotations is an object": (task(annotations={}), "wrong-type"),
    "annotation is a number": (task(annotations=[1]), "wrong-type"),
    "result is an object": (task(annotations=[{"result": {}}]), "wrong-type"),
    "hypertext": (task({"value": {"start": "/p[1]", "end": "/p[1]"}}), "not-plain-text"),
    "no end": (task({"value": {"start": 3, "labels": ["X"]}}), "wrong-type"),
    "labels is a string": (task({"value": {"start": 3, "end": 6, "labels": "X"}}), "wrong-type"),
    "outside": (task(region(3, 99, "X")), "span-out-of-range"),
    "reversed": (task(region(6, 3, "X")), "reversed-span"),
    "other text": (task(region(2, 5, "X", text="Ben")), "surface-mismatch"),
    "white space": (task(region(2, 6, "X")), "whitespace-edge"),
    "relation of nothing": (task(R1, NOWHERE | {"to_id": "r9"}), "unknown-entity"),
    "relation to nowhere": (task(R1, NOWHERE), "missing-key"),
    "choice is a number": (task({"type": "choices", "value": {"choices": [1]}}), "wrong-type"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    record, code = MALFORMED[name]
    text = f"[{json.dumps(task(R1, id=1))},\n{json.dumps(record, ensure_ascii=False)}]"
    check_fault(tmp_path, "label-studio", text, code, 2)


def test_no_place_lies_inside_a_character_of_an_old_file(tmp_path: Path) -> None:
    text = f"[{json.dumps(task(*OLD, id=1))},\n{json.dumps(task(region(1, 6, 'X')))}]"
    check_fault(tmp_path, "label-studio", text, "offset-inside-character", 2)


def test_written_places_are_code_points_as_the_tool_counts() -> None:
    entities = (ANN._replace(id="a"), BONN._replace(id="b"))
    document = Document("7", TEXT, entities=entities, labels=("x",), relations=(Relation("in", "a", "b"),))
    stream = io.StringIO()
    write_documents(stream, [document, Document("s", "")], "label-studio")
    one, two = json.loads(stream.getvalue())
    assert (one["id"], two["id"], one["data"]) == (7, "s", {"text": TEXT})
    results = one["annotations"][0]["result"]
    assert [(r["value"]["start"], r["value"]["end"], r["value"]["text"]) for r in results[:2]] == [
        (2, 5, "Ann"),
        (15, 19, "Bonn"),
    ]
    assert results[2]["labels"] == ["in"]
    assert results[3]["value"] == {"choices": ["x"]}
