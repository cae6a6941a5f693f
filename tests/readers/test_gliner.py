"""GLiNER's training data, after its README: token numbers, the last one included."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.readers import ReadLog, detect_format, write_documents
from onoma.text import Document, Span

WORDS = ["Ann", "Lee", "left", "Oslo"]
RECORD = {"tokenized_text": WORDS, "ner": [[0, 1, "person"], [3, 3, "city"]]}
ENTITIES = (Span(0, 7, "person", "Ann Lee"), Span(13, 17, "city", "Oslo"))


@pytest.mark.parametrize("text", [lines(RECORD), json.dumps([RECORD]), json.dumps([RECORD], indent=1)])
def test_array_and_lines(tmp_path: Path, text: str) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "gliner", text, log)
    assert (document.text, document.words, document.entities) == ("Ann Lee left Oslo", WORDS, ENTITIES)
    assert log.problem_counts == {}
    assert detect_format(tmp_path / "f.data").name == "gliner"


def test_nested_entities_are_kept(tmp_path: Path) -> None:
    record = {"tokenized_text": WORDS, "ner": [[0, 0, "first name"], [0, 1, "person"]]}
    (document,) = read_text(tmp_path, "gliner", lines(record))
    assert [(span.text, span.label) for span in document.entities] == [
        ("Ann Lee", "person"),
        ("Ann", "first name"),
    ]


MALFORMED = {
    "no words": ({"ner": [[0, 0, "x"]]}, "no-text"),
    "a word is a number": ({"tokenized_text": ["a", 1], "ner": []}, "no-text"),
    "ner is an object": ({"tokenized_text": WORDS, "ner": {}}, "wrong-type"),
    "an entity of two": ({"tokenized_text": WORDS, "ner": [[0, 1]]}, "wrong-type"),
    "a text as a number": ({"tokenized_text": WORDS, "ner": [["0", 1, "x"]]}, "wrong-type"),
    "a label is a list": ({"tokenized_text": WORDS, "ner": [[0, 1, ["x"]]]}, "wrong-type"),
    "the end is not included": ({"tokenized_text": WORDS, "ner": [[0, 4, "x"]]}, "span-out-of-range"),
    "negative": ({"tokenized_text": WORDS, "ner": [[-1, 1, "x"]]}, "span-out-of-range"),
    "reversed": ({"tokenized_text": WORDS, "ner": [[1, 0, "x"]]}, "reversed-span"),
    "an empty word": ({"tokenized_text": ["a", ""], "ner": []}, "bad-token"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    record, code = MALFORMED[name]
    check_fault(tmp_path, "gliner", lines(RECORD, record), code, 2)


def test_writing_makes_tokens_and_counts_what_moves() -> None:
    entities = (Span(0, 2, "X", "An"), Span(9, 13, "LOC", "Oslo"))
    stream = io.StringIO()
    ledger = write_documents(stream, [Document("1", "Ann left Oslo.", entities=entities)], "gliner")
    assert json.loads(stream.getvalue()) == {
        "id": "1",
        "tokenized_text": ["Ann", "left", "Oslo", "."],
        "ner": [[0, 0, "X"], [2, 2, "LOC"]],
    }
    assert (ledger.kept, ledger.adjusted) == (1, {"expanded": 1})
