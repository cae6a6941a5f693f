"""CLUENER, after its README: mentions by type, with the last character included; the mention is checked."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.readers import ReadLog, detect_format, write_documents
from onoma.text import Document, Span

TEXT = "浙商银行叶老桂说，叶老桂走了"
RECORD = {"text": TEXT, "label": {"name": {"叶老桂": [[4, 6], [9, 11]]}, "company": {"浙商银行": [[0, 3]]}}}
ENTITIES = (Span(0, 4, "company", "浙商银行"), Span(4, 7, "name", "叶老桂"), Span(9, 12, "name", "叶老桂"))


def test_reading(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "cluener", lines(RECORD), log)
    assert (document.text, document.entities, log.problem_counts) == (TEXT, ENTITIES, {})
    assert detect_format(tmp_path / "f.data").name == "cluener"


def test_a_text_without_entities(tmp_path: Path) -> None:
    documents = read_text(tmp_path, "cluener", lines({"text": TEXT, "label": {}}))
    assert [document.entities for document in documents] == [()]
    assert detect_format(tmp_path / "f.data").name == "cluener"


MALFORMED = {
    "no text": ({"label": RECORD["label"]}, "no-text"),
    "label is a list": ({"text": TEXT, "label": ["name"]}, "wrong-type"),
    "mentions are a list": ({"text": TEXT, "label": {"name": [[4, 6]]}}, "wrong-type"),
    "a place is a number": ({"text": TEXT, "label": {"name": {"叶老桂": [4, 6]}}}, "wrong-type"),
    "an end is text": ({"text": TEXT, "label": {"name": {"叶老桂": [[4, "6"]]}}}, "wrong-type"),
    "the end is not included": ({"text": TEXT, "label": {"name": {"叶老桂": [[4, 7]]}}}, "surface-mismatch"),
    "outside": ({"text": TEXT, "label": {"name": {"叶老桂": [[4, 60]]}}}, "span-out-of-range"),
    "no type": ({"text": TEXT, "label": {"": {"叶老桂": [[4, 6]]}}}, "wrong-type"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    record, code = MALFORMED[name]
    check_fault(tmp_path, "cluener", lines(RECORD, record), code, 2)


def test_writing() -> None:
    stream = io.StringIO()
    assert write_documents(stream, [Document("7", TEXT, entities=ENTITIES)], "cluener").kept == 3
    assert json.loads(stream.getvalue()) == {"id": "7", **RECORD}


def test_ends_that_are_not_included(tmp_path: Path) -> None:
    record = {"text": "Ann Lee left", "label": {"PER": {"Ann Lee": [[0, 7]]}}}
    log = ReadLog()
    documents = read_text(tmp_path, "cluener", lines(*[record] * 3), log)
    assert [document.entities for document in documents] == [(Span(0, 7, "PER", "Ann Lee"),)] * 3
    assert log.problem_counts == {"offsets-shifted": 1}
