"""Every malformed span JSONL file gives one located error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.readers import ReadOptions, read_documents

FIRST = '{"id": "one", "text": "fine"}\n'


def doc(**keys: object) -> str:
    return json.dumps({"text": "New York is"} | keys, ensure_ascii=False)


def entity(**keys: object) -> str:
    return doc(entities=[{"start": 0, "end": 8, "label": "LOC"} | keys])


ENTITY = {"start": 0, "end": 8, "label": "LOC"}
# name: (second line, code)
MALFORMED = {
    "not JSON": ("hello", "json-syntax"),
    "single quotes": ("{'text': 'a'}", "json-syntax"),
    "trailing comma": ('{"text": "a",}', "json-syntax"),
    "two objects": ('{"text": "a"} {"text": "b"}', "json-syntax"),
    "control character": ('{"text": "a\tb"}', "json-syntax"),
    "unfinished": ('{"text": "a"', "json-syntax"),
    "list": ("[1, 2]", "not-an-object"),
    "string": ('"text"', "not-an-object"),
    "number": ("3", "not-an-object"),
    "no text": ('{"id": "a"}', "no-text"),
    "text is null": ('{"text": null}', "no-text"),
    "text is a number": ('{"text": 5}', "no-text"),
    "key twice": ('{"text": "a", "text": "b"}', "duplicate-key"),
    "key twice in an entity": (
        '{"text": "ab", "entities": [{"start": 0, "start": 1, "end": 2, "label": "X"}]}',
        "duplicate-key",
    ),
    "NaN": ('{"text": "a", "entities": [{"start": 0, "end": 1, "label": "X", "score": NaN}]}', "json-number"),
    "infinite score": (entity().replace('"LOC"', '"LOC", "score": 1e999'), "wrong-type"),
    "endless number": ('{"text": "a", "x": %s}' % ("9" * 5000), "json-number"),
    "too deep": ('{"text": "a", "x": %s}' % ("[" * 100_000 + "]" * 100_000), "json-nesting"),
    "entity id is a list": (entity(id=[1]), "wrong-type"),
    "entity id is empty": (entity(id=""), "wrong-type"),
    "entity id twice": (doc(entities=[ENTITY | {"id": 1}, ENTITY | {"id": "1"}]), "duplicate-entity-id"),
    "relations is an object": (doc(relations={}), "wrong-type"),
    "relation is a list": (doc(relations=[[1, 2]]), "wrong-type"),
    "relation without label": (doc(relations=[{"head": "a", "tail": "b"}]), "missing-key"),
    "relation of nothing": (doc(relations=[{"label": "x", "head": "a", "tail": "b"}]), "unknown-entity"),
    "relation of an object": (doc(relations=[{"label": "x", "head": {}, "tail": "b"}]), "wrong-type"),
    "link is a string": (doc(links=["Q1"]), "wrong-type"),
    "link without target": (doc(links=[{"entity": "a"}]), "missing-key"),
    "text of a link": (doc(links=[{"entity": "a", "target": "Q1", "text": 5}]), "wrong-type"),
    "lone surrogate": ('{"text": "a \\ud83d b"}', "lone-surrogate"),
    "lone surrogate in a label": ('{"text": "a", "labels": ["\\udc00"]}', "lone-surrogate"),
    "id is a list": (doc(id=[1]), "wrong-type"),
    "id is true": (doc(id=True), "wrong-type"),
    "id is empty": (doc(id=""), "wrong-type"),
    "id again": (doc(id="one"), "duplicate-id"),
    "entities is an object": (doc(entities={}), "wrong-type"),
    "entity is a list": (doc(entities=[[0, 8, "LOC"]]), "wrong-type"),
    "entity without start": (doc(entities=[{"end": 8, "label": "LOC"}]), "missing-key"),
    "entity without label": (doc(entities=[{"start": 0, "end": 8, "type": "LOC"}]), "missing-key"),
    "start is true": (entity(start=True), "wrong-type"),
    "start is a float": (entity(start=0.0), "wrong-type"),
    "end is a string": (entity(end="8"), "wrong-type"),
    "label is null": (entity(label=None), "wrong-type"),
    "label is empty": (entity(label=""), "wrong-type"),
    "score is a string": (entity(score="1"), "wrong-type"),
    "score is true": (entity(score=True), "wrong-type"),
    "surface is a number": (entity(text=1), "wrong-type"),
    "reversed": (entity(start=8, end=0), "reversed-span"),
    "empty": (entity(start=3, end=3), "empty-span"),
    "before the text": (entity(start=-1), "span-out-of-range"),
    "beyond the text": (entity(end=12), "span-out-of-range"),
    "surface differs": (entity(text="New Yorc"), "surface-mismatch"),
    "only white space": (entity(start=3, end=4), "whitespace-span"),
    "white space before": (entity(start=3), "whitespace-edge"),
    "white space after": (entity(end=9), "whitespace-edge"),
    "fragments out of order": (entity(fragments=[[4, 8], [0, 3]]), "fragments-order"),
    "fragments overlap": (entity(fragments=[[0, 5], [4, 8]]), "bad-fragment"),
    "fragment empty": (entity(fragments=[[0, 3], [3, 3], [4, 8]]), "bad-fragment"),
    "fragments without the hull": (entity(fragments=[[0, 3], [4, 7]]), "bad-fragment"),
    "fragment is a triple": (entity(fragments=[[0, 3, 8]]), "wrong-type"),
    "labels is a string": (doc(labels="news"), "wrong-type"),
    "labels holds a number": (doc(labels=[1]), "wrong-type"),
    "tokens is a number": (doc(tokens=3), "wrong-type"),
    "token is true": (doc(tokens=[[False, True]]), "wrong-type"),
    "tokens overlap": (doc(tokens=[[0, 4], [3, 8]]), "bad-token"),
    "token empty": (doc(tokens=[[0, 0]]), "bad-token"),
    "token of white space": (doc(tokens=[[3, 4]]), "bad-token"),
    "token beyond the text": (doc(tokens=[[0, 99]]), "bad-token"),
    "sentences without tokens": (doc(sentences=[[0, 1]]), "bad-sentence"),
    "sentences with a gap": (doc(tokens=[[0, 3], [4, 8]], sentences=[[0, 1], [2, 2]]), "bad-sentence"),
    "sentence empty": (doc(tokens=[[0, 3]], sentences=[[0, 0], [0, 1]]), "bad-sentence"),
    "sentences too short": (doc(tokens=[[0, 3], [4, 8]], sentences=[[0, 1]]), "bad-sentence"),
    "misaligned": (entity(end=5)[:-1] + ', "tokens": [[0, 3], [4, 8]]}', "misaligned"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    line, code = MALFORMED[name]
    path = tmp_path / "bad.jsonl"
    path.write_text(FIRST + line + "\n" + FIRST.replace("one", "three"), "utf-8")
    with pytest.raises(DataError) as caught:
        list(read_documents(path, ReadOptions(format="spans-jsonl")))
    error = caught.value
    assert (error.code, error.path, error.line) == (code, str(path), 2)
    assert "\n" not in str(error)
    assert len(str(error)) < 400 + len(str(path))


@pytest.mark.parametrize(
    ("line", "column"), [('{"text": "a",}', 14), ("{'text': 1}", 2), ('{"text": "a"} x', 15)]
)
def test_syntax_errors_name_the_character(tmp_path: Path, line: str, column: int) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f"{FIRST}\n{line}\n{FIRST}")
    with pytest.raises(DataError) as caught:
        list(read_documents(path))
    assert (caught.value.line, caught.value.column) == (3, column)


@pytest.mark.parametrize("end", ['{"text": "Lond', '{"text": "a", ', '{"text"', "{"])
def test_last_line_cut_short(tmp_path: Path, end: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(FIRST + end)
    with pytest.raises(DataError) as caught:
        list(read_documents(path))
    assert (caught.value.code, caught.value.line) == ("truncated", 2)


def test_offsets_inside_a_character(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(FIRST + '{"text": "😀a", "entities": [{"start": 1, "end": 3, "label": "X"}]}', "utf-8")
    with pytest.raises(DataError) as caught:
        list(read_documents(path, ReadOptions(offset_unit="utf16")))
    assert (caught.value.code, caught.value.line) == ("offset-inside-character", 2)


@pytest.mark.parametrize("unit", ["utf16", "utf8"])
def test_offsets_beyond_the_text_in_other_units(tmp_path: Path, unit: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "ёж", "entities": [{"start": 0, "end": 9, "label": "X"}]}\n', "utf-8")
    with pytest.raises(DataError) as caught:
        list(read_documents(path, ReadOptions(offset_unit=unit)))
    assert (caught.value.code, caught.value.line) == ("span-out-of-range", 1)


def test_every_fault_can_be_skipped(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    lines = [line for line, _ in MALFORMED.values()]
    path.write_text(FIRST + "\n".join(lines) + "\n" + FIRST.replace("one", "last"), "utf-8")
    options = ReadOptions(format="spans-jsonl", on_error="skip")
    assert [document.id for document in read_documents(path, options)] == ["one", "last"]
