"""Augmented manifests of SageMaker Ground Truth, after the manual of its task of named entities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.readers import ReadLog, detect_format
from onoma.text import Span

TEXT = "Ann left Oslo."
ANN, OSLO = Span(0, 3, "PER", "Ann"), Span(9, 13, "LOC", "Oslo")
ENTITIES = [
    {"label": "PER", "startOffset": 0, "endOffset": 3},
    {"label": "LOC", "startOffset": 9, "endOffset": 13},
]


def job(*entities: object) -> dict[str, Any]:
    return {"annotations": {"entities": list(entities), "labels": [{"label": "PER"}, {"label": "LOC"}]}}


def about(date: str = "2024-05-14T21:45:27") -> dict[str, Any]:
    return {"entities": [{"confidence": 0.9}], "type": "groundtruth/text-span", "creation-date": date}


RECORD = {"source": TEXT, "people": job(*ENTITIES), "people-metadata": about()}


def test_reading(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "ground-truth", lines(RECORD), log)
    assert (document.text, document.entities, log.problem_counts) == (TEXT, (ANN, OSLO), {})
    assert detect_format(tmp_path / "f.data").name == "ground-truth"


@pytest.mark.parametrize("order", [("new", "old"), ("old", "new")])
def test_of_several_jobs_the_last_one_is_taken(tmp_path: Path, order: tuple[str, str]) -> None:
    jobs = {"new": job(ENTITIES[0]), "old": job(*ENTITIES)}
    record: dict[str, Any] = {"source": TEXT} | {name: jobs[name] for name in order}
    record |= {"new-metadata": about("2024-06-01"), "old-metadata": about("2024-05-01")}
    log = ReadLog()
    (document,) = read_text(tmp_path, "ground-truth", lines(record), log)
    assert document.entities == (ANN,)
    assert log.ledger().dropped == {"other-annotation": 2}


def test_text_that_no_job_has_labelled(tmp_path: Path) -> None:
    log = ReadLog()
    text = lines({"source": TEXT, "people-metadata": {"failure-reason": "x"}}, RECORD)
    assert len(read_text(tmp_path, "ground-truth", text, log)) == 1
    assert log.problem_counts == {"not-annotated": 1}
    assert len(read_text(tmp_path, "ground-truth", text, gold=False)) == 2


def test_text_that_lies_elsewhere_is_refused_by_name(tmp_path: Path) -> None:
    record = {"source-ref": "s3://bucket/a.txt", "people": job(*ENTITIES)}
    check_fault(tmp_path, "ground-truth", lines(RECORD, record), "no-text", 2)
    (tmp_path / "f.data").write_text(lines(record))
    assert detect_format(tmp_path / "f.data").name == "ground-truth"
    with pytest.raises(Exception, match=r"'source-ref'.*s3://bucket/a\.txt"):
        read_text(tmp_path, "ground-truth", lines(record))


MALFORMED = {
    "source is a number": ({"source": 1, "people": job()}, "no-text"),
    "annotations is a list": ({"source": TEXT, "people": {"annotations": []}}, "wrong-type"),
    "entities is an object": ({"source": TEXT, "people": {"annotations": {"entities": {}}}}, "wrong-type"),
    "an entity is a list": ({"source": TEXT, "people": job([0, 3, "PER"])}, "wrong-type"),
    "no endOffset": ({"source": TEXT, "people": job({"label": "PER", "startOffset": 0})}, "missing-key"),
    "an offset is text": ({"source": TEXT, "people": job(ENTITIES[0] | {"endOffset": "3"})}, "wrong-type"),
    "outside": ({"source": TEXT, "people": job(ENTITIES[0] | {"endOffset": 99})}, "span-out-of-range"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    record, code = MALFORMED[name]
    check_fault(tmp_path, "ground-truth", lines(RECORD, record), code, 2)
