"""One input as lines of text, or as bytes: read once, front to back, so that a pipe works like a file."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from onoma.errors import DataError
from onoma.readers.decoding import Decoder, decode_lines
from onoma.readers.opening import read_blocks, strip_compression
from onoma.readers.sample import LINES, Sample

_START_BYTES = 512


class Source:
    """One input: a plain, ``.gz`` or ``.zip`` file with one member, or ``-`` for standard input; or a folder.

    Nothing is opened before its content is asked for.

    Args:
        path: as the user named it.
        encoding: text encoding of the (decompressed) bytes.

    Attributes:
        name: what errors call it: the path as given, ``<stdin>`` for ``-``.
        stem: file name without folder and suffixes; document ids begin with it.
        was_blank: whether what was read so far is nothing but white space.
    """

    def __init__(self, path: str | Path, encoding: str = "utf-8") -> None:
        self.path = None if str(path) == "-" else Path(path)
        self.name = "<stdin>" if self.path is None else str(path)
        self.stem = "stdin" if self.path is None else strip_compression(self.path).stem
        self._reading = read_blocks(self.path, self.name)
        self._begun: list[bytes] = []  # blocks looked at and not handed out
        self._decoder = Decoder(encoding, self.name)
        self._lines = decode_lines(self.blocks(), self._decoder)
        self._stream: Iterator[str] = itertools.chain.from_iterable(self._lines)
        self._peeked: list[str] = []
        self._sample: Sample | None = None
        self.was_blank = not self.is_folder

    def check_place(self) -> None:
        """Refuse a name that no file or folder can have, or that leads nowhere; there may be nothing yet.

        Raises:
            DataError: too long, a link that leads back to itself, a path below a file, not permitted.
        """
        try:
            if self.path is not None:
                self.path.stat()
        except FileNotFoundError:
            return
        except ValueError:
            raise DataError("no file can have such a name", code="no-file", path=self.name) from None
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            raise DataError(what, code="unreadable", path=self.name) from None

    def blocks(self) -> Iterator[bytes]:
        """Yield the decompressed bytes; for formats that are no text.

        Raises:
            DataError: while iterating, on unreadable or damaged input.
        """
        while self._begun:
            yield self._begun.pop(0)
        for block in self._reading:
            self.was_blank = self.was_blank and (not block or block.isspace())
            yield block

    def start(self) -> bytes:
        """Return the first bytes (some 512, or all) without consuming them; nothing was read before."""
        while sum(map(len, self._begun)) < _START_BYTES and (block := next(self._reading, None)) is not None:
            self.was_blank = self.was_blank and (not block or block.isspace())
            self._begun.append(block)
        return b"".join(self._begun)[:_START_BYTES]

    def head(self, count: int) -> list[str]:
        """Return up to ``count`` first lines without consuming them."""
        missing = count - len(self._peeked)
        if missing > 0:
            self._peeked.extend(itertools.islice(self._stream, missing))
        return self._peeked[:count]

    def sample(self) -> Sample:
        """Return the beginning, as formats look at it; nothing is consumed.

        Raises:
            DataError: unreadable, undecodable or damaged input; a binary file that no format reads.
        """
        if self._sample is None:
            head = self.head(LINES)
            self._sample = Sample(head, whole=len(head) < LINES, suffix=self.suffix, path=self.path)
        return self._sample

    def lines(self) -> Iterator[str]:
        """Return the lines without their ends; may be called once.

        Raises:
            DataError: while iterating, on unreadable, undecodable or damaged input.
        """
        peeked, self._peeked = self._peeked, []
        self._sample = None  # a first line may be the whole file: it is not held while that is streamed
        return itertools.chain(peeked, self._stream)

    def text(self) -> str:
        """Return the whole file as it is, line ends included; nothing must have been read before.

        Raises:
            DataError: on unreadable, undecodable or damaged input.
        """
        parts = []
        for data in itertools.chain(self.blocks(), [b""]):
            parts.append(self._decoder.decode(data, last=not data))
            self._decoder.lines_before += parts[-1].count("\n")
        return "".join(parts)

    @property
    def suffix(self) -> str:
        """The suffix of the name in small letters, compression left off; empty for standard input."""
        return "" if self.path is None else strip_compression(self.path).suffix.lower()

    @property
    def line_end(self) -> str:
        """What ends the lines, as far as it is read: ``\\n``, or ``\\r`` where there is no other."""
        return self._decoder.line_end

    @property
    def is_folder(self) -> bool:
        """Whether the input is a folder, which only some formats read."""
        return self.path is not None and os.path.isdir(self.path)  # noqa: PTH112 - pathlib's raises

    @property
    def is_pipe(self) -> bool:
        """Whether the input can be read only once: standard input, a named pipe, another device."""
        if self.path is None:
            return True
        try:
            mode = self.path.stat().st_mode
        except (OSError, ValueError):
            return False  # whoever reads it will say what is wrong with it
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))

    def close(self) -> None:
        """Close the file although its end was not reached."""
        self._lines.close()
        self._reading.close()
