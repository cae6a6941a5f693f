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


@pytest.mark.parametrize("key", ["word", "mention", "surface", "value", "name", "string"])
def test_surfaces_under_other_names_are_not_passed_over(tmp_path: Path, key: str) -> None:
    places = [{"start": s, "end": e - 1, "label": label, key: text} for text, label, s, e in PLACES]
    _check_own_names(tmp_path, places)


@pytest.mark.parametrize("shift", [(0, -1), (1, 1), (1, 0)])
def test_shifted_offsets_under_our_own_names(tmp_path: Path, shift: tuple[int, int]) -> None:
    first, last = shift
    places = [
        {"start": s + first, "end": e + last, "label": label, "text": text} for text, label, s, e in PLACES
    ]
    _check_own_names(tmp_path, places)


def _check_own_names(folder: Path, places: list[dict[str, Any]]) -> None:
    path = folder / "f.jsonl"
    path.write_text(lines({"text": TEXT, "entities": places}, {"text": TEXT, "entities": []}))
    assert detect_format(path).name == "other-json"
    log = ReadLog()
    first, _ = read_text(folder, "other-json", path.read_text(), log)
    assert [(e.text, e.label, e.start, e.end) for e in first.entities] == PLACES
    assert log.problem_counts == {"offsets-shifted": 1}


def test_another_unit_is_no_shift(tmp_path: Path) -> None:
    entity = {"start": 3, "end": 6, "label": "PER", "text": "Ann"}
    path = tmp_path / "f.jsonl"
    path.write_text(lines({"text": "\U0001f600 Ann", "entities": [entity]}))
    assert detect_format(path).name == "spans-jsonl"


@pytest.mark.parametrize("key", ["annotation", "gold", "entity_list", "ner_spans", "ents"])
@pytest.mark.parametrize("label", ["label_", "ner_label", "name"])
def test_rarer_names(tmp_path: Path, key: str, label: str) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text(lines({"text": TEXT, key: [{"start_char": 0, "end_char": 7, label: "PER"}]}))
    assert detect_format(path).name == "other-json"
    (document,) = read_text(tmp_path, "other-json", path.read_text())
    assert [(e.text, e.label) for e in document.entities] == [("Ann Lee", "PER")]


def test_a_name_that_is_the_text_is_no_label(tmp_path: Path) -> None:
    good = {"text": TEXT, "ents": [{"start": 0, "end": 7, "name": "PER"}]}
    bad = {"text": TEXT, "ents": [{"start": 0, "end": 7, "name": "Ann Lee"}]}
    check_fault(tmp_path, "other-json", lines(good, bad), "missing-key", 2)


@pytest.mark.parametrize("key", ["entities", "label", "labels", "spans"])
def test_a_label_first(tmp_path: Path, key: str) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text(lines({"text": TEXT, key: [["PER", 0, 7]]}))
    assert detect_format(path).name == "other-json"
    (document,) = read_text(tmp_path, "other-json", path.read_text())
    assert [(e.text, e.label) for e in document.entities] == [("Ann Lee", "PER")]
