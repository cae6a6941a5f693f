"""The beginning of an input, as formats look at it to tell whose it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from onoma.readers.tables.csv_rows import read_rows

LINES = 1_000
CHARACTERS = 1 << 18
"""So much of a file is looked at."""
_MAX_VALUES = 200
_MAX_ROWS = 200
_DELIMITERS = (",", ";", "\t", "|")
_DECODER = json.JSONDecoder()

JsonLayout = Literal["none", "lines", "array", "object"]


class JsonSample(NamedTuple):
    """The JSON of a sample, as far as it can be parsed.

    Args:
        layout: ``lines`` (a value on each line; also a file of one line with an object), ``array`` (one array
            around all), ``object`` (one object over several lines, or several such), ``none`` (no JSON).
        values: the lines' values, the array's elements, or the objects; the last one may be cut.
    """

    layout: JsonLayout
    values: Sequence[Any]

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The values that are objects."""
        return [value for value in self.values if isinstance(value, dict)]


class TableSample(NamedTuple):
    """The beginning of a file of separated values whose first row is as wide as most of the others.

    Args:
        delimiter: what separates the fields.
        header: the first row's.
        rows: the fields of those after it that are sound.
    """

    delimiter: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


class Sample:
    """The beginning of an input; what it might be parsed as is parsed once, when it is asked for.

    Args:
        lines: the first ones, without line ends; none where the bytes are no text.
        whole: whether there are no others.
        suffix: of the name, in small letters, compression left off.
        start: the first bytes, decompressed.
        path: the file; None for standard input.
    """

    def __init__(
        self,
        lines: Sequence[str],
        *,
        whole: bool = True,
        suffix: str = "",
        start: bytes = b"",
        path: Path | None = None,
    ) -> None:
        self.lines = lines
        self.whole = whole
        self.suffix = suffix
        self.start = start
        self.path = path

    @cached_property
    def text(self) -> str:
        """The lines joined, up to `CHARACTERS`."""
        return "\n".join(self.lines)[:CHARACTERS]

    @cached_property
    def filled(self) -> list[str]:
        """The lines that are not blank."""
        return [line for line in self.lines if line and not line.isspace()]

    @cached_property
    def json(self) -> JsonSample:
        """The sample as JSON."""
        if not self.filled or self.filled[0].lstrip()[:1] not in ("{", "["):
            return JsonSample("none", ())
        if len(self.filled) == 1 and len(self.filled[0]) > CHARACTERS and self.filled[0].lstrip()[0] == "[":
            # A whole data set on one line: its beginning will do.
            partial = _partial_values(self.text.lstrip())
            if len(partial.values) > 1:
                return partial
        parsed = [_parse(line) for line in self.filled[:_MAX_VALUES]]
        values = [value for value in parsed if value is not None]
        if len(self.filled) == 1 and values and isinstance(values[0], list):
            return JsonSample("array", values[0][:_MAX_VALUES])
        if values and (parsed[0] is not None or 2 * len(values) > len(parsed)):
            return JsonSample("lines", values)
        return _partial_values(self.text.lstrip())

    @cached_property
    def table(self) -> TableSample | None:
        """The sample as separated values, in the way that gives the most columns; None where none does."""
        if self.json.layout != "none":
            return None
        found = [table for mark in _DELIMITERS if (table := _read_table(self.lines, mark)) is not None]
        return max(found, key=lambda table: len(table.header), default=None)


def _parse(line: str) -> Any:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _partial_values(text: str) -> JsonSample:
    """Return what can be parsed of an array, or of objects one after the other, that may be cut."""
    if text[:1] == "[":
        elements, _ = _elements(text, 0)
        return JsonSample("array", elements) if elements else JsonSample("none", ())
    objects: list[Any] = []
    at = 0
    while at < len(text) and text[at] == "{" and len(objects) < _MAX_VALUES:
        value, at = _value(text, at)
        if not value:
            break
        objects.append(value)
        at = _skip(text, at, " \t\r\n,")
    return JsonSample("object", objects) if objects else JsonSample("none", ())


def _value(text: str, at: int) -> tuple[Any, int]:
    """Return a value and where it ends; of one that is cut, or damaged, what comes before that."""
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        if text[at : at + 1] == "[":
            return _elements(text, at)
        return _members(text, at) if text[at : at + 1] == "{" else (None, len(text))


def _elements(text: str, at: int) -> tuple[list[Any], int]:
    elements: list[Any] = []
    at = _skip(text, at + 1)
    while at < len(text) and text[at] != "]" and len(elements) < _MAX_VALUES:
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            cut, _ = _members(text, at) if text[at] == "{" else (None, at)
            return ([*elements, cut] if cut and not elements else elements), len(text)
        elements.append(value)
        at = _skip(text, at, " \t\r\n,")
    return elements, at + 1


def _members(text: str, at: int) -> tuple[dict[str, Any], int]:
    """Read an object's members one by one; a member that is an array or object may be cut in turn."""
    members: dict[str, Any] = {}
    at = _skip(text, at + 1)
    while at < len(text) and text[at] == '"':
        try:
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, at)
            if text[at : at + 1] != ":":
                break
            at = _skip(text, at + 1)
            members[key], at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            if text[at : at + 1] == "[":
                members[key], _ = _elements(text, at)
            return members, len(text)
        at = _skip(text, at, " \t\r\n,")
    return members, at + 1


def _skip(text: str, at: int, white: str = " \t\r\n") -> int:
    while at < len(text) and text[at] in white:
        at += 1
    return at


def _read_table(lines: Sequence[str], delimiter: str) -> TableSample | None:
    if not lines or not any(delimiter in line for line in lines[:1]):
        return None
    rows = read_rows(lines, "", delimiter=delimiter)
    header = next(rows, None)
    if header is None or header.fault is not None or len(header.fields) < 2:
        return None
    read = list(islice(rows, _MAX_ROWS))
    sound = [row.fields for row in read if row.fault is None]
    return TableSample(delimiter, header.fields, sound) if 2 * len(sound) >= len(read) else None
