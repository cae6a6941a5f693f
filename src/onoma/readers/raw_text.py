"""Text without labels, to learn from: files of it, a paragraph a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onoma.readers.bounds import MAX_DOCUMENT_MB
from onoma.readers.source import Source


@dataclass(frozen=True, slots=True)
class RawText:
    """Files of text.

    Args:
        files: plain or packed; ``-`` is standard input.
        encoding: of all of them.
        max_document_mb: longest line, in 2 ** 20 characters; 0 for no bound.
    """

    files: tuple[str, ...]
    encoding: str = "utf-8"
    max_document_mb: int = MAX_DOCUMENT_MB

    @property
    def name(self) -> str:
        """What messages call it: the first file."""
        return Source(self.files[0]).name

    def lines(self) -> Iterator[str]:
        """Yield the lines of all files without their ends; blank ones, too.

        Raises:
            DataError: while iterating, on unreadable, undecodable or damaged input; a line that is too long.
        """
        for file in self.files:
            yield from Source(file, self.encoding, self.max_document_mb).lines()
