"""How large a line or a document may be, so that no file, whatever it unpacks to, takes all memory."""

from __future__ import annotations

import sys
from collections.abc import Callable

from onoma.errors import DataError

MAX_DOCUMENT_MB = 64
"""Largest line, and largest document, in millions (2 ** 20) of characters, unless the user says otherwise."""
_SLACK = 1 << 23
"""Formats read ahead: so much text without a document says nothing yet."""
_LINE = 16
"""Characters that a line counts for at least: a row of two takes a hundred bytes of memory."""


class Bound:
    """The bound of one input; what is beyond it is refused in one line.

    Args:
        name: what errors call the input.
        max_mb: largest line or document, in 2 ** 20 characters; 0 for no bound.
    """

    def __init__(self, name: str, max_mb: int = MAX_DOCUMENT_MB) -> None:
        self.max_mb = max_mb
        self.limit = max_mb << 20 or sys.maxsize
        self._name = name
        self._taken = self._before = self._begun = 0
        self._done: Callable[[], int] | None = None

    def watch(self, done: Callable[[], int]) -> None:
        """Bound what is read while ``done``, a count of the documents that came of it, stands still."""
        self._done = done

    def take(self, characters: int, line: int) -> None:
        """Account for text that was handed out, up to a line, and has been used by now.

        Raises:
            DataError: no document came of more text, or of more lines, than one may have.
        """
        if self._done is None:
            return
        done = self._done()
        if done != self._before:
            self._taken, self._begun, self._before = 0, line, done
            return
        self._taken += characters
        size = max(self._taken, _LINE * (line - self._begun))
        if size > self.limit + _SLACK:
            what = "no document ends in" + ("" if size == self._taken else " lines that count for")
            raise self._too_large(what, "document-too-large", line)

    def check_line(self, characters: int, line: int) -> None:
        """Refuse a line that is too long; it need not be complete."""
        if characters > self.limit:
            raise self._too_large("the line is longer than", "line-too-long", line)

    def check_document(self, characters: int, line: int | None = None) -> None:
        """Refuse a document that is too large; it need not be complete."""
        if characters > self.limit:
            raise self._too_large("the document is larger than", "document-too-large", line)

    def out_of_memory(self) -> DataError:
        """Return what to say where memory ended before the bound was reached."""
        bound = f"--max-document-mb is {self.max_mb}" if self.max_mb else "--max-document-mb is off"
        what = f"not enough memory to read it; divide it, or lower the bound of a document ({bound})"
        return DataError(what, code="out-of-memory", path=self._name)

    def _too_large(self, what: str, code: str, line: int | None) -> DataError:
        fix = "divide it, or allow more by --max-document-mb (0: no bound)"
        return DataError(f"{what} {self.max_mb} MB; {fix}", code=code, path=self._name, line=line)
