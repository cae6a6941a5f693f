"""Records of JSON are read whichever way they stand in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.readers import detect_format
from onoma.text import Span

TEXT = "Ann left."
RECORDS = {
    "spans-jsonl": {"id": "a", "text": TEXT, "entities": [{"start": 0, "end": 3, "label": "PER"}]},
    "prodigy": {
        "id": "a",
        "text": TEXT,
        "spans": [{"start": 0, "end": 3, "label": "PER"}],
        "answer": "accept",
    },
    "doccano": {"id": 1, "text": TEXT, "label": [[0, 3, "PER"]]},
    "nerel": {"id": 1, "text": TEXT, "entities": ["T1\tPER 0 3\tAnn"], "relations": [], "links": []},
}


@pytest.mark.parametrize("format", RECORDS)
def test_lines_arrays_and_objects(tmp_path: Path, format: str) -> None:
    one, two = RECORDS[format], RECORDS[format] | {"id": "b"}
    layouts = {
        "lines": lines(one, two),
        "one line": lines(one),
        "array": json.dumps([one, two]),
        "pretty array": json.dumps([one, two], indent=2),
        "an element a line": "[\n" + ",\n".join(map(json.dumps, (one, two))) + "\n]\n",
        "pretty object": json.dumps(one, indent=2),
        "pretty objects": json.dumps(one, indent=2) + "\n" + json.dumps(two, indent=2),
    }
    for name, text in layouts.items():
        documents = read_text(tmp_path, format, text)
        assert [document.text for document in documents] == [TEXT] * (1 + text.count('"b"')), name
        assert documents[0].entities[0][:4] == Span(0, 3, "PER", "Ann")[:4], name
        assert detect_format(tmp_path / "f.data").name == format, name


@pytest.mark.parametrize("format", RECORDS)
def test_faults_in_an_array_have_their_line(tmp_path: Path, format: str) -> None:
    good, faulty = json.dumps(RECORDS[format]), json.dumps({"id": "b", "text": 1})
    check_fault(tmp_path, format, f"[{good},\n{faulty}\n]", "no-text", 2)
    check_fault(tmp_path, format, f"[{good},\n[1]\n]", "not-an-object", 2)


@pytest.mark.parametrize(("first", "code"), [("[]", "not-an-object"), ('{"text": ', "json-syntax")])
def test_a_faulty_first_line_is_but_a_faulty_line(tmp_path: Path, first: str, code: str) -> None:
    records = [RECORDS["spans-jsonl"] | {"id": str(number)} for number in range(3)]
    check_fault(tmp_path, "spans-jsonl", f"{first}\n{lines(*records)}", code, 1)
