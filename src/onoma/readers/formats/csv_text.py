"""A table with a column of text: ``id,text``, a document a row; entities where a column holds them.

Fields are separated by commas, semicolons, tabs or bars. The text is in the one column that is called text,
content, sentence, comment, body, message, document or review, or in the one that the user names. Entities are
JSON, or lists of tuples as pandas saves them; without such a column the rows are raw text. Other columns are
passed over, and noted.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TextIO

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, FAINT, NONE, SHARED, STRONG, Evidence
from onoma.readers.json.lines import JsonObject
from onoma.readers.json.span_records import span_record
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample, TableSample
from onoma.readers.source import Source
from onoma.readers.tables.csv_rows import Row, named_delimiter, read_rows
from onoma.readers.tables.text_rows import (
    RowTranslator,
    TextColumns,
    find_entities,
    find_id,
    find_labels,
    find_text,
    parse_labels,
    parse_spans,
    text_candidates,
)
from onoma.text import Document, Ledger

_SUFFIXES = (".csv", ".tsv")
_OF_TAGS = frozenset(("labels", "label", "tags", "tag", "ner", "ner tag", "ner tags", "ner_tag", "ner_tags"))
_OF_SPANS = frozenset(("entities", "spans"))
_LAST_RESORT = 0.05
"""For any table by suffix: that it is refused by this format's error, which names the columns."""
_LOOK_AHEAD = 100


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents, a row each.

    Raises:
        DataError: no column, or several, may hold the text; a fault of the file; or of any row, under
            ``on_error="strict"``.
    """
    sample = source.sample()
    table = sample.table
    delimiter = "," if table is None else table.delimiter
    rows = read_rows(source.lines(returns=True), source.name, delimiter=delimiter, line_end=source.line_end)
    header = next(rows, None)
    if header is None:
        log.note("empty-file", source.name, None, "the file is empty, without even a header")
        return
    if header.fault is not None:
        raise header.fault
    columns = _find_columns(
        table or TableSample(delimiter, header.fields, ()), options, source.name, header.line
    )
    ignored = [name for name in header.fields if name.strip() and name not in columns.names]
    if ignored:
        log.note(
            "column-ignored", source.name, header.line, f"columns that are not read: {', '.join(ignored)}"
        )
    if not options.gold:
        columns = columns._replace(entities=None, labels=None)
    translate = RowTranslator(columns, source.stem, options.label_names)
    yield from read_records(_records(rows, header, options, log), source, options, log, translate)
    translate.ids.tell(log, source.name)


def _find_columns(table: TableSample, options: ReadOptions, path: str, line: int) -> TextColumns:
    header = table.header
    text = find_text(header, options.text_column, path, line)
    others = [name for name in header if name != text]
    entities = find_entities(others, lambda name: _holds_spans(table, name))
    others = [name for name in others if name != entities]
    return TextColumns(
        text, find_id(others), entities, find_labels(others, lambda name: _holds_labels(table, name))
    )


def _cells(table: TableSample, name: str) -> list[str]:
    at = list(table.header).index(name)
    return [row[at] for row in table.rows if row[at].strip()]


def _holds_spans(table: TableSample, name: str) -> bool:
    """Whether most of the filled cells of a column are lists of spans; an empty column does by its name.

    So does one of which no cell can be read: that it is called so and passed over would lose the gold.
    """
    cells = _cells(table, name)
    good = sum(parse_spans(cell) is not None for cell in cells)
    if not good or all(cell.strip() == "[]" for cell in cells):
        return _is_of_spans(name)
    return 2 * good > len(cells)


def _is_of_spans(name: str) -> bool:
    return name.strip().casefold() in _OF_SPANS


def _holds_labels(table: TableSample, name: str) -> bool:
    cells = _cells(table, name)
    return bool(cells) and all(parse_labels(cell) is not None for cell in cells)


def _records(
    rows: Iterable[Row], header: Row, options: ReadOptions, log: ReadLog
) -> Iterator[tuple[int, JsonObject]]:
    for line, fields, fault in rows:
        if fault is None:
            yield line, dict(zip(header.fields, fields, strict=True))
        else:
            log.leave_out(fault, options.on_error)


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write ``id,text,entities`` with the entities as JSON; memory stays flat. ``scheme`` means nothing here.

    Where one of the first 100 documents has document labels, they are a fourth column, as JSON.

    Raises:
        DataError: an entity that is not the text at its offsets; a text with NUL, which does not survive in
            CSV; document labels where the first documents had none.
    """
    log = ReadLog()
    rest = iter(documents)
    first = list(islice(rest, _LOOK_AHEAD))
    labelled = any(document.labels is not None for document in first)
    # A carriage return is data within quotes, and the end of a line at the end of a row without.
    rows, quoted = (
        csv.writer(stream, lineterminator="\n", quoting=how) for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
    )
    rows.writerow(("id", "text", "entities", "labels") if labelled else ("id", "text", "entities"))
    for document in chain(first, rest):
        if "\0" in document.text or "\0" in document.id:
            raise _not_writable(document, "holds NUL, which does not survive in CSV")
        spans = [span_record(span, document, log) for span in document.entities]
        row = [document.id, document.text, json.dumps(spans, ensure_ascii=False, allow_nan=False)]
        if labelled:
            row.append("" if document.labels is None else json.dumps(document.labels, ensure_ascii=False))
        elif document.labels is not None:
            raise _not_writable(document, "has labels, and the first 100 documents have none")
        (quoted if "\r" in document.text + document.id else rows).writerow(row)
    return log.ledger()


def _not_writable(document: Document, what: str) -> DataError:
    return DataError(f"document '{document.id}' {what}; write spans-jsonl instead", code="not-writable")


def _sniff(sample: Sample) -> Evidence:
    table = sample.table
    if table is None:
        return _sniff_single_column(sample)
    header = table.header
    texts = text_candidates(header)
    if len(texts) == 1:
        others = [name for name in header if name != texts[0]]
        entities = find_entities(others, lambda name: _holds_spans(table, name))
        cells = [] if entities is None else _cells(table, entities)
        if entities is not None and (not cells or any(parse_spans(cell) is not None for cell in cells)):
            share = CERTAIN if _is_of_spans(entities) else STRONG
            return Evidence(share, f"a column '{texts[0]}', and lists of spans in '{entities}'")
        tagged = any(name.strip().casefold() in _OF_TAGS for name in others)
        return Evidence(FAINT / 2 if tagged else SHARED, f"a column '{texts[0]}'")
    named = _is_header(header) and sample.suffix in _SUFFIXES
    if texts:
        return Evidence(FAINT if named else _LAST_RESORT, f"columns {', '.join(texts)}")
    return Evidence(_LAST_RESORT, "a table with a header") if named else NONE


def _sniff_single_column(sample: Sample) -> Evidence:
    lines = [line for line in sample.filled[:2] if named_delimiter(line) is None]
    name = lines[0].strip().strip('"') if lines else ""
    fits = sample.suffix in _SUFFIXES and len(text_candidates([name])) == 1
    return Evidence(SHARED, f"one column '{name}'") if fits else NONE


def _is_header(fields: Sequence[str]) -> bool:
    """Whether fields may be names of columns: short, each another, none a number; the first may be empty."""
    named = [field.strip() for field in fields[1:]] + [field.strip() for field in fields[:1] if field.strip()]
    return (
        bool(named)
        and len(set(named)) == len(named)
        and all(name and len(name) <= 40 and not name[0].isdigit() for name in named)
    )


FORMAT = Format(
    name="csv-text",
    description="a table (CSV, TSV) with a text column: a document a row; entities as JSON: id,text,entities",
    suffixes=_SUFFIXES,
    sniff=_sniff,
    read=read,
    write=write,
    keys=("id", "text", "entities"),
    options=("text_column", "label_names", *OFFSETS),
    labels=True,
)
