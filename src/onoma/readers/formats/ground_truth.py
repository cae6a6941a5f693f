"""SageMaker Ground Truth's manifests: ``{"source", "JOB": {"annotations": {"entities": [...]}}}`` a line.

An entity is ``{"label", "startOffset", "endOffset"}``. Of several jobs that found entities in a text, the one
made last (``creation-date`` of its metadata, else the last in the line) is taken, and what the others hold is
counted as dropped. A line without a job's result is left out, unless no gold is wanted. Text that lies
elsewhere (``source-ref``) is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, SHARED, Evidence, weigh
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import list_field, missing_key, object_field
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_METADATA = "-metadata"


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """
    translate = partial(_translate, options)
    return read_records(read_json(source, options, log), source, options, log, translate)


def _translate(options: ReadOptions, record: JsonObject, aside: Aside) -> JsonObject | None:
    jobs = {key: _entities(value) for key, value in record.items() if _is_job(value)}
    chosen = max(jobs, key=partial(_date, record, list(jobs)), default=None)
    for job, entities in jobs.items():
        if job != chosen:
            aside.drop("other-annotation", len(entities))
            aside.note("other-annotation", f"the job '{job}' is not taken ({len(entities)} entities)")
    found = [] if chosen is None else jobs[chosen]
    text = record.get("source")
    if not isinstance(text, str):
        aside.drop("no-text", len(found))
        what = "'source' must be the text, as a string"
        if text is None and "source-ref" in record:
            what = "the text lies elsewhere ('source-ref') and is not read; put it into the line as 'source'"
        raise DataError(what, code="no-text", text=as_json(record.get("source-ref", text)))
    if chosen is None and options.gold:
        aside.note("not-annotated", "no job has labelled the text, and it is left out")
        return None
    return {"id": record.get("id"), "text": text, "entities": found}


def _is_job(value: Any) -> bool:
    return isinstance(value, dict) and "annotations" in value


def _entities(job: JsonObject) -> list[Item | DataError]:
    return [_entity(one) for one in list_field(object_field(job, "annotations"), "entities")]


def _entity(item: Any) -> Item | DataError:
    fault = missing_key(item, ("label", "startOffset", "endOffset"), "an entity")
    if fault is not None:
        return fault
    return Item({"start": item["startOffset"], "end": item["endOffset"], "label": item["label"]})


def _date(record: JsonObject, order: list[str], job: str) -> tuple[str, int]:
    about = record.get(job + _METADATA)
    return str(about.get("creation-date", "") if isinstance(about, dict) else ""), order.index(job)


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "source, and annotations.entities of a job")


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not any(
        isinstance(record.get(key), str) for key in ("source", "source-ref")
    ):
        return 0.0
    for value in record.values():
        about = value.get("annotations") if isinstance(value, dict) else None
        if isinstance(about, dict) and isinstance(about.get("entities"), list):
            return CERTAIN
    return SHARED if all(key in ("source", "id") or key.endswith(_METADATA) for key in record) else 0.0


FORMAT = Format(
    name="ground-truth",
    description='SageMaker Ground Truth\'s manifests: {"source", "JOB": {"annotations": {"entities"}}}',
    suffixes=(".manifest", ".jsonl"),
    sniff=_sniff,
    read=read,
    keys=("source", "source-ref", "annotations"),
    options=OFFSETS,
)
