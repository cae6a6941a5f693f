"""doccano's JSON lines: all layouts of its exports, faults, writing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.errors import DataError
from onoma.readers import ReadLog, detect_format, write_documents
from onoma.text import Document, Relation, Span

TEXT = "Ann lives in Bonn."
ANN, BONN = Span(0, 3, "PER", "Ann"), Span(13, 17, "LOC", "Bonn")
OBJECTS = [
    {"id": 5, "label": "PER", "start_offset": 0, "end_offset": 3},
    {"id": 9, "label": "LOC", "start_offset": 13, "end_offset": 17},
]

OF = {"id": 0, "from_id": 9, "to_id": 5, "type": "of"}


@pytest.mark.parametrize(
    ("record", "document"),
    [
        ({"id": 1, "text": TEXT, "label": [[13, 17, "LOC"], [0, 3, "PER"]]}, {"entities": (ANN, BONN)}),
        ({"id": 1, "text": TEXT, "labels": [[0, 3, "PER"]]}, {"entities": (ANN,)}),
        ({"id": 1, "text": TEXT, "label": ["news", "work"]}, {"labels": ("news", "work")}),
        ({"id": 1, "text": TEXT, "label": []}, {}),
        (
            {"id": 1, "text": TEXT, "entities": [[0, 3, "PER"]], "cats": ["work"]},
            {"entities": (ANN,), "labels": ("work",)},
        ),
        ({"id": 1, "text": TEXT, "entities": [], "cats": []}, {"labels": ()}),
        (
            {"id": 1, "text": TEXT, "entities": OBJECTS, "relations": [], "Comments": []},
            {"entities": (ANN, BONN)},
        ),
        (
            {"id": 1, "text": TEXT, "entities": OBJECTS, "relations": [OF]},
            {
                "entities": (ANN._replace(id="5"), BONN._replace(id="9")),
                "relations": (Relation("of", "9", "5"),),
            },
        ),
    ],
)  # fmt: skip
def test_layouts(tmp_path: Path, record: dict[str, object], document: dict[str, object]) -> None:
    log = ReadLog()
    assert read_text(tmp_path, "doccano", lines(record), log) == [Document("1", TEXT, **document)]  # type: ignore[arg-type]
    assert log.problem_counts == {}
    assert detect_format(tmp_path / "f.data").name == "doccano"


def test_comments_and_own_data_are_said(tmp_path: Path) -> None:
    log = ReadLog()
    record = {"text": TEXT, "label": [], "Comments": ["?"], "url": "x"}
    read_text(tmp_path, "doccano", lines(record), log)
    assert log.problem_counts == {"comment-ignored": 1, "unknown-key": 1}


def test_equal_entities_without_relations_are_one(tmp_path: Path) -> None:
    log = ReadLog()
    twice = [OBJECTS[0], OBJECTS[0] | {"id": 6}]
    (document,) = read_text(tmp_path, "doccano", lines({"text": TEXT, "entities": twice}), log)
    assert document.entities == (ANN,)
    assert log.ledger().dropped == {"duplicate-entity": 1}


def label(*items: object) -> str:
    return lines({"text": TEXT, "label": list(items)})


def objects(*relations: object, **change: object) -> str:
    return lines({"text": TEXT, "entities": [OBJECTS[0] | change, OBJECTS[1]], "relations": list(relations)})


MALFORMED = {
    "not JSON": ("{\n", "json-syntax"),
    "an array": ("[]\n", "not-an-object"),
    "no text": (lines({"label": []}), "no-text"),
    "label is a word": (lines({"text": TEXT, "label": "PER"}), "wrong-type"),
    "two numbers": (label([0, 3]), "wrong-type"),
    "a number": (label(3), "wrong-type"),
    "words among entities": (label([0, 3, "PER"], "news"), "wrong-type"),
    "offset is a string": (label(["0", 3, "PER"]), "wrong-type"),
    "label is empty": (label([0, 3, ""]), "wrong-type"),
    "label is a number": (label([0, 3, 7]), "wrong-type"),
    "outside": (label([0, 30, "PER"]), "span-out-of-range"),
    "reversed": (label([3, 0, "PER"]), "reversed-span"),
    "empty": (label([3, 3, "PER"]), "empty-span"),
    "white space": (label([0, 4, "PER"]), "whitespace-edge"),
    "no end_offset": (lines({"text": TEXT, "entities": [{"label": "X", "start_offset": 0}]}), "missing-key"),
    "offset is null": (objects(start_offset=None), "wrong-type"),
    "relation of nothing": (objects({"from_id": 5, "to_id": 7, "type": "of"}), "unknown-entity"),
    "relation without type": (objects({"from_id": 5, "to_id": 9}), "missing-key"),
    "relation is a list": (objects([5, 9]), "missing-key"),
    "relations is an object": (lines({"text": TEXT, "entities": [], "relations": {}}), "wrong-type"),
    "cats of numbers": (lines({"text": TEXT, "entities": [], "cats": [1]}), "wrong-type"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    text, code = MALFORMED[name]
    check_fault(tmp_path, "doccano", label([0, 3, "PER"]) + text + label(), code, 2)


def written(*documents: Document) -> list[dict[str, object]]:
    stream = io.StringIO()
    assert write_documents(stream, documents, "doccano").balanced
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_writing_in_the_layout_that_is_needed() -> None:
    plain = Document("x", TEXT, entities=(ANN, BONN), labels=("work",))
    assert written(plain) == [
        {"id": "x", "text": TEXT, "label": [[0, 3, "PER"], [13, 17, "LOC"]], "cats": ["work"]}
    ]
    spans = (ANN._replace(id="T1"), BONN._replace(id="T2"))
    related = Document("3", TEXT, entities=spans, relations=(Relation("in", "T1", "T2"),))
    one, two = written(plain, related)
    assert "label" not in one
    assert one["entities"] == two["entities"]
    assert two["relations"] == [{"id": 1, "from_id": 1, "to_id": 2, "type": "in"}]
    assert two["id"] == 3


@pytest.mark.parametrize("key", ["startOffset", "begin", "Span", "from"])
def test_an_annotation_with_a_place_is_no_label_of_the_text(tmp_path: Path, key: str) -> None:
    good = {"text": TEXT, "annotations": [OBJECTS[0]]}
    bad = {"text": TEXT, "annotations": [{key: 0, "label": "PER"}]}
    check_fault(tmp_path, "doccano", lines(good, bad), "missing-key", 2)


def test_places_of_other_names_are_of_another_format(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    place = {"startOffset": 0, "endOffset": 3, "label": "PER"}
    path.write_text(lines({"text": TEXT, "annotations": [place]}))
    assert detect_format(path).name == "other-json"
    path.write_text(lines({"text": TEXT, "label": [["PER", 0, 3]]}))
    assert detect_format(path).name == "other-json"


@pytest.mark.parametrize("key", ["label", "labels"])
def test_tags_of_words_are_no_labels(tmp_path: Path, key: str) -> None:
    good, bad = {"text": TEXT, key: ["news"]}, {"text": TEXT, key: ["B-PER", "O", "O", "B-LOC"]}
    check_fault(tmp_path, "doccano", lines(good, bad), "wrong-type", 2)
    path = tmp_path / "f.jsonl"
    path.write_text(lines(bad))
    with pytest.raises(DataError, match="no known format"):
        detect_format(path)
