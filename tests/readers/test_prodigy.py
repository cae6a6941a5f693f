"""Prodigy's JSON lines: answers, tokens, relations, document labels, faults, writing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.readers import ReadLog, detect_format, write_documents
from onoma.text import Document, Relation, Span, Token

TEXT = "Ann lives in Bonn."
ANN, BONN = Span(0, 3, "PER", "Ann"), Span(13, 17, "LOC", "Bonn")
SPANS = [
    {"start": 0, "end": 3, "label": "PER", "token_start": 0, "token_end": 0},
    {"start": 13, "end": 17, "label": "LOC", "token_start": 3, "token_end": 3},
]
TOKENS = [
    {"text": text, "start": start, "end": start + len(text), "id": number, "ws": True}
    for number, (text, start) in enumerate([("Ann", 0), ("lives", 4), ("in", 10), ("Bonn", 13), (".", 17)])
]
GOOD = {
    "text": TEXT, "spans": SPANS, "tokens": TOKENS, "answer": "accept",
    "_input_hash": 1, "_task_hash": 2, "_view_id": "ner_manual", "meta": {"source": "x"},
}  # fmt: skip


def test_a_document(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "prodigy", lines(GOOD), log)
    assert (document.entities, document.labels) == ((ANN, BONN), None)
    assert document.words == ["Ann", "lives", "in", "Bonn", "."]
    assert log.problem_counts == {}
    assert detect_format(tmp_path / "f.data").name == "prodigy"


def test_only_accepted_answers_are_data(tmp_path: Path) -> None:
    log = ReadLog()
    answers = [GOOD | {"answer": answer} for answer in ("reject", "accept", "ignore")]
    assert len(read_text(tmp_path, "prodigy", lines(*answers), log)) == 1
    ledger = log.ledger()
    assert (ledger.read, ledger.kept, ledger.dropped) == (6, 2, {"rejected": 2, "ignored": 2})
    assert [(p.code, p.line) for p in log.problems] == [("rejected", 1), ("ignored", 3)]


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        ({"accept": ["a", "b"], "options": [{"id": "a"}, {"id": "b"}]}, ("a", "b")),
        ({"accept": []}, ()),
        ({"label": "news"}, ("news",)),
    ],
)
def test_document_labels(tmp_path: Path, keys: dict[str, object], labels: tuple[str, ...]) -> None:
    (document,) = read_text(tmp_path, "prodigy", lines({"text": TEXT, "answer": "accept"} | keys))
    assert document.labels == labels


def test_relations(tmp_path: Path) -> None:
    log = ReadLog()
    relation = {"label": "in", "head": 0, "child": 3, "head_span": SPANS[0], "child_span": SPANS[1]}
    tokens = {"label": "nsubj", "head": 1, "child": 0}
    (document,) = read_text(tmp_path, "prodigy", lines(GOOD | {"relations": [relation, tokens]}), log)
    assert document.relations == (Relation("in", "1", "2"),)
    assert [span.id for span in document.entities] == ["1", "2"]
    assert log.problem_counts == {"relation-ignored": 1}


def test_tokens_of_white_space_are_none(tmp_path: Path) -> None:
    tokens = [{"text": "a", "start": 0, "end": 1}, {"text": "\n", "start": 1, "end": 2}]
    (document,) = read_text(tmp_path, "prodigy", lines({"text": "a\n", "spans": [], "tokens": tokens}))
    assert document.tokens == (Token("a", 0, 1),)


def spans(*listed: object) -> str:
    return lines({"text": TEXT, "spans": list(listed)})


ELSEWHERE = SPANS[1] | {"end": 16}
MALFORMED = {
    "no text": (lines({"spans": []}), "no-text"),
    "an answer of its own": (lines({"text": TEXT, "spans": [], "answer": "yes"}), "wrong-type"),
    "an answer that is a list": (lines({"text": TEXT, "spans": [], "answer": 7}), "wrong-type"),
    "spans is an object": (lines({"text": TEXT, "spans": {}}), "wrong-type"),
    "a span is a list": (spans([0, 3, "PER"]), "wrong-type"),
    "no label": (spans({"start": 0, "end": 3}), "missing-key"),
    "no end": (spans({"start": 0, "label": "X"}), "missing-key"),
    "outside": (spans({"start": 0, "end": 99, "label": "X"}), "span-out-of-range"),
    "reversed": (spans({"start": 3, "end": 0, "label": "X"}), "reversed-span"),
    "inside a token": (lines(GOOD | {"spans": [{"start": 1, "end": 3, "label": "X"}]}), "misaligned"),
    "token without start": (lines(GOOD | {"tokens": [{"text": "Ann"}]}), "bad-token"),
    "tokens out of order": (lines(GOOD | {"tokens": TOKENS[::-1], "spans": []}), "bad-token"),
    "accept is a string": (lines({"text": TEXT, "answer": "accept", "accept": "a"}), "wrong-type"),
    "relation of nothing": (
        lines(GOOD | {"relations": [{"label": "x", "head_span": SPANS[0], "child_span": ELSEWHERE}]}),
        "unknown-entity",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    text, code = MALFORMED[name]
    check_fault(tmp_path, "prodigy", lines(GOOD) + text, code, 2)


def test_writing() -> None:
    tokens = tuple(Token(token["text"], token["start"], token["end"]) for token in TOKENS)  # type: ignore[arg-type]
    entities = (ANN._replace(id="x"), BONN._replace(id="y"))
    document = Document("a", TEXT, tokens, ((0, 5),), entities, ("work",), (Relation("in", "x", "y"),))
    stream = io.StringIO()
    write_documents(stream, [document], "prodigy")
    record = json.loads(stream.getvalue())
    assert record["spans"] == SPANS
    assert [token["ws"] for token in record["tokens"]] == [True, True, True, False, False]
    assert record["relations"] == [
        {"label": "in", "head_span": SPANS[0], "child_span": SPANS[1], "head": 0, "child": 3}
    ]
    assert (record["accept"], record["answer"]) == (["work"], "accept")
