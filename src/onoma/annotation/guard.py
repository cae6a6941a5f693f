"""Lines that cannot be text are left out one by one: a bad byte costs its line, not the archive."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Generator, Iterable

from onoma.errors import DataError
from onoma.readers import ReadOptions, Source
from onoma.readers.bounds import MAX_DOCUMENT_MB
from onoma.readers.magic import find_kind
from onoma.readers.opening import read_blocks
from onoma.readers.remote import as_place

Refuse = Callable[[DataError], None]
"""Is told of a line that is left out, with its number; under ``on_error="strict"`` it raises."""

_STATEFUL = ("iso2022", "hz", "utf_7", "utf-7", "utf-16", "utf-32")
"""Beginnings of encodings in which a byte 10 need not be a line end, or a line depends on those before."""
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BYTES_PER_CHARACTER = 4


def has_plain_lines(start: bytes, encoding: str) -> bool:
    """Whether a byte 10 ends a line, and each line can be decoded by itself.

    Args:
        start: first bytes of the file.
        encoding: of the file, as the user says.
    """
    name = codecs.lookup(encoding).name.replace("_", "-")
    stateful = any(name.startswith(one.replace("_", "-")) for one in _STATEFUL)
    return not (stateful or start.startswith(_WIDE_MARKS) or b"\0" in start[:4])


def guarded_source(path: str, options: ReadOptions) -> Source:
    """Return a file to look at: what is wrong with single lines does not hinder telling what it is."""
    place = as_place(path)
    source = Source(place, options.encoding, options.max_document_mb)
    if source.is_folder or source.is_pipe:
        return source
    try:
        start = source.start()
        is_plain = find_kind(start) is None and has_plain_lines(start, options.encoding)
    finally:
        source.close()
    blocks = read_blocks(place, path)
    if is_plain:
        guard = LineGuard(blocks, options.encoding, path, lambda fault: None, options.max_document_mb)
        blocks = guard.blocks()
    return Source(place, options.encoding, options.max_document_mb, reading=blocks)


class LineGuard:
    """Hands bytes on with blank lines in the place of those that are no text.

    Args:
        blocks: the bytes.
        encoding: of which lines have to be.
        path: what refusals call the file.
        max_mb: longest line, in 2 ** 20 characters; 0 for no bound.
        refuse: see `Refuse`.

    Attributes:
        lines: ends of lines so far.
    """

    def __init__(
        self,
        blocks: Iterable[bytes],
        encoding: str,
        path: str,
        refuse: Refuse,
        max_mb: int = MAX_DOCUMENT_MB,
    ) -> None:
        self.lines = 0
        self._blocks = blocks
        self._encoding = encoding
        self._path = path
        self._refuse = refuse
        self._longest = max_mb << 20

    def blocks(self) -> Generator[bytes, None, None]:
        """Yield whole lines, as many at a time as there are; the last may have no end."""
        begun: list[bytes] = []
        held = 0
        for block in self._blocks:
            cut = block.rfind(b"\n") + 1
            if cut:
                yield self._checked(b"".join((*begun, block[:cut])))
                begun, held = [], 0
            if cut < len(block):
                held += len(block) - cut
                # What is longer than any line may be is refused anyway: no more is held than shows that.
                if not self._longest or held <= _BYTES_PER_CHARACTER * self._longest + len(block):
                    begun.append(block[cut:])
        if begun:
            yield self._checked(b"".join(begun))

    def _checked(self, lines: bytes) -> bytes:
        if self._fault(lines) is None:
            self.lines += lines.count(b"\n")
            return lines
        return b"".join(map(self._checked_line, _split(lines)))

    def _checked_line(self, line: bytes) -> bytes:
        fault = self._fault(line)
        end = b"\n" if line.endswith(b"\n") else b""
        self.lines += len(end)
        if fault is None:
            return line
        number = self.lines + (not end)
        self._refuse(DataError(fault[1], code=fault[0], path=self._path, line=number))
        return end

    def _fault(self, text: bytes) -> tuple[str, str] | None:
        """Return the kind of fault and what is wrong."""
        if b"\0" in text:
            return "nul", "a NUL character, which is no text"
        try:
            decoded = text.decode(self._encoding)
        except UnicodeDecodeError as error:
            return (
                "bad-encoding",
                f"byte {error.start + 1} of the line is not {self._encoding}: {error.reason}",
            )
        if self._longest and len(decoded) > self._longest:
            return "line-too-long", f"longer than {self._longest >> 20} MB; allow more by --max-document-mb"
        return None


def _split(lines: bytes) -> list[bytes]:
    """Return lines with their ends; `splitlines` would end some at a single carriage return."""
    parts = lines.split(b"\n")
    ended = [part + b"\n" for part in parts[:-1]]
    return [*ended, parts[-1]] if parts[-1] else ended
