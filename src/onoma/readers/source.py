"""One input as lines of text: strict decoding, located errors, flat memory.

Lines end at ``\\n`` only; one ``\\r`` before it is taken off. All other characters that Python calls line
breaks (U+2028, U+0085, form feed) are data. An input is read once, front to back, so that a pipe works
like a file.
"""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Generator, Iterator
from pathlib import Path

from onoma.errors import DataError
from onoma.readers.encodings import BOMS, find_bom, suggest_encoding
from onoma.readers.opening import read_blocks, strip_compression

_LONGEST_BOM = max(len(bom) for bom, _ in BOMS)
_CUT_REASONS = ("unexpected end of data", "truncated data", "incomplete multibyte sequence")


class Source:
    """One input: a plain, ``.gz`` or ``.zip`` file with one member, or ``-`` for standard input; or a folder.

    Nothing is opened before the first line is asked for.

    Args:
        path: as the user named it.
        encoding: text encoding of the (decompressed) bytes.

    Attributes:
        name: what errors call it: the path as given, ``<stdin>`` for ``-``.
        stem: file name without folder and suffixes; document ids begin with it.
    """

    def __init__(self, path: str | Path, encoding: str = "utf-8") -> None:
        self.path = None if str(path) == "-" else Path(path)
        self.name = "<stdin>" if self.path is None else str(path)
        self.stem = "stdin" if self.path is None else strip_compression(self.path).stem
        self._encoding = encoding
        self._blocks = _line_blocks(self.path, self.name, encoding)
        self._stream: Iterator[str] = itertools.chain.from_iterable(self._blocks)
        self._peeked: list[str] = []

    def head(self, count: int) -> list[str]:
        """Return up to ``count`` first lines without consuming them."""
        missing = count - len(self._peeked)
        if missing > 0:
            self._peeked.extend(itertools.islice(self._stream, missing))
        return self._peeked[:count]

    def lines(self) -> Iterator[str]:
        """Return the lines without their ends; may be called once.

        Raises:
            DataError: while iterating, on unreadable, undecodable or damaged input.
        """
        peeked, self._peeked = self._peeked, []
        return itertools.chain(peeked, self._stream)

    def text(self) -> str:
        """Return the whole file as it is, line ends included; nothing must have been read before.

        Raises:
            DataError: on unreadable, undecodable or damaged input.
        """
        decoder = _Decoder(self._encoding, self.name)
        parts = []
        for data in itertools.chain(read_blocks(self.path, self.name), [b""]):
            parts.append(decoder.decode(data, last=not data))
            decoder.lines_before += parts[-1].count("\n")
        return "".join(parts)

    @property
    def is_folder(self) -> bool:
        """Whether the input is a folder, which only some formats read."""
        return self.path is not None and self.path.is_dir()

    def close(self) -> None:
        """Close the file although its end was not reached."""
        self._blocks.close()


def _line_blocks(path: Path | None, name: str, encoding: str) -> Generator[list[str], None, None]:
    """Yield the lines of one block of bytes after the other."""
    decoder = _Decoder(encoding, name)
    rest: list[str] = []  # the begun line, in pieces: a line may be far longer than a block
    for data in itertools.chain(read_blocks(path, name), [b""]):
        text = decoder.decode(data, last=not data)
        cut = text.rfind("\n")
        if cut < 0:
            rest.append(text)
            continue
        whole = "".join((*rest, text[:cut]))
        rest = [text[cut + 1 :]]
        if "\r" in whole:
            whole = whole.replace("\r\n", "\n").removesuffix("\r")
        lines = whole.split("\n")
        decoder.lines_before += len(lines)
        yield lines
    final = "".join(rest)
    if final:
        yield [final.removesuffix("\r")]


class _Decoder:
    """Bytes to text, block by block; faults are located by line."""

    def __init__(self, encoding: str, name: str) -> None:
        self.lines_before = 0
        self._name = name
        self._encoding = codecs.lookup(encoding).name
        self._held = b""  # the first bytes of a pipe that gives few at a time
        self._codec: codecs.IncrementalDecoder | None = None

    def decode(self, data: bytes, last: bool) -> str:
        """Decode the next block.

        Raises:
            DataError: not in the encoding asked for, or a NUL character.
        """
        if self._codec is None:
            self._held += data
            if len(self._held) < _LONGEST_BOM and not last:
                return ""
            data = self._start(self._held)
        assert self._codec is not None
        try:
            text = self._codec.decode(data, last)
        except UnicodeDecodeError as error:
            raise self._undecodable(error) from None
        if "\0" in text:
            raise self._nul(text)
        return text

    def _start(self, data: bytes) -> bytes:
        """Choose the codec by the byte-order mark and the encoding asked for; take the mark off."""
        encoding, mark = self._encoding, find_bom(data)
        if mark is not None:
            bom, marked = mark
            family = marked.removesuffix("-le").removesuffix("-be")
            if encoding not in (marked, family, f"{family}-sig"):
                raise DataError(
                    f"begins with a byte-order mark of {marked}, not {encoding}: --encoding {family}",
                    code="bad-encoding",
                    path=self._name,
                    line=1,
                )
            data, encoding = data[len(bom) :], marked
        self._codec = codecs.getincrementaldecoder(encoding)("strict")
        return data

    def _undecodable(self, error: UnicodeDecodeError) -> DataError:
        data, at = error.object, error.start
        good = data[:at].decode(error.encoding, "replace")
        number = self.lines_before + good.count("\n") + 1
        end = data.find(b"\n", at)
        line = data[data.rfind(b"\n", 0, at) + 1 : len(data) if end < 0 else end]
        works = suggest_encoding(line, self._encoding)
        fix = f"; {works} would decode it: --encoding {works}" if works else ""
        if error.reason in _CUT_REASONS:
            return DataError(
                f"the file ends inside a character of {self._encoding}: it is cut short{fix}",
                code="truncated",
                path=self._name,
                line=number,
            )
        return DataError(
            f"line {number} is not {self._encoding.upper()} (byte 0x{data[at]:02x}){fix}",
            code="bad-encoding",
            path=self._name,
            line=number,
            text=line.decode(works or "ascii", "backslashreplace"),
        )

    def _nul(self, text: str) -> DataError:
        at = text.index("\0")
        number = self.lines_before + text.count("\n", 0, at) + 1
        line = text[text.rfind("\n", 0, at) + 1 :].split("\n", 1)[0]
        utf16 = text.count("\0") * 3 > len(text)
        fix = "; the file looks like UTF-16: --encoding utf-16" if utf16 else "; take it out"
        return DataError(f"a NUL character{fix}", code="nul", path=self._name, line=number, text=line)
