"""A JSON array element by element: any layout, every fault on its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, Source
from onoma.readers.json.array import _Scanner, read_array

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(st.sampled_from('a"\\[]{},'), max_size=4), VALUES, max_size=3)


def read(
    path: Path, text: str, on_error: str = "strict", log: ReadLog | None = None
) -> list[tuple[int, object]]:
    path.write_text(text, encoding="utf-8", newline="")
    return list(read_array(Source(path), ReadOptions(on_error=on_error), log or ReadLog()))


@given(st.lists(OBJECTS, max_size=4), st.sampled_from([None, 0, 2]), st.booleans())
def test_any_array_in_any_layout(
    tmp_path_factory: pytest.TempPathFactory, objects: list[object], indent: int | None, ascii: bool
) -> None:
    path = tmp_path_factory.mktemp("array") / "f.json"
    text = json.dumps(objects, indent=indent, ensure_ascii=ascii)
    if "\\u0000" in text or "\0" in text:
        return
    assert [value for _, value in read(path, text)] == objects
    one_a_line = "".join(json.dumps(value) + "\n" for value in objects)
    assert read(path, one_a_line) == list(enumerate(objects, 1))


def test_elements_know_their_first_line(tmp_path: Path) -> None:
    assert read(tmp_path / "f", '\n[{"a": 1},\n\n{\n"b": [{}]}, {}]\n') == [
        (2, {"a": 1}),
        (4, {"b": [{}]}),
        (5, {}),
    ]


MALFORMED = {
    "no comma": ('[{}\n{}]', "json-syntax", 2),
    "two commas": ('[{},\n,{}]', "json-syntax", 2),
    "comma at the end": ('[{},\n]', "json-syntax", 2),
    "comma between lines": ('{},\n{}', "json-syntax", 2),
    "words before": ('x\n[{}]', "json-syntax", 2),
    "words after": ('[{}]\n x', "json-syntax", 2),
    "a second array": ('[{}]\n[{}]', "json-syntax", 2),
    "only a number": ('\n7\n', "json-syntax", 2),
    "numbers": ('[\n1, 2]', "json-syntax", 2),
    "an array inside": ('[{},\n[1]]', "not-an-object", 2),
    "inside an element": ('[{},\n{"a":\n 1 2}]', "json-syntax", 3),
    "a key twice": ('[{},\n{"a": 1,\n "a": 2}]', "duplicate-key", 2),
    "open string": ('[\n{"a": "b}\n]', "json-syntax", 2),
    "closes nothing": ('[{}]\n}', "json-syntax", 2),
    "cut inside an element": ('[{},\n{"a": [\n', "truncated", 2),
    "cut after an element": ('[\n{}\n', "truncated", 2),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    text, code, line = MALFORMED[name]
    with pytest.raises(DataError) as caught:
        read(tmp_path / "f", text)
    assert (caught.value.code, caught.value.path, caught.value.line) == (code, str(tmp_path / "f"), line)


def test_a_faulty_element_may_be_left_out(tmp_path: Path) -> None:
    log = ReadLog()
    assert read(tmp_path / "f", '[{"a": 1},\n{"b": },\n{"c": 3}]', "skip", log) == [
        (1, {"a": 1}),
        (3, {"c": 3}),
    ]
    assert [(p.code, p.line) for p in log.problems] == [("json-syntax", 2)]


class Counted(str):
    """A line that counts how many characters are copied from it."""

    copied = 0

    def __getitem__(self, key: Any) -> str:
        piece = super().__getitem__(key)
        self.copied += len(piece)
        return piece


def test_an_array_on_one_line_is_not_copied_for_each_element() -> None:
    line = Counted(json.dumps([{"text": "Ann left", "entities": [{"start": 0, "end": 3}]}] * 500))
    assert sum(1 for _ in _Scanner("f").elements(line, ends=True)) == 500
    assert line.copied < 3 * len(line)
