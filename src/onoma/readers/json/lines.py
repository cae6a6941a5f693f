"""JSON lines, strictly: one object a line, every fault located by line and character."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

from onoma.errors import DataError
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.source import Source

JsonObject = dict[str, Any]
T = TypeVar("T")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def read_objects(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[tuple[int, JsonObject]]:
    """Yield (line number, object); blank lines are passed over.

    Raises:
        DataError: a line that is not one JSON object, under ``on_error="strict"``; otherwise it is noted and
            left out.
    """
    return read_parsed_lines(source, options, log, parse_object)


def read_parsed_lines(
    source: Source, options: ReadOptions, log: ReadLog, parse: Callable[[str], T]
) -> Iterator[tuple[int, T]]:
    """Yield (line number, what ``parse`` makes of the line); as `read_objects`."""
    pending: DataError | None = None  # a fault waits for one more line: on the last it means "cut short"
    for number, line in enumerate(source.lines(), 1):
        if pending is not None:
            log.leave_out(pending, options.on_error)
            pending = None
        if not line.strip():
            continue
        try:
            record = parse(line)
        except DataError as error:
            pending = located(error, source.name, number)
        else:
            yield number, record
    if pending is not None:
        if pending.code == "json-syntax" and not (pending.text or "").rstrip().endswith(("}", "]")):
            pending = DataError(
                "the last line breaks off: the file is cut short; get it whole or delete the line",
                code="truncated",
                path=pending.path,
                line=pending.line,
                column=pending.column,
            )
        log.leave_out(pending, options.on_error)


def located(error: DataError, path: str, line: int) -> DataError:
    """Return the same error with its place; a line of its own stays."""
    return DataError(
        error.message,
        code=error.code,
        path=path,
        line=error.line or line,
        column=error.column,
        text=error.text,
    )


def parse_object(line: str) -> JsonObject:
    """Parse one JSON object.

    Raises:
        DataError: as `parse_value`, or not an object.
    """
    record = parse_value(line)
    if not isinstance(record, dict):
        raise DataError('the line must hold an object: {"text": ...}', code="not-an-object", text=line)
    return record


def parse_value(line: str) -> Any:
    """Parse one JSON value.

    Raises:
        DataError: without path and line: bad syntax (with column), a key twice, NaN or Infinity, nested too
            deep, a lone surrogate.
    """
    try:
        record = _DECODER.decode(line)
        if _SURROGATE_ESCAPE.search(line):
            json.dumps(record, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        column = error.pos + 1
        message = f"not JSON: {error.msg[0].lower()}{error.msg[1:]}"
        raise DataError(
            message, code="json-syntax", column=column, text=line[max(0, error.pos - 20) :]
        ) from None
    except RecursionError:
        raise DataError("nested too deep to be read", code="json-nesting", text=line) from None
    except UnicodeEncodeError as error:
        shown = error.object[max(0, error.start - 20) : error.end + 20]
        message = "a lone surrogate (half of a \\ud8xx\\udcxx pair); write the whole character"
        raise DataError(message, code="lone-surrogate", text=shown) from None
    except ValueError as error:
        raise DataError(f"a number that cannot be read: {error}", code="json-number", text=line) from None
    return record


def as_json(value: object) -> str:
    """Return a value as an error shows it."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _unique_keys(pairs: list[tuple[str, Any]]) -> JsonObject:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the key '{twice}' stands twice in one object", code="duplicate-key", text=twice)
    return record


def _refuse_constant(name: str) -> NoReturn:
    raise DataError(f"{name} is not JSON; use null or leave it out", code="json-number", text=name)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
