"""JSON as people bring it: a value a line, an array around them, or an object over several lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TypeVar

from onoma.readers.json.array import read_parsed_array
from onoma.readers.json.lines import JsonObject, parse_object, read_parsed_lines
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.sample import Sample
from onoma.readers.source import Source

T = TypeVar("T")


def read_json(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[tuple[int, JsonObject]]:
    """Yield (line on which it begins, object) for each object of JSON lines or of an array.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any object.
    """
    return read_parsed_json(source, options, log, parse_object)


def read_parsed_json(
    source: Source, options: ReadOptions, log: ReadLog, parse: Callable[[str], T]
) -> Iterator[tuple[int, T]]:
    """Yield (line on which it begins, what ``parse`` makes of it) for each value; as `read_json`."""
    read = read_parsed_lines if is_by_line(source.sample()) else read_parsed_array
    return read(source, options, log, parse)


def is_by_line(sample: Sample) -> bool:
    """Whether a sample holds, or is meant to hold, a JSON value on each line."""
    lines = sample.filled
    first = lines[0].strip() if lines else ""
    layout = sample.json.layout
    if first[:1] == "[":
        return layout == "lines" and _is_json(first)
    if layout == "lines":
        return True
    # An object over several lines goes on with a member; a line that begins an object again is one cut short.
    return len(lines) < 2 or layout == "none" or _is_json(first) or lines[1].lstrip()[:1] == "{"


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
