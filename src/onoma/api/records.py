"""Data that a program holds, as the lines of span JSONL that it would be in a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from numbers import Integral
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from onoma.errors import ConfigError, DataError
from onoma.readers import detect_format, read_documents, write_documents
from onoma.text import Corpus, Document

_MISSING = ("NaTType", "NAType")
_NOT_OURS = ("unknown-format", "header")
"""What is said of a table that no format explains."""
_LOOKED_AT = 200
"""Rows of a table that tell what it is."""


def as_records(data: Any) -> list[Any]:
    """Return documents, or dictionaries; rows of a DataFrame or data set are dictionaries.

    Raises:
        TypeError: it is no data at all.
        DataError: something is neither a dictionary nor a document, or there is some of each.
    """
    if isinstance(data, str | bytes | Mapping) or not isinstance(data, Iterable):
        kind = type(data).__name__
        raise TypeError(f"data is a path, documents, dictionaries, a DataFrame or a data set, not {kind}")
    features = getattr(data, "features", None)
    if isinstance(data, Corpus):
        listed: list[Any] = list(data.documents)
    elif hasattr(data, "iterrows"):
        listed = _of_frame(data)
    elif features is not None and hasattr(data, "column_names"):
        listed = [{key: _named(value, features.get(key)) for key, value in row.items()} for row in data]
    else:
        listed = list(data)
    kinds = {_kind(one) for one in listed}
    if wrong := sorted(kinds - {"document", "dictionary"}):
        raise DataError(f"records must be dictionaries or documents, not {wrong[0]}", code="wrong-type")
    if len(kinds) > 1:
        raise DataError("records are dictionaries or documents, not some of each", code="wrong-type")
    return listed


def _of_frame(table: Any) -> list[Any]:
    """Return the rows of a DataFrame; documents where it is, as CSV, what one of the formats of tables is.

    So a frame that `pandas.read_csv` gave is what its file is: a token a row, entities as text in a cell.

    Raises:
        DataError: it is a table of such a format, with a fault.
    """
    rows = [_of_table(row) for row in table.to_dict(orient="records")]
    with TemporaryDirectory() as folder:
        records, cells = Path(folder) / "rows.jsonl", Path(folder) / "rows.csv"
        write_records(records, rows[:_LOOKED_AT])
        try:
            if not rows or detect_format(records):
                return rows
        except DataError as error:
            if error.code not in _NOT_OURS:
                return rows
        table.to_csv(cells, index=False)
        try:
            return list(read_documents(cells))
        except DataError as error:
            if error.code in _NOT_OURS:
                return rows  # whoever reads them says what is missing
            number = "" if error.line is None else f"row {error.line - 1}: "
            raise DataError(f"{number}{error.message}", code=error.code, text=error.text) from None


def is_in_memory(data: object) -> bool:
    """Whether it is a corpus, a table, or a list that begins with a dictionary or a document."""
    if isinstance(data, Corpus) or hasattr(data, "iterrows") or hasattr(data, "column_names"):
        return True
    return isinstance(data, list | tuple) and bool(data) and isinstance(data[0], Mapping | Document)


def write_records(path: Path, listed: list[Any]) -> None:
    """Write what `as_records` gave as span JSONL, faults and all.

    Raises:
        DataError: a value that JSON has no form for.
    """
    if listed and isinstance(listed[0], Document):
        write_documents(path, listed)
        return
    lines = []
    for number, one in enumerate(listed, start=1):
        try:
            lines.append(json.dumps(_without_missing(one), default=_plain) + "\n")
        except (TypeError, ValueError, RecursionError) as error:
            raise DataError(f"record {number}: {error}", code="wrong-type") from None
    path.write_text("".join(lines), encoding="utf-8")


def split_path(folder: Path, split: str) -> Path:
    """Return where a split that is in memory is written: in this folder, whatever its name is.

    Raises:
        ConfigError: the name is no plain one.
    """
    if split in ("", ".", "..") or Path(split).name != split or "\\" in split or "\0" in split:
        raise ConfigError(f"{split!r} cannot be the name of a split")
    return folder / f"{split}.jsonl"


def _kind(one: object) -> str:
    if isinstance(one, Document):
        return "document"
    return "dictionary" if isinstance(one, Mapping) else type(one).__name__


def _of_table(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of a DataFrame: what is missing in it, None included, is not there."""
    return {str(name): value for name, value in row.items() if value is not None}


def _without_missing(record: Mapping[Any, Any]) -> dict[Any, Any]:
    """Leave out what numpy and pandas have where nothing is."""
    return {name: value for name, value in record.items() if not _is_missing(value)}


def _is_missing(value: object) -> bool:
    return (isinstance(value, float) and value != value) or type(value).__name__ in _MISSING


def _plain(value: Any) -> Any:
    """Return what stands for a value in JSON: numpy's as Python's, others as text."""
    if isinstance(value, bytes | bytearray | memoryview):
        raise TypeError("bytes are no text: decode them")
    as_list = getattr(value, "tolist", None)
    return as_list() if as_list is not None else str(value)


def _named(value: Any, feature: Any) -> Any:
    """Give numbers of a ClassLabel their names, however deep, and in whichever library's arrays."""
    if value is None or feature is None:
        return value
    if (names := getattr(feature, "names", None)) and isinstance(value, Integral):
        return names[int(value)] if 0 <= int(value) < len(names) else value
    if isinstance(feature, Mapping) and isinstance(value, Mapping):
        return {key: _named(one, feature.get(key)) for key, one in value.items()}
    inner = getattr(feature, "feature", None)
    if inner is None:
        return value
    if isinstance(value, Mapping) and isinstance(inner, Mapping):  # a list of structures, as columns
        return {key: [_named(one, inner.get(key)) for one in column] for key, column in value.items()}
    listed = value.tolist() if hasattr(value, "tolist") else value
    return [_named(one, inner) for one in listed] if isinstance(listed, list | tuple) else value
