"""Amazon Comprehend's annotations beside the documents they name: the CSV it trains on, the JSON it gives.

``File,Line,Begin Offset,End Offset,Type``, where each line of the file named is a document, counted from 0;
without the column ``Line`` the file is one document. Its results are ``{"File", "Line", "Entities":
[{"BeginOffset", "EndOffset", "Score", "Text", "Type"}]}`` a line. The documents are looked for in the folder
of the annotations, and nowhere else. All lines of a file named are documents, but blank ones. The annotations
are held in memory, the documents are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from onoma.errors import DataError
from onoma.readers.beside import file_beside
from onoma.readers.evidence import CERTAIN, NONE, Evidence, weigh
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import list_field, missing_key
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json, located
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.tables.csv_rows import Row, find_columns, read_rows
from onoma.text import Document

_ROLES = {
    "file": ("file",),
    "begin": ("begin offset",),
    "end": ("end offset",),
    "type": ("type",),
    "line": ("line",),
}
_NEEDED = ("file", "begin", "end", "type")
_WHOLE_FILE = -1

Annotations = dict[str, dict[int, list[tuple[int, "Item | DataError | None"]]]]
"""By file and line in it (`_WHOLE_FILE`: all of it), the line of an annotation, and its entity or None."""


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of a file, or under ``on_error="strict"`` of any annotation or document.
    """
    return read_records(_records(source, options, log), source, options, log, _translate)


def _records(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[tuple[int, JsonObject]]:
    is_json = source.sample().json.layout != "none"
    found = _from_json(source, options, log) if is_json else _from_csv(source, options, log)
    for name, lines in found.items():
        try:
            path = file_beside(source.path, name)
        except DataError as fault:
            yield from _faults(fault, lines)
            continue
        texts = Source(path, options.encoding, options.max_document_mb)
        if _WHOLE_FILE in lines:
            whole = lines.pop(_WHOLE_FILE)
            yield whole[0][0], {"id": name, "text": texts.text(), "entities": [item for _, item in whole]}
            texts = Source(path, options.encoding, options.max_document_mb)
        first = min((line for items in lines.values() for line, _ in items), default=0)
        for number, text in enumerate(texts.lines()) if lines else ():
            items = lines.pop(number, None)
            if items is not None or text.strip():
                line = items[0][0] if items else first
                entities = [item for _, item in items or ()]
                yield line, {"id": f"{name}:{number}", "text": text, "entities": entities}
        what = f"'{name}' has no line {min(lines, default=0)} (the first line is 0)"
        yield from _faults(DataError(what, code="no-such-line", text=name), lines)


def _faults(
    fault: DataError, lines: dict[int, list[tuple[int, Item | DataError | None]]]
) -> Iterator[tuple[int, JsonObject]]:
    """Yield a record without text for each document that is not there, so that its entities are counted."""
    for items in lines.values():
        yield items[0][0], {"fault": fault, "entities": [item for _, item in items]}


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    entities = [one for one in record["entities"] if one is not None]
    fault = record.get("fault")
    if fault is not None:
        aside.drop(fault.code, len(entities))
        raise fault
    return {**record, "entities": entities}


def _from_csv(source: Source, options: ReadOptions, log: ReadLog) -> Annotations:
    table = source.sample().table
    rows = read_rows(source.lines(), source.name, delimiter=table.delimiter if table else ",")
    found: Annotations = {}
    columns = _columns(next(rows, None), source.name)
    for row in rows:
        fault = row.fault
        if fault is None:
            fields = {role: row.fields[at].strip() for role, at in columns.items()}
            line = _number(fields.get("line", _WHOLE_FILE))
            place = {
                "start": _number(fields["begin"]),
                "end": _number(fields["end"]),
                "label": fields["type"],
            }
            if isinstance(line, int):
                items = found.setdefault(fields["file"], {}).setdefault(line, [])
                items.append((row.line, Item(place, row.line)))
                continue
            fault = DataError("'Line' must be a whole number", code="wrong-type", text=line)
        log.leave_out(located(fault, source.name, row.line), options.on_error, 1)
    return found


def _columns(header: Row | None, path: str) -> dict[str, int]:
    if header is None or header.fault is not None:
        raise DataError("the header is missing or faulty", code="header", path=path, line=1)
    columns = {role: at[0] for role, at in find_columns(header.fields, _ROLES).items() if len(at) == 1}
    lacking = next((role for role in _NEEDED if role not in columns), None)
    if lacking is not None:
        what = f"the header must have the column '{_ROLES[lacking][0]}' once"
        raise DataError(what, code="header", path=path, line=header.line, text=",".join(header.fields))
    return columns


def _from_json(source: Source, options: ReadOptions, log: ReadLog) -> Annotations:
    found: Annotations = {}
    for line, record in read_json(source, options, log):
        name, number = record.get("File"), record.get("Line", _WHOLE_FILE)
        try:
            if "ErrorCode" in record:
                what = f"Comprehend failed on the document: {record.get('ErrorMessage')}"
                raise DataError(what, code="not-annotated", text=as_json(record["ErrorCode"]))
            if not isinstance(name, str) or type(number) is not int:
                what = "'File' must be a string, and 'Line' a whole number"
                raise DataError(what, code="wrong-type", text=as_json(record))
            items: list[tuple[int, Item | DataError | None]] = [
                (line, _entity(one)) for one in list_field(record, "Entities")
            ]
        except DataError as fault:
            log.leave_out(located(fault, source.name, line), options.on_error, 1)
            continue
        found.setdefault(name, {}).setdefault(number, []).extend(items or [(line, None)])
    return found


def _entity(one: Any) -> Item | DataError:
    fault = missing_key(one, ("BeginOffset", "EndOffset", "Type"), "an entity")
    if fault is not None:
        return fault
    values = {"start": one["BeginOffset"], "end": one["EndOffset"], "label": one["Type"]}
    return Item({**values, "score": one.get("Score"), "text": one.get("Text")})


def _number(field: str | int) -> Any:
    """Return a whole number; what is none stays as it is, and is a fault later."""
    return int(field) if isinstance(field, str) and field.isascii() and field.isdecimal() else field


def _sniff(sample: Sample) -> Evidence:
    if sample.json.layout != "none":
        return weigh(sample.json.values, _judge, "File, Line and Entities")
    columns = {} if sample.table is None else find_columns(sample.table.header, _ROLES)
    if all(len(columns.get(role, ())) == 1 for role in _NEEDED):
        return Evidence(CERTAIN, "the columns File, Begin Offset, End Offset, Type")
    return NONE


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not isinstance(record.get("File"), str):
        return 0.0
    return CERTAIN if isinstance(record.get("Entities"), list) or "ErrorCode" in record else 0.0


FORMAT = Format(
    name="comprehend",
    description="Amazon Comprehend's File,Line,Begin Offset,End Offset,Type, or JSON, beside the documents",
    suffixes=(".csv", ".jsonl"),
    sniff=_sniff,
    read=read,
    keys=("File", "Line", "Begin Offset", "End Offset", "Type"),
    options=OFFSETS,
)
