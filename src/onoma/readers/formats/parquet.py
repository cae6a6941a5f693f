"""Parquet files: tokens and tags, or text and spans, or text alone; read through pyarrow, batch by batch.

The names of tags that are numbers come from Hugging Face's metadata in the file, where it has such. Rows are
counted from 1, and errors name them as they name lines elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json.span_records import span_record
from onoma.readers.log import ReadLog
from onoma.readers.magic import find_kind
from onoma.readers.options import ReadOptions
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.tables.arrow_files import PARQUET_MAGIC, open_parquet
from onoma.readers.tables.arrow_tables import arrow_faults, import_pyarrow, read_table
from onoma.text import Document, Ledger

_KIND = "a parquet file"
_GROUP_ROWS = 5_000


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        MissingExtraError: pyarrow is not installed.
        DataError: the file is damaged, has no known columns, or under ``on_error="strict"`` a faulty row.
    """
    with ExitStack() as stack:
        with arrow_faults(source.name, _KIND):
            table = open_parquet(source, stack)
        yield from read_table(table, source, options, log, _KIND)


def write_file(path: Path, documents: Iterable[Document]) -> Ledger:
    """Write ``id``, ``text``, ``entities`` (structs of start, end, label, score), ``labels``; it streams.

    Raises:
        MissingExtraError: pyarrow is not installed.
        DataError: an entity that is not the text at its offsets.
    """
    pyarrow = import_pyarrow("pyarrow", "parquet files")
    parquet = import_pyarrow("pyarrow.parquet", "parquet files")
    schema = _schema(pyarrow)
    log = ReadLog()
    rest = iter(documents)
    with path.open("wb") as stream, parquet.ParquetWriter(stream, schema) as writer:
        while group := list(islice(rest, _GROUP_ROWS)):
            rows = [_row(document, log) for document in group]
            writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
    return log.ledger()


def _schema(pyarrow: Any) -> Any:
    entity = [("start", pyarrow.int64()), ("end", pyarrow.int64())]
    entity += [("label", pyarrow.string()), ("score", pyarrow.float64())]
    return pyarrow.schema(
        [
            ("id", pyarrow.string()),
            ("text", pyarrow.string()),
            ("entities", pyarrow.list_(pyarrow.struct(entity))),
            ("labels", pyarrow.list_(pyarrow.string())),
        ]
    )


def _row(document: Document, log: ReadLog) -> dict[str, Any]:
    return {
        "id": document.id,
        "text": document.text,
        "entities": [span_record(span, document, log) for span in document.entities],
        "labels": None if document.labels is None else list(document.labels),
    }


def _sniff(sample: Sample) -> Evidence:
    fits = sample.start.startswith(PARQUET_MAGIC) and find_kind(sample.start) is not None
    return Evidence(CERTAIN, _KIND) if fits else NONE


FORMAT = Format(
    name="parquet",
    description="parquet: tokens and ner_tags, or text with entities, or text alone (needs pyarrow)",
    suffixes=(".parquet", ".pq"),
    sniff=_sniff,
    read=read,
    write_file=write_file,
    binary=True,
    options=("scheme", "text_column", "label_names", *OFFSETS),
    labels=True,
)
