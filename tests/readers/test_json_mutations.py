"""Every JSON format, every single-field mutation of a sound record, every policy: a located error or none."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, list_formats, read_documents
from onoma.readers.sample import Sample

TEXT = "Ann lives in Bonn."
VALUES = (None, True, 0, -1, 1.5, "", "x", [], {}, [[]], [None], {"x": [{}]}, 10**30)
PLACES = [(0, 3, "PER", "Ann"), (13, 17, "LOC", "Bonn")]
ENTITIES = [{"start": start, "end": end, "label": label} for start, end, label, _ in PLACES]
TRIPLES = [[start, end, label] for start, end, label, _ in PLACES]
PAIRS = [[0, 3], [4, 9], [10, 12], [13, 17], [17, 18]]
WORDS = ["Ann", "lives", "in", "Bonn", "."]
REGIONS = [
    {"start": start, "end": end, "text": text, "labels": [label]} for start, end, label, text in PLACES
]
RESULTS: list[Any] = [
    {"id": f"r{number}", "from_name": "label", "to_name": "text", "type": "labels", "value": value}
    for number, value in enumerate(REGIONS)
]
RESULTS += [
    {"type": "relation", "from_id": "r0", "to_id": "r1", "direction": "right", "labels": ["in"]},
    {"type": "choices", "value": {"choices": ["news"]}},
]
OFFSETS = [
    {"id": number, "label": label, "start_offset": start, "end_offset": end}
    for number, (start, end, label, _) in enumerate(PLACES)
]
TAGS = ["U-PER", "O", "O", "U-LOC", "O"]
POINTS = [
    {"label": [label], "points": [{"start": start, "end": end - 1, "text": text}]}
    for start, end, label, text in PLACES
]
JOB = {
    "annotations": {
        "entities": [
            {"label": label, "startOffset": start, "endOffset": end} for start, end, label, _ in PLACES
        ],
        "labels": [{"label": "PER"}],
    }
}
FOUND = [
    {"BeginOffset": start, "EndOffset": end, "Score": 0.9, "Text": text, "Type": label}
    for start, end, label, text in PLACES
]
PARAGRAPH = {
    "raw": TEXT,
    "sentences": [
        {"tokens": [{"id": 0, "orth": word, "ner": tag} for word, tag in zip(WORDS, TAGS, strict=True)]}
    ],
    "cats": [{"label": "news", "value": 1.0}],
}
RECORDS: dict[str, tuple[str, Any]] = {
    "spans-jsonl": (
        "spans-jsonl",
        {"id": "1", "text": TEXT, "tokens": PAIRS, "sentences": [[0, 5]], "labels": ["news"],
         "entities": [{"id": f"T{number}", "start": start, "end": end, "label": label, "text": text,
                       "score": 0.5, "fragments": [[start, end]]}
                      for number, (start, end, label, text) in enumerate(PLACES)],
         "relations": [{"label": "in", "head": "T0", "tail": "T1"}],
         "links": [{"entity": "T0", "target": "Q1", "text": "Ann"}]},
    ),
    "prodigy": (
        "prodigy",
        {"text": TEXT, "spans": ENTITIES, "answer": "accept", "accept": ["news"],
         "tokens": [{"text": word, "start": start, "end": end, "id": number}
                    for number, (word, (start, end)) in enumerate(zip(WORDS, PAIRS, strict=True))],
         "relations": [{"label": "in", "head_span": ENTITIES[0], "child_span": ENTITIES[1]}]},
    ),
    "doccano": ("doccano", {"id": 1, "text": TEXT, "label": TRIPLES, "cats": ["news"], "Comments": ["?"]}),
    "doccano relations": (
        "doccano",
        {"id": 1, "text": TEXT, "entities": OFFSETS, "relations": [{"from_id": 0, "to_id": 1, "type": "in"}]},
    ),
    "doccano annotations": (
        "doccano",
        {"id": 1, "text": TEXT, "annotations": [{**one, "label": 2} for one in OFFSETS], "meta": {}},
    ),
    "nerel": (
        "nerel",
        {"id": 1, "text": TEXT, "entities": ["T1\tPER 0 3\tAnn", "T2\tLOC 13 17\tBonn"],
         "relations": ["R1\tIN Arg1:T1 Arg2:T2"], "links": ["N1\tReference T1 Wikidata:Q1\tAnn"]},
    ),
    "label-studio": (
        "label-studio",
        {"id": 1, "data": {"text": TEXT, "source": "mail"}, "predictions": [],
         "annotations": [{"result": RESULTS, "was_cancelled": False, "updated_at": "2024"},
                         {"result": RESULTS[:1], "was_cancelled": True}]},
    ),
    "label-studio minimal": (
        "label-studio",
        {"id": 1, "content": TEXT, "ner": REGIONS, "topic": {"choices": ["news"]}, "annotation_id": 3},
    ),
    "spacy-v2-json": ("spacy-v2-json", {"id": 1, "paragraphs": [PARAGRAPH]}),
    "spacy-tuples": (
        "spacy-tuples", [TEXT, {"entities": [[*TRIPLES[0], "Q1"], TRIPLES[1]], "cats": {"news": 1.0}}],
    ),
    "spacy-doc-json": (
        "spacy-doc-json",
        {"text": TEXT, "ents": ENTITIES, "sents": [{"start": 0, "end": 18}], "cats": {"news": 1.0},
         "tokens": [{"id": number, "start": start, "end": end} for number, (start, end) in enumerate(PAIRS)],
         "spans": {"sc": [{"start": 0, "end": 9, "label": "X", "kb_id": "Q2"}], "other": ENTITIES}},
    ),
    "gliner": ("gliner", {"tokenized_text": WORDS, "ner": [[0, 0, "PER"], [3, 3, "LOC"]]}),
    "cluener": ("cluener", {"text": TEXT, "label": {"PER": {"Ann": [[0, 2]]}, "LOC": {"Bonn": [[13, 16]]}}}),
    "dataturks": ("dataturks", {"content": TEXT, "annotation": POINTS, "extras": None, "metadata": {"a": 1}}),
    "dataturks of texts": ("dataturks", {"content": TEXT, "annotation": {"labels": ["news"], "note": ""}}),
    "ground-truth": (
        "ground-truth", {"source": TEXT, "ner": JOB, "ner-metadata": {"creation-date": "2024", "type": "x"}},
    ),
    "comprehend": ("comprehend", {"File": "docs.txt", "Line": 0, "Entities": FOUND}),
}  # fmt: skip


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))


def mutations(record: Any) -> Iterator[tuple[str, Any]]:
    """Yield (what was done, the record after it)."""
    for path in paths(record):
        if not path:
            continue
        for value in (*VALUES, "delete", "double"):
            changed = copy.deepcopy(record)
            holder = changed
            for key in path[:-1]:
                holder = holder[key]
            if value == "delete":
                del holder[path[-1]]
            elif value == "double":
                if not isinstance(holder, list):
                    continue
                holder.insert(path[-1], copy.deepcopy(holder[path[-1]]))
            else:
                holder[path[-1]] = value
            yield f"{path}: {value!r}", changed


def other(name: str) -> Any:
    """The record with another id, to stand after the one that is changed."""
    record = copy.deepcopy(RECORDS[name][1])
    if isinstance(record, dict) and "id" in record:
        record["id"] = "other"
    return {**record, "Line": 1} if name == "comprehend" else record


def read(path: Path, format: str, policy: str) -> DataError | None:
    """Read a file; return the error that stopped it, which says where, on one line."""
    log = ReadLog()
    fault = None
    try:
        list(read_documents(path, ReadOptions(format=format, on_error=policy), log))
    except DataError as error:
        fault = error
    assert log.ledger().balanced
    if fault is not None:
        assert fault.path == str(path)
        assert fault.line is not None or fault.code == "nothing-read"
        assert "\n" not in str(fault)
    return fault


@pytest.mark.parametrize("layout", ["lines", "array"])
@pytest.mark.parametrize("name", RECORDS)
def test_every_mutation_of_a_record(tmp_path: Path, name: str, layout: str) -> None:
    format, record = RECORDS[name]
    (tmp_path / "docs.txt").write_text(f"{TEXT}\n{TEXT}\n")
    path = tmp_path / "f.data"
    stopped = 0
    policies = ("strict", "skip", "repair") if layout == "lines" else ("strict",)
    for done, changed in mutations(record):
        listed = [changed, other(name)]
        parts = [json.dumps(one, ensure_ascii=False) for one in listed]
        path.write_text("\n".join(parts) + "\n" if layout == "lines" else "[" + ",\n".join(parts) + "]")
        for policy in policies:
            try:
                fault = read(path, format, policy)
            except Exception as error:
                raise AssertionError(f"{policy} {done}: {changed}") from error
            assert fault is None or policy == "strict", f"{policy} {done}: {fault}"
            stopped += fault is not None
    assert stopped > 0


@pytest.mark.parametrize("name", RECORDS)
def test_the_records_are_sound(tmp_path: Path, name: str) -> None:
    format, record = RECORDS[name]
    (tmp_path / "docs.txt").write_text(f"{TEXT}\n{TEXT}\n")
    path = tmp_path / "f.data"
    path.write_text(json.dumps(record) + "\n")
    document, *_ = read_documents(path, ReadOptions(format=format))
    if name != "dataturks of texts":
        assert {"Ann", "Bonn"} <= {span.text for span in document.entities}


@pytest.mark.parametrize("policy", ["strict", "skip", "repair"])
def test_every_mutation_of_a_whole_file(tmp_path: Path, policy: str) -> None:
    path = tmp_path / "f.data"
    whole = {"classes": ["PER"], "annotations": [RECORDS["spacy-tuples"][1], None]}
    for done, changed in mutations(whole):
        path.write_text(json.dumps(changed, indent=1))
        try:
            read(path, "spacy-tuples", policy)
        except Exception as error:
            raise AssertionError(f"{done}: {changed}") from error


def test_no_record_of_any_format_trips_the_detection(tmp_path: Path) -> None:
    formats = [item for item in list_formats() if not item.binary]
    for _, record in RECORDS.values():
        for _, changed in mutations(record):
            sample = Sample([json.dumps(changed)])
            assert all(0 <= item.sniff(sample).share <= 1 for item in formats)
