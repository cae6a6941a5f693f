"""The CSV that doccano exported before version 1: ``id,character,tag`` a row, without a header.

Every row is a character of a text, with a tag in BIO; the rows of a text have its id. A fourth column, the
metadata, is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import groupby

from onoma.errors import DataError
from onoma.readers.columns.tag_lists import read_tags
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json.lines import JsonObject, located
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.tables.csv_rows import Row, read_rows
from onoma.text import Document

_LEAST_ROWS = 4


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; the characters of one are held at a time.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any row.
    """
    rows = read_rows(source.lines(), source.name)
    return read_records(_texts(rows, source.name), source, options, log, partial(_translate, options))


def _texts(rows: Iterator[Row], path: str) -> Iterator[tuple[int, JsonObject]]:
    """Yield the rows of each text; a faulty one belongs to the text before it."""
    id = ""

    def id_of(row: Row) -> str:
        nonlocal id
        id = row.fields[0] if row.fault is None else id
        return id

    for key, group in groupby(rows, id_of):
        held = list(group)
        fault = next((located(row.fault, path, row.line) for row in held if row.fault is not None), None)
        yield held[0].line, {"id": key, "rows": held, "fault": fault}


def _translate(options: ReadOptions, record: JsonObject, aside: Aside) -> JsonObject:
    rows: list[Row] = [row for row in record["rows"] if row.fault is None]
    tags = [row.fields[2].strip() if len(row.fields) > 2 else "" for row in rows]
    fault: DataError | None = record["fault"] or next(filter(None, map(_check, rows)), None)
    if fault is not None:
        aside.drop(fault.code, sum(tag.startswith("B-") for tag in tags))
        raise fault
    places = [(index, index + 1) for index in range(len(rows))]
    text = "".join(row.fields[1] for row in rows)
    return {"id": record["id"] or None, "text": text, "entities": read_tags(tags, places, options, aside)}


def _check(row: Row) -> DataError | None:
    if len(row.fields) > 2 and len(row.fields[1]) == 1:
        return None
    what = "a row must hold the id of a text, one character of it, and its tag"
    return DataError(what, code="column-count", line=row.line, text=",".join(row.fields))


def _sniff(sample: Sample) -> Evidence:
    table = sample.table
    if table is None or table.delimiter != "," or len(table.header) not in (3, 4):
        return NONE
    rows = [table.header, *table.rows]
    ids = {row[0] for row in rows}
    fits = all(
        row[0].isdecimal() and len(row[1]) == 1 and (row[2] == "O" or row[2][:2] in ("B-", "I-"))
        for row in rows
    )
    if len(rows) < _LEAST_ROWS or 2 * len(ids) > len(rows) or not fits:
        return NONE
    return Evidence(CERTAIN, "an id, one character and its tag a row")


FORMAT = Format(
    name="doccano-csv",
    description="doccano's CSV of old: id,character,tag a row, without a header",
    suffixes=(".csv",),
    sniff=_sniff,
    read=read,
    options=("scheme", *OFFSETS),
)
