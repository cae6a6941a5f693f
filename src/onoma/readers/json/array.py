"""A JSON array of objects, an element at a time, every fault located by line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from onoma.errors import DataError
from onoma.readers.json.lines import JsonObject, located, parse_object
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.source import Source

T = TypeVar("T")
_PIECE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|"')
_SHOWN = 40


def read_array(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[tuple[int, JsonObject]]:
    """Yield (line on which it begins, object) for each element of the array that a file is.

    Also objects one after the other, without an array, are read. One element is held at a time, be the file a
    single line or many.

    Raises:
        DataError: a file that is no such array; an element that is no object, under ``on_error="strict"``,
            otherwise it is noted and left out.
    """
    return read_parsed_array(source, options, log, parse_object)


def read_parsed_array(
    source: Source, options: ReadOptions, log: ReadLog, parse: Callable[[str], T]
) -> Iterator[tuple[int, T]]:
    """Yield (line on which it begins, what ``parse`` makes of it) for each element; as `read_array`."""
    scanner = _Scanner(source.name)
    for part, ends in source.parts():
        for start, text in scanner.elements(part, ends=ends):
            try:
                yield start, _parse(parse, text, source.name, start)
            except DataError as error:
                log.leave_out(error, options.on_error)
    scanner.finish()


def _parse(parse: Callable[[str], T], text: str, path: str, start: int) -> T:
    try:
        return parse(text)
    except DataError as error:
        at = (error.column or 1) - 1
        line = start + text.count("\n", 0, at)
        place = DataError(error.message, code=error.code, text=error.text)
        raise located(place, path, line) from None


class _Scanner:
    """Finds where elements begin and end; a string never runs over a line."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._outer = 0  # 1 inside an array
        self._depth = 0
        self._parts: list[str] = []  # of the element begun before
        self._start = 0
        self._line = 1
        self._between = ""
        self._any = self._closed = False
        self._open: list[str] = []  # a string that is open at the end of a part
        self._held = self._needed = 0

    def elements(self, part: str, *, ends: bool) -> Iterator[tuple[int, str]]:
        """Yield (first line, text) of the elements that end in a line, or in a part of one.

        Args:
            part: what comes next.
            ends: whether its line ends with it.
        """
        if self._open:
            self._open.append(part)
            self._held += len(part)
            if self._held < self._needed and not ends:
                return  # a long string is not looked at again with each part of it
            part = "".join(self._open)
            self._open.clear()
        yield from self._scan(part, ends)
        self._line += ends

    def _scan(self, line: str, ends: bool) -> Iterator[tuple[int, str]]:
        first = last = 0  # the line from ``first`` belongs to an element, up to ``last`` to the one before
        end = len(line)
        for match in _PIECE.finditer(line):
            piece, inside = match[0], self._depth > self._outer
            if piece == '"':
                if ends:
                    self._fail("a string is not closed on its line", "json-syntax", line[match.start() :])
                end = match.start()
                self._open, self._held = [line[end:]], len(line) - end
                self._needed = 2 * self._held
                break
            if piece[0] == '"':
                continue
            if piece in "[{":
                if not inside:
                    self._between += line[last : match.start()]
                    # Only what an error shows: a whole file may be on one line, and is not copied each time.
                    self._check_between(line[match.start() : match.start() + _SHOWN])
                    if piece == "[" and not self._outer and not self._any:
                        self._outer = self._depth = 1
                        last = match.end()
                        continue
                    self._any, self._start, first = True, self._line, match.start()
                self._depth += 1
                continue
            self._depth -= 1
            if inside and self._depth == self._outer:
                yield self._start, "".join((*self._parts, line[first : match.end()]))
                self._parts, last = [], match.end()
            elif not inside:
                self._close(piece, line[last : match.start()], line[match.start() : match.start() + _SHOWN])
                last = match.end()
        rest = line[first if self._depth > self._outer else last : end]
        if self._depth > self._outer:
            self._parts.append(f"{rest}\n" if ends else rest)
        else:
            self._between += rest

    def _close(self, piece: str, before: str, after: str) -> None:
        """Take a bracket that closes the array."""
        if self._closed or not self._outer or piece != "]":
            self._fail(f"a '{piece}' that closes nothing", "json-syntax", after)
        self._between += before
        if self._between.strip():
            self._fail("expected an object before the ']'", "json-syntax", self._between.strip())
        self._between, self._closed = "", True

    def finish(self) -> None:
        """Check that the array is closed and nothing follows it."""
        self._line -= 1
        if self._depth > (0 if self._closed else self._outer) or (self._outer and not self._closed):
            what = "the file ends inside an element or array: it is cut short; get it whole"
            raise DataError(what, code="truncated", path=self._path, line=self._line or None)
        if self._between.strip():
            self._fail("only an array of objects is read", "json-syntax", self._between.strip())

    def _check_between(self, after: str) -> None:
        expected = "," if self._outer and self._any else ""
        if self._closed or self._between.strip() != expected:
            what = f"expected {'a comma' if expected else 'an object or an array of objects'} here"
            self._fail(what, "json-syntax", (self._between.strip() + after)[:_SHOWN])
        self._between = ""

    def _fail(self, what: str, code: str, text: str) -> None:
        raise DataError(f"not JSON: {what}", code=code, path=self._path, line=self._line, text=text)
