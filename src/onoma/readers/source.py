"""One input as lines of text, or as bytes: read once, front to back, so that a pipe works like a file."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path, PurePath

from onoma.errors import DataError
from onoma.readers.bounds import MAX_DOCUMENT_MB, Bound
from onoma.readers.decoding import Decoder, decode_text, split_lines, split_parts, with_plain_ends
from onoma.readers.opening import read_blocks, strip_compression
from onoma.readers.remote import RemoteFile
from onoma.readers.sample import LINES, Sample

_START_BYTES = 512
_HEAD_CHARACTERS = 1 << 22
"""Of first lines no more is held; a longer first line is shown by its beginning."""


class Source:
    """One input: a plain, ``.gz`` or ``.zip`` file with one member, or ``-`` for standard input; or a folder.

    A file of another machine is read from front to back, as standard input is.

    Nothing is opened before its content is asked for.

    Args:
        path: as the user named it; or a file of another machine.
        encoding: text encoding of the (decompressed) bytes.
        max_document_mb: largest line or document, in 2 ** 20 characters; 0 for no bound.
        reading: yields the bytes in the place of the file's own: a part of it, such as some of its lines.
        row_groups: of a parquet file, those that are read; None for all.

    Attributes:
        name: what errors call it: the path as given, ``<stdin>`` for ``-``.
        path: on this machine; None for standard input and files of others.
        remote: of another machine.
        stem: file name without folder and suffixes; document ids begin with it.
        bound: of lines and documents.
        was_blank: whether what was read so far is nothing but white space.
    """

    def __init__(
        self,
        path: str | Path | RemoteFile,
        encoding: str = "utf-8",
        max_document_mb: int = MAX_DOCUMENT_MB,
        *,
        reading: Generator[bytes, None, None] | None = None,
        row_groups: Sequence[int] | None = None,
    ) -> None:
        self.remote = path if isinstance(path, RemoteFile) else None
        self.path = None if isinstance(path, RemoteFile) or str(path) == "-" else Path(path)
        self._named: PurePath | None = self.path if self.remote is None else self.remote.name
        self.name = "<stdin>" if self._named is None else str(path)
        self.stem = "stdin" if self._named is None else strip_compression(self._named).stem
        self._reading = reading or read_blocks(self.remote or self.path, self.name)
        self.row_groups = row_groups
        self._begun: list[bytes] = []  # blocks looked at and not handed out
        self._decoder = Decoder(encoding, self.name)
        self._text = decode_text(self.blocks(), self._decoder)
        self._begun_text = ""  # looked at and not handed out
        self.bound = Bound(self.name, max_document_mb)
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
        """Return up to ``count`` first lines without consuming them; fewer where they are long."""
        return self._look(count)[0]

    def _look(self, count: int) -> tuple[list[str], bool]:
        """Return first lines, and whether there are no others."""
        held = [self._begun_text] if self._begun_text else []
        ends, size, whole = self._begun_text.count(self.line_end), len(self._begun_text), False
        # Two lines in any case, as long as a document may be: what a file is shows in whole ones.
        longest = min(2 * self.bound.limit, MAX_DOCUMENT_MB << 20)
        while ends < count and size < (_HEAD_CHARACTERS if ends >= 2 else longest):
            piece = next(self._text, None)
            if piece is None:
                whole = True
                break
            held.append(piece)
            ends += piece.count(self.line_end)
            size += len(piece)
        self._begun_text = "".join(held)  # no copy of a single piece
        (begun,) = with_plain_ends([self._begun_text])
        lines = begun.split(self.line_end, count)
        if len(lines) > count or not lines[-1] or not (whole or len(lines) == 1):
            del lines[-1]  # what comes after the lines asked for; nothing; or a line that is not whole
        return lines, whole and len(lines) < count

    def sample(self) -> Sample:
        """Return the beginning, as formats look at it; nothing is consumed.

        Raises:
            DataError: unreadable, undecodable or damaged input; a binary file that no format reads.
        """
        if self._sample is None:
            head, whole = self._look(LINES)
            self._sample = Sample(head, whole=whole, suffix=self.suffix, path=self.path)
        return self._sample

    def lines(self, *, returns: bool = False) -> Iterator[str]:
        """Return the lines without their ends; may be called once.

        Args:
            returns: leave the ``\\r`` of ``\\r\\n``, which is data where a line ends within a field.

        Raises:
            DataError: while iterating, on unreadable, undecodable or damaged input; a line or document that
                is too large.
        """
        pieces = self._pieces() if returns else with_plain_ends(self._pieces())
        return itertools.chain.from_iterable(split_lines(pieces, self._decoder, self.bound))

    def parts(self) -> Iterator[tuple[str, bool]]:
        """Yield the lines, long ones in parts: each with whether its line ends with it; as `lines`.

        Raises:
            DataError: while iterating, as `lines`, but lines have no bound.
        """
        return split_parts(with_plain_ends(self._pieces()), self._decoder)

    def _pieces(self) -> Iterator[str]:
        self._sample = None  # a first line may be the whole file: it is not held while that is streamed
        begun, self._begun_text = self._begun_text, ""
        for piece in itertools.chain([begun] if begun else [], self._text):
            begun = ""
            size = len(piece)
            yield piece
            del piece  # not held while the next one is fetched
            self.bound.take(size, self._decoder.lines_before)

    def text(self) -> str:
        """Return the whole file as it is, line ends included; nothing must have been read before.

        Raises:
            DataError: on unreadable, undecodable or damaged input, or more of it than a document may have.
        """
        parts = []
        size = 0
        for data in itertools.chain(self.blocks(), [b""]):
            parts.append(self._decoder.decode(data, last=not data))
            self._decoder.lines_before += parts[-1].count("\n")
            size += len(parts[-1])
            self.bound.check_document(size)
        return "".join(parts)

    @property
    def suffix(self) -> str:
        """The suffix of the name in small letters, compression left off; empty for standard input."""
        return "" if self._named is None else strip_compression(self._named).suffix.lower()

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
            return self.remote is None
        try:
            mode = self.path.stat().st_mode
        except (OSError, ValueError):
            return False  # whoever reads it will say what is wrong with it
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))

    def close(self) -> None:
        """Close the file although its end was not reached."""
        self._text.close()
        self._reading.close()
