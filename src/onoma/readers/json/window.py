"""JSON of any length, a value at a time: what is read is let go, what comes next is fetched when needed."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from onoma.errors import DataError
from onoma.readers.source import Source

_DECODER = json.JSONDecoder()
_WHITE = " \t\r\n"
_LEAST = 1 << 16
_NEAR = 16
"""A fault so near to the end of what is held may be due to its being cut there: no literal is longer."""


class Window:
    """A place in a JSON text, and what is held of the text from there on.

    Args:
        source: of which nothing was consumed.
    """

    def __init__(self, source: Source) -> None:
        self._path = source.name
        self._parts = source.parts()
        self._text = ""
        self._at = 0
        self._line = 1
        self._counted = 0  # the line is that of this place in the text
        self._ended = False  # whether a line is over, and another may come

    @property
    def line(self) -> int:
        """The line of the place."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def next(self) -> str:
        """Pass over white space and return the character there, which is not consumed; empty at the end."""
        while True:
            at, end = self._at, len(self._text)
            while at < end and self._text[at] in _WHITE:
                at += 1
            self._at = at
            if at < end or not self._more():
                return self._text[at : at + 1]

    def take(self, expected: str) -> bool:
        """Consume a character if it comes next."""
        found = self.next() == expected
        self._at += found
        return found

    def value(self) -> tuple[Any, str]:
        """Consume a value, and return it with its text.

        Raises:
            DataError: it is no JSON.
        """
        self.next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.pos > len(self._text) - _NEAR or error.msg.startswith("Unterminated string")
                if not (is_cut and self._more()):
                    self.fail(error)
            except (ValueError, RecursionError) as error:
                self.fail(error)
            else:
                if end < len(self._text) or not self._more():  # a number may go on
                    text, self._at = self._text[self._at : end], end
                    return value, text

    def fail(self, error: Exception | None = None) -> NoReturn:
        """Raise what is wrong here.

        Args:
            error: of the decoder; None where a comma or the end of a list or an object is missing.
        """
        at = error.pos if isinstance(error, json.JSONDecodeError) else self._at
        line = self.line + self._text.count("\n", self._at, at)
        if not self._text[at:].strip():
            what = "the file ends inside the list of records: it is cut short; get it whole"
            raise DataError(what, code="truncated", path=self._path, line=line)
        reason = "expected a comma or the end of the list"
        if isinstance(error, json.JSONDecodeError):
            reason = f"{error.msg[0].lower()}{error.msg[1:]}"
        elif isinstance(error, RecursionError):
            reason = "nested too deep to be read"
        elif error is not None:
            reason = f"a number that cannot be read: {error}"
        text = self._text[at : at + 40]
        raise DataError(f"not JSON: {reason}", code="json-syntax", path=self._path, line=line, text=text)

    def _more(self) -> bool:
        """Let go what was consumed and fetch as much again as is held, so that a long value is quick."""
        found = self._fetch(max(len(self._text) - self._at, _LEAST))
        if not found:
            return False  # a place in the text, such as that of a fault, stays what it is
        _ = self.line  # counts what is let go
        held = self._text[self._at :]
        self._text = "".join((held, *found))
        self._at = self._counted = 0
        return True

    def _fetch(self, wanted: int) -> list[str]:
        found: list[str] = []
        size = 0
        for part, ends in self._parts:
            found.append(f"\n{part}" if self._ended else part)
            self._ended = ends
            size += len(found[-1])
            if size > wanted:
                break
        return found
