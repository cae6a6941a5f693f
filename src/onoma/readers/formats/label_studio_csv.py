"""Label Studio's CSV and TSV exports: a task a row, its regions as a JSON list in the cell of their control.

``annotation_id,annotator,created_at,id,label,lead_time,text,updated_at``, where a cell of ``label`` is
``[{"start": 0, "end": 3, "text": "Ann", "labels": ["PER"]}]``, empty where there are none. The text is the
column in which the regions' texts stand, or the one that ``text_column`` names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, NONE, STRONG, Evidence
from onoma.readers.json.lines import JsonObject, located, parse_value
from onoma.readers.label_studio_tasks import TaskReader, is_list_of_regions
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.tables.csv_rows import read_rows
from onoma.text import Document

_OWN_COLUMNS = frozenset(("annotation_id", "annotator", "lead_time"))


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents, a row at a time.

    Raises:
        DataError: a fault of the file or its header, or under ``on_error="strict"`` of any row.
    """
    table = source.sample().table
    cells = [] if table is None else [_guess(table.header, row) for row in table.rows]
    tasks = TaskReader(options, cells)

    def translate(record: JsonObject, aside: Aside) -> JsonObject | None:
        task = {key: _parse(key, cell) for key, cell in record.items()}
        return tasks.translate(task, aside)

    delimiter = "," if table is None else table.delimiter
    return read_records(_rows(source, delimiter, options, log), source, options, log, translate)


def _rows(
    source: Source, delimiter: str, options: ReadOptions, log: ReadLog
) -> Iterator[tuple[int, JsonObject]]:
    rows = read_rows(source.lines(returns=True), source.name, delimiter=delimiter, line_end=source.line_end)
    header = next(rows, None)
    if header is None:
        return
    names = [name.strip() for name in header.fields]
    if header.fault is not None or len(set(names)) < len(names):
        what = "the header is faulty, or has a name twice"
        raise header.fault or DataError(what, code="header", path=source.name, line=header.line)
    for row in rows:
        if row.fault is None:
            yield row.line, dict(zip(names, row.fields, strict=True))
            continue
        log.leave_out(located(row.fault, source.name, row.line), options.on_error)


def _parse(key: str, cell: str) -> Any:
    """Return a cell's regions or choices; a cell that is no list of objects is text as it stands.

    Raises:
        DataError: without path and line: what begins like regions and is no JSON.
    """
    if cell.startswith(('[{"', '{"choices"')):
        try:
            return parse_value(cell)
        except DataError as error:
            what = f"the cell of '{key}' is {error.message}"
            raise DataError(what, code=error.code, text=error.text) from None
    return cell or None


def _guess(header: Sequence[str], row: Sequence[str]) -> JsonObject:
    """Return a row of the sample with what can be parsed of it."""
    task: JsonObject = {}
    for key, cell in zip(header, row, strict=False):
        try:
            task[key.strip()] = json.loads(cell) if cell.startswith(('[{"', '{"choices"')) else cell
        except (ValueError, RecursionError):
            task[key.strip()] = cell
    return task


def _sniff(sample: Sample) -> Evidence:
    table = sample.table
    if table is None or sample.json.layout != "none":
        return NONE
    tasks = [_guess(table.header, row) for row in table.rows]
    reason = "regions as a JSON list in a cell"
    if any(is_list_of_regions(value) for task in tasks for value in task.values()):
        return Evidence(CERTAIN, reason)
    own = {name.strip() for name in table.header} >= _OWN_COLUMNS
    return Evidence(STRONG, "the columns annotation_id, annotator, lead_time") if own else NONE


FORMAT = Format(
    name="label-studio-csv",
    description="Label Studio's CSV and TSV: a task a row, its regions as a JSON list in a cell",
    suffixes=(".csv", ".tsv"),
    sniff=_sniff,
    read=read,
    keys=("annotation_id", "annotator", "created_at", "id", "label", "lead_time", "text", "updated_at"),
    options=("text_column", *OFFSETS),
)
