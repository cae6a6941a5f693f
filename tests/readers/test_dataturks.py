"""Dataturks' export, after its documentation and spaCy #4971: ends included, several labels, white space."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.readers import ReadLog, detect_format
from onoma.text import Span

TEXT = "Ann left Oslo."
ANN, OSLO = Span(0, 3, "Name", "Ann"), Span(9, 13, "City", "Oslo")


def annotated(start: int, end: int, text: str | None, *labels: str) -> dict[str, Any]:
    return {"label": list(labels), "points": [{"start": start, "end": end, "text": text}]}


def record(*annotations: object, **more: object) -> dict[str, Any]:
    return {
        "content": TEXT,
        "annotation": list(annotations),
        "extras": None,
        "metadata": {"status": "done"},
    } | more


RECORD = record(annotated(0, 2, "Ann", "Name"), annotated(9, 12, "Oslo", "City"))


@pytest.mark.parametrize("text", [lines(RECORD), json.dumps([RECORD], indent=1)])
def test_lines_and_array(tmp_path: Path, text: str) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "dataturks", text, log)
    assert (document.text, document.entities, log.problem_counts) == (TEXT, (ANN, OSLO), {})
    assert detect_format(tmp_path / "f.data").name == "dataturks"


def test_no_annotation_several_labels_and_none(tmp_path: Path) -> None:
    log = ReadLog()
    several = record(annotated(0, 2, "Ann", "Name", "Author"), annotated(9, 12, "Oslo"))
    one, two = read_text(tmp_path, "dataturks", lines(record(annotation=None), several), log)
    assert one.entities == ()
    assert [span.label for span in two.entities] == ["Author", "Name"]
    assert log.ledger().dropped == {"no-label": 1}


@pytest.mark.parametrize(("end", "stored"), [(3, "Ann"), (3, "Ann ")])
def test_white_space_at_an_end_meets_the_usual_policy(tmp_path: Path, end: int, stored: str) -> None:
    text = lines(record(annotated(0, end, stored, "Name")))
    check_fault(tmp_path, "dataturks", text + lines(RECORD), "whitespace-edge", 1)
    log = ReadLog()
    (document,) = read_text(tmp_path, "dataturks", text, log, on_error="repair")
    assert document.entities == (ANN,)
    assert log.ledger().adjusted == {"trimmed": 1}


def test_stored_text_with_white_space_that_offsets_lack_is_fine(tmp_path: Path) -> None:
    (document,) = read_text(tmp_path, "dataturks", lines(record(annotated(0, 2, "Ann\n", "Name"))))
    assert document.entities == (ANN,)


def test_labels_of_texts(tmp_path: Path) -> None:
    (document,) = read_text(tmp_path, "dataturks", lines(record(annotation={"labels": ["cv"], "note": ""})))
    assert document.labels == ("cv",)
    assert detect_format(tmp_path / "f.data").name == "dataturks"


MALFORMED = {
    "no content": (record(annotated(0, 2, "Ann", "Name"), content=None), "no-text"),
    "content is a number": (record(annotated(0, 2, "Ann", "Name"), content=1), "no-text"),
    "annotation is text": (record(annotation="x"), "wrong-type"),
    "an annotation is a list": (record([0, 2, "Name"]), "wrong-type"),
    "no points": (record({"label": ["Name"]}), "missing-key"),
    "points is an object": (record({"label": ["Name"], "points": {}}), "wrong-type"),
    "a point is a number": (record({"label": ["Name"], "points": [1]}), "wrong-type"),
    "a point without end": (record({"label": ["Name"], "points": [{"start": 1}]}), "missing-key"),
    "a start is text": (record(annotated("0", 2, "Ann", "Name")), "wrong-type"),  # type: ignore[arg-type]
    "another text": (record(annotated(0, 2, "Ben", "Name")), "surface-mismatch"),
    "outside": (record(annotated(0, 20, None, "Name")), "span-out-of-range"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    faulty, code = MALFORMED[name]
    check_fault(tmp_path, "dataturks", lines(RECORD, faulty), code, 2)
