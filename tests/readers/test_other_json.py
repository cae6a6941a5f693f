"""JSON whose text and entities stand under other names than any known tool's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.readers import ReadLog, detect_format

TEXT = "Ann Lee left Oslo."
PLACES = [("Ann Lee", "PER", 0, 7), ("Oslo", "LOC", 13, 17)]

RECORDS: dict[str, dict[str, Any]] = {
    "a script": {"content": TEXT, "entities": [[0, 7, "PER"], [13, 17, "LOC"]]},
    "FactRuEval": {"text": TEXT, "entities": [{"start": s, "end": e, "type": label, "surface": surface}
                                              for surface, label, s, e in PLACES]},
    "Hugging Face pipeline": {"text": TEXT, "entities": [
        {"entity_group": label, "score": 0.99, "word": surface, "start": s, "end": e}
        for surface, label, s, e in PLACES]},
    "Flair": {"text": TEXT, "entities": [
        {"text": surface, "start_pos": s, "end_pos": e, "labels": [{"value": label, "confidence": 0.9}]}
        for surface, label, s, e in PLACES]},
    "Azure": {"text": TEXT, "entities": [
        {"text": surface, "category": label, "offset": s, "length": e - s, "confidenceScore": 0.9}
        for surface, label, s, e in PLACES]},
    "pairs": {"sentence": TEXT, "ner": [{"span": [s, e], "type": label} for _, label, s, e in PLACES]},
    "ends included": {"sentence": TEXT, "mentions": [
        {"begin": s, "stop": e - 1, "type": label, "surface": surface} for surface, label, s, e in PLACES]},
    "from one": {"sentence": TEXT, "mentions": [
        {"begin": s + 1, "stop": e + 1, "type": label, "mention": surface}
        for surface, label, s, e in PLACES]},
}  # fmt: skip
SHIFTED = {"ends included", "from one"}


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("layout", ["lines", "array", "indented"])
def test_entities_are_found(tmp_path: Path, name: str, layout: str) -> None:
    record = RECORDS[name]
    text = {
        "lines": lines(record, record),
        "array": json.dumps([record, record]),
        "indented": json.dumps([record, record], indent=2),
    }[layout]
    path = tmp_path / "data"
    path.write_text(text)
    assert detect_format(path).name == "other-json"
    log = ReadLog()
    documents = read_text(tmp_path, "other-json", text, log)
    assert [[(e.text, e.label, e.start, e.end) for e in d.entities] for d in documents] == [PLACES] * 2
    assert ("offsets-shifted" in log.problem_counts) == (name in SHIFTED)


def test_the_text_can_be_named(tmp_path: Path) -> None:
    record = {"headline": "News", "article": TEXT, "spans": [{"start": 13, "end": 17, "tag": "LOC"}]}
    (document,) = read_text(tmp_path, "other-json", lines(record), text_column="article")
    assert (document.text, [e.text for e in document.entities]) == (TEXT, ["Oslo"])
    check_fault(tmp_path, "other-json", lines(record), "no-text", 1)


@pytest.mark.parametrize(
    ("entity", "code"),
    [
        ({"start": 0, "end": 7}, "missing-key"),
        ({"start": 0, "type": "PER"}, "missing-key"),
        ({"start": 0, "end": 99, "type": "PER"}, "span-out-of-range"),
        ({"start": 7, "end": 0, "type": "PER"}, "reversed-span"),
        ("PER", "missing-key"),
    ],
)
def test_faults_are_located(tmp_path: Path, entity: object, code: str) -> None:
    good = RECORDS["FactRuEval"]
    bad = {"text": TEXT, "entities": [{"start": 0, "end": 7, "type": "PER"}, entity]}
    check_fault(tmp_path, "other-json", lines(good, bad), code, 2)


def test_one_slip_does_not_shift_the_others(tmp_path: Path) -> None:
    good, bad = RECORDS["FactRuEval"], RECORDS["ends included"]
    log = ReadLog()
    documents = read_text(tmp_path, "other-json", lines(good, good, bad), log, on_error="repair")
    assert [len(document.entities) for document in documents] == [2, 2, 0]
    assert "offsets-shifted" not in log.problem_counts
