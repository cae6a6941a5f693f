"""Data by name as files, whatever it is: for jobs that read what they are about more than once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

from onoma.api.data import Data, as_files
from onoma.api.records import as_records
from onoma.errors import DataError
from onoma.text import Document


class DataFile(NamedTuple):
    """Data as a file.

    Args:
        path: where it lies.
        shown: what it is called: its path as it was given, or the name of what is in memory.
        origin: ``file``; or ``records`` or ``documents`` that are in memory. The latter were read before.
    """

    path: Path
    shown: str
    origin: Literal["file", "records", "documents"]


@contextmanager
def data_files(data: Mapping[str, Data]) -> Iterator[dict[str, DataFile]]:
    """Give data by name as files, what is in memory for as long as the block runs, faults and all.

    A fault of what is in memory that the block comes across is said to be one of its name.

    Raises:
        ConfigError: a name that cannot be a split's.
        DataError: data that is none.
        TypeError: likewise, or it is a single record.
    """
    if {"text", "tokens"} & data.keys():
        raise TypeError("this is one record: give a list of them, or splits by name")
    held = {name: one if isinstance(one, str | Path) else as_records(one) for name, one in data.items()}
    with TemporaryDirectory() as folder:
        paths = as_files(held, Path(folder), taken=False)
        files = {name: _data_file(one, name, paths[name]) for name, one in held.items()}
        try:
            yield files
        except DataError as error:
            names = {str(one.path): one.shown for one in files.values() if one.origin != "file"}
            if str(error.path) not in names:
                raise
            raise DataError(
                error.message, code=error.code, path=names[str(error.path)], line=error.line, text=error.text
            ) from None


def _data_file(held: str | Path | list[Any], name: str, path: Path) -> DataFile:
    if not isinstance(held, list):
        return DataFile(path, str(held), "file")
    return DataFile(path, name, "documents" if held and isinstance(held[0], Document) else "records")
