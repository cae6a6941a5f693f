"""A JSON object with the records in a list under one of its keys: ``{"version": ..., "data": [...]}``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from onoma.errors import DataError
from onoma.readers.json.lines import JsonObject, T, located, parse_object
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.source import Source

_DECODER = json.JSONDecoder()
_WHITE = " \t\r\n"


def read_member(
    source: Source, key: str, options: ReadOptions, log: ReadLog
) -> Iterator[tuple[int, JsonObject]]:
    """Yield (line on which it begins, object) for each element of a list in the object that a file is.

    The file is held as a whole: the list may stand anywhere in it.

    Args:
        source: of which nothing was consumed.
        key: of the list.
        options: policies.
        log: gets what is left out.

    Raises:
        DataError: the file is no such object; an element is no object, under ``on_error="strict"``, otherwise
            it is noted and left out.
    """
    return read_parsed_member(source, key, options, log, parse_object)


def read_parsed_member(
    source: Source, key: str, options: ReadOptions, log: ReadLog, parse: Callable[[str], T]
) -> Iterator[tuple[int, T]]:
    """Yield (line on which it begins, what ``parse`` makes of it) for each element; as `read_member`."""
    text = "\n".join(source.lines())
    at = _find_list(text, key, source.name)
    line, counted = 1, 0
    while text[at : at + 1] != "]":
        try:
            end = _DECODER.raw_decode(text, at)[1]
        except (ValueError, RecursionError) as error:
            raise _syntax(text, at, error, source.name) from None
        line, counted = line + text.count("\n", counted, at), at
        try:
            yield line, parse(text[at:end])
        except DataError as error:
            log.leave_out(located(error, source.name, line), options.on_error)
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise _syntax(text, at, None, source.name)
    _check_end(text, at + 1, source.name)


def _check_end(text: str, at: int, path: str) -> None:
    """Check that the object goes on, and ends, as an object does after its list."""
    at = _skip(text, at)
    try:
        while text[at : at + 1] == ",":
            at = _skip(text, at + 1)
            _, at = _DECODER.raw_decode(text, at)
            at = _skip(text, at)
            if text[at : at + 1] != ":":
                raise _syntax(text, at, None, path)
            at = _skip(text, _DECODER.raw_decode(text, _skip(text, at + 1))[1])
    except (ValueError, RecursionError) as error:
        raise _syntax(text, at, error, path) from None
    if text[at : at + 1] != "}" or text[at + 1 :].strip():
        raise _syntax(text, at, None, path)


def _find_list(text: str, key: str, path: str) -> int:
    """Return where the first element of the list stands, or the bracket that closes it."""
    at = _skip(text, 0)
    at = _skip(text, at + 1) if text[at : at + 1] == "{" else len(text)
    while at < len(text) and text[at] == '"':
        try:
            name, at = _DECODER.raw_decode(text, at)
            at = _skip(text, at)
            if text[at : at + 1] != ":":
                break
            at = _skip(text, at + 1)
            if name == key and text[at : at + 1] == "[":
                return _skip(text, at + 1)
            at = _skip(text, _DECODER.raw_decode(text, at)[1])
        except (ValueError, RecursionError) as error:
            raise _syntax(text, at, error, path) from None
        at = _skip(text, at + 1) if text[at : at + 1] == "," else at
    what = f"expected an object with a list '{key}'"
    raise DataError(what, code="missing-key", path=path, line=1 + text.count("\n", 0, at), text=text[:80])


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _WHITE:
        at += 1
    return at


def _syntax(text: str, at: int, error: Exception | None, path: str) -> DataError:
    if isinstance(error, json.JSONDecodeError):
        at = error.pos
    line = 1 + text.count("\n", 0, at)
    if not text[at:].strip():
        what = "the file ends inside the list of records: it is cut short; get it whole"
        return DataError(what, code="truncated", path=path, line=line)
    reason = (
        error.msg if isinstance(error, json.JSONDecodeError) else "expected a comma or the end of the list"
    )
    if isinstance(error, RecursionError):
        reason = "nested too deep to be read"
    what = f"not JSON: {reason[0].lower()}{reason[1:]}"
    return DataError(what, code="json-syntax", path=path, line=line, text=text[at : at + 40])
