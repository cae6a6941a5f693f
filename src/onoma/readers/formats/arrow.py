"""Arrow files and streams, as Hugging Face's ``datasets`` caches them: the columns are those of `parquet`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.magic import find_kind
from onoma.readers.options import ReadOptions
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.tables.arrow_files import ARROW_MAGIC, STREAM_MAGIC, open_arrow
from onoma.readers.tables.arrow_tables import arrow_faults, read_table
from onoma.text import Document

_KIND = "an Arrow file"


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        MissingExtraError: pyarrow is not installed.
        DataError: the file is damaged, has no known columns, or under ``on_error="strict"`` a faulty row.
    """
    with ExitStack() as stack:
        with arrow_faults(source.name, _KIND):
            table = open_arrow(source, stack)
        yield from read_table(table, source, options, log, _KIND)


def _sniff(sample: Sample) -> Evidence:
    fits = sample.start.startswith((ARROW_MAGIC, STREAM_MAGIC)) and find_kind(sample.start) is not None
    return Evidence(CERTAIN, _KIND) if fits else NONE


FORMAT = Format(
    name="arrow",
    description="Arrow files and streams, as datasets caches them: the columns of parquet (needs pyarrow)",
    suffixes=(".arrow", ".feather"),
    sniff=_sniff,
    read=read,
    binary=True,
    options=("scheme", "text_column", "label_names", *OFFSETS),
)
