"""Label Studio's JSON exports (JSON and JSON-MIN): an array of tasks with regions of text as results.

Of several annotations of a task the one marked as ground truth is taken, else the one changed last; cancelled
ones never. What the others hold is counted as dropped. A task without annotation is left out, unless no gold
is wanted. The text is the string of the data in which the regions' texts stand, whatever its key, or the one
that ``text_column`` names. ``choices`` about the whole text are document labels.

Offsets are code points, by which the page of 2026 (1.23) places regions; older versions stored the browser's
UTF-16 units, which the ``text`` of the regions tells. It is a copy which Label Studio does not keep up to
date: where it alone is at odds with sound offsets, these hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from onoma.readers.evidence import CERTAIN, FAINT, STRONG, Evidence, weigh
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject
from onoma.readers.label_studio_results import prediction, write_results
from onoma.readers.label_studio_tasks import TaskReader, is_list_of_regions
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import read_records
from onoma.readers.registry import OFFSETS, Format, Suggested
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document, Ledger


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents, a task at a time.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any task.
    """
    tasks = TaskReader(options, source.sample().json.values)
    return read_records(read_json(source, options, log), source, options, log, tasks.translate)


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write an array, a task a line, with offsets in code points; memory stays flat.

    ``scheme`` means nothing here. The controls are called ``label`` (entities) and ``choices``, the text is
    ``text``.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    before = "[\n"
    for document in documents:
        task = {
            "id": _id(document),
            "data": {"text": document.text},
            "annotations": [{"result": list(write_results(document, log)), "was_cancelled": False}],
        }
        stream.write(before + json.dumps(task, ensure_ascii=False))
        before = ",\n"
    stream.write("[]\n" if before == "[\n" else "\n]\n")
    return log.ledger()


def suggest(stream: TextIO, suggestions: Iterable[Suggested]) -> Ledger:
    """Write tasks without annotations, whose ``predictions`` hold what a model suggests.

    A task's ``data`` holds the document's id, the strategy and its score, by which Label Studio can sort. A
    prediction's score is the mean of its entities', a region's is its entity's.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    before = "[\n"
    for document, model, score, why in suggestions:
        data: JsonObject = {"text": document.text, "document": document.id, "strategy": why}
        data |= {} if score is None else {"selection": score}
        # An empty list says what this file is, as in the tool's own exports of tasks that nobody has done.
        task = {"data": data, "annotations": [], "predictions": [prediction(document, model, log)]}
        stream.write(before + json.dumps(task, ensure_ascii=False))
        before = ",\n"
    stream.write("[]\n" if before == "[\n" else "\n]\n")
    return log.ledger()


def _id(document: Document) -> int | str:
    number = document.id.isascii() and document.id.isdigit() and str(int(document.id)) == document.id
    return int(document.id) if number else document.id


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "tasks with annotations and results")


def _judge(task: Any) -> float:
    if not isinstance(task, dict):
        return 0.0
    annotations = next((task[key] for key in ("annotations", "completions") if key in task), None)
    if annotations is None:
        regions = any(map(is_list_of_regions, task.values()))
        return (CERTAIN if regions else STRONG) if "annotation_id" in task else STRONG if regions else 0.0
    if not isinstance(annotations, list) or not isinstance(task.get("data"), dict):
        return 0.0
    if not annotations:
        return FAINT + STRONG / 2
    return CERTAIN if all(isinstance(one, dict) and "result" in one for one in annotations) else 0.0


FORMAT = Format(
    name="label-studio",
    description="Label Studio's JSON and JSON-MIN: regions of text, relations, choices as document labels",
    suffixes=(".json",),
    sniff=_sniff,
    read=read,
    write=write,
    suggest=suggest,
    scores=True,
    relations=True,
    keys=("id", "data", "annotations", "predictions"),
    options=("text_column", *OFFSETS),
    labels=True,
)
