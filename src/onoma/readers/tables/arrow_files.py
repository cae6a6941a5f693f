"""Opening parquet and Arrow files: from the disk, or from memory where they are compressed or piped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from onoma.errors import DataError
from onoma.readers.source import Source
from onoma.readers.tables.arrow_tables import ROWS, Table, import_pyarrow

PARQUET_MAGIC = b"PAR1"
ARROW_MAGIC = b"ARROW1"
STREAM_MAGIC = b"\xff\xff\xff\xff"


def open_parquet(source: Source, stack: ExitStack) -> Table:
    """Open a parquet file, of which a row group's pages are read as they are needed.

    Args:
        source: the input.
        stack: closes the file.

    Raises:
        MissingExtraError: pyarrow is not installed.
        OSError, pyarrow's own: it is damaged.
    """
    parquet = import_pyarrow("pyarrow.parquet", "parquet files")
    file = stack.enter_context(parquet.ParquetFile(_handle(source, PARQUET_MAGIC, stack), pre_buffer=False))

    def batches(columns: Sequence[str]) -> Iterator[Any]:
        chosen = None if any("." in name for name in columns) else list(columns)
        return iter(file.iter_batches(batch_size=ROWS, row_groups=source.row_groups, columns=chosen))

    return Table(file.schema_arrow, batches)


def open_arrow(source: Source, stack: ExitStack) -> Table:
    """Open an Arrow IPC file or stream, which is mapped into memory where it can be; see `open_parquet`."""
    magic = STREAM_MAGIC if source.start().startswith(STREAM_MAGIC) else ARROW_MAGIC
    return open_ipc(_handle(source, magic, stack), stack, is_stream=magic == STREAM_MAGIC)


def open_ipc(handle: Any, stack: ExitStack, *, is_stream: bool) -> Table:
    """Open what an Arrow handle holds."""
    ipc = import_pyarrow("pyarrow.ipc", "Arrow files")
    reader = stack.enter_context(ipc.open_stream(handle) if is_stream else ipc.open_file(handle))

    def batches(columns: Sequence[str]) -> Iterator[Any]:
        if is_stream:
            return iter(reader)
        return (reader.get_batch(at) for at in range(reader.num_record_batches))

    return Table(reader.schema, batches)


def open_ipc_path(path: Path, stack: ExitStack) -> Table:
    """Open an Arrow file on the disk.

    Raises:
        DataError: there is no such file.
    """
    if not path.is_file():
        raise DataError("no such file, which the data set names", code="no-file", path=path)
    pyarrow = import_pyarrow("pyarrow", "Arrow files")
    with path.open("rb") as file:
        is_stream = file.read(len(STREAM_MAGIC)) == STREAM_MAGIC
    return open_ipc(stack.enter_context(pyarrow.memory_map(str(path))), stack, is_stream=is_stream)


def _handle(source: Source, magic: bytes, stack: ExitStack) -> Any:
    pyarrow = import_pyarrow("pyarrow", "tables")
    if source.path is not None and source.path.is_file():
        with source.path.open("rb") as file:
            is_plain = file.read(len(magic)) == magic
        if is_plain:
            return stack.enter_context(pyarrow.memory_map(str(source.path)))
    if source.remote is not None:
        file = stack.enter_context(source.remote.open())
        if file.peek(len(magic)).startswith(magic):
            return file
    return pyarrow.BufferReader(b"".join(source.blocks()))
