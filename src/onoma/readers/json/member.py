"""A JSON object with the records in a list under one of its keys: ``{"version": ..., "data": [...]}``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from onoma.errors import DataError
from onoma.readers.json.lines import JsonObject, T, located, parse_object
from onoma.readers.json.window import Window
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.source import Source


def read_member(
    source: Source, key: str, options: ReadOptions, log: ReadLog
) -> Iterator[tuple[int, JsonObject]]:
    """Yield (line on which it begins, object) for each element of a list in the object that a file is.

    One element is held at a time; so is what stands before and after the list, a value at a time.

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
    window = Window(source)
    _find_list(window, key, source.name)
    while not window.take("]"):
        line = _line_of_next(window)
        _, text = window.value()
        try:
            yield line, parse(text)
        except DataError as error:
            log.leave_out(located(error, source.name, line), options.on_error)
        if window.take(","):
            continue
        if window.next() != "]":
            window.fail()
    while window.take(","):
        _key(window)
        window.value()
    if not window.take("}") or window.next():
        window.fail()


def _line_of_next(window: Window) -> int:
    window.next()
    return window.line


def _key(window: Window) -> str:
    """Consume a key and its colon."""
    name, _ = window.value()
    if not isinstance(name, str) or not window.take(":"):
        window.fail()
    return name


def _find_list(window: Window, key: str, path: str) -> None:
    """Consume the beginning of the object, up to the first element of the list."""
    is_open = window.take("{")
    start = window.line
    while is_open and window.next() == '"':
        if _key(window) == key and window.take("["):
            return
        window.value()
        is_open = window.take(",")
    what = f"expected an object with a list '{key}'"
    raise DataError(what, code="missing-key", path=path, line=start)
