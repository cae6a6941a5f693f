"""Bytes to text, block by block: strict, with located errors, in pieces or lines.

Lines end at ``\\n``; one ``\\r`` before it is taken off, unless a reader asks for it. Where the beginning of
a file has ``\\r`` and no ``\\n`` at all, lines end at ``\\r`` (Excel for Mac, old editors). All other
characters that Python calls line breaks (U+2028, U+0085, form feed) are data.
"""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Generator, Iterable, Iterator, Sequence

from onoma.errors import DataError, excerpt
from onoma.readers.bounds import Bound
from onoma.readers.encodings import (
    BOMS,
    WIDE,
    byte_order,
    find_bom,
    find_codec,
    find_wide,
    is_narrow,
    suggest_encodings,
)
from onoma.readers.magic import find_kind

_LONGEST_BOM = max(len(bom) for bom, _ in BOMS)
_ORDER_BYTES = 512
"""So many first bytes tell the byte order of a file without a mark."""
_CUT_REASONS = ("unexpected end of data", "truncated data", "incomplete multibyte sequence")
_TELLING_BYTES = 4_096
"""So many around a fault tell which encoding it may be in."""
_MOST_OTHERS = 3
_UNDECIDED_CHARACTERS = 1 << 18
"""After so many characters without ``\\n`` a ``\\r`` is taken for the end of a line."""


def decode_text(blocks: Iterable[bytes], decoder: Decoder) -> Generator[str, None, None]:
    """Yield the text in pieces that end in no half ``\\r\\n``; what ends lines is known from the first on.

    Raises:
        DataError: undecodable bytes, or a NUL character.
    """
    begun: list[str] = []  # until it is known what ends lines
    held = 0
    known = False
    half = ""  # of a line end, at the end of a block
    for data in itertools.chain(blocks, [b""]):
        text = decoder.decode(data, last=not data)
        if not known:
            begun.append(text)
            held += len(text)
            if "\n" not in text and held < _UNDECIDED_CHARACTERS and data:
                continue
            text = "".join(begun)
            if "\n" not in text and "\r" in text.removesuffix("\r"):
                decoder.line_end = "\r"
            known = True
            begun.clear()
        if decoder.line_end == "\n":
            text = half + text
            half = "\r" if text.endswith("\r") else ""
            text = text.removesuffix("\r")
        decoder.lines_before += text.count(decoder.line_end)
        if text:
            yield text


def with_plain_ends(pieces: Iterable[str]) -> Iterator[str]:
    """Make ``\\r\\n`` ``\\n`` in pieces that do not end within it."""
    for piece in pieces:
        yield piece.replace("\r\n", "\n") if "\r" in piece else piece
        del piece  # not held while the next one is fetched


def split_lines(pieces: Iterable[str], decoder: Decoder, bound: Bound) -> Generator[list[str], None, None]:
    """Yield the lines of decoded text, those that end in one piece after the other.

    Raises:
        DataError: a line that is longer than the bound.
    """
    rest: list[str] = []  # the begun line, in pieces: a line may be far longer than a block
    held = 0
    for piece in pieces:
        end = decoder.line_end
        cut = piece.rfind(end)
        if cut < 0:
            rest.append(piece)
            held += len(piece)
            bound.check_line(held, decoder.lines_before + 1)
            continue
        whole = "".join((*rest, piece[:cut]))
        rest = [piece[cut + 1 :]]
        held = len(rest[0])
        lines = whole.split(end)
        if len(whole) > bound.limit:
            for number, line in enumerate(lines, decoder.lines_before - len(lines) + 1):
                bound.check_line(len(line), number)
        del piece, whole  # not held while the lines are read
        yield lines
        del lines
    final = "".join(rest)
    bound.check_line(len(final), decoder.lines_before + 1)
    if final:
        yield [final]


def split_parts(pieces: Iterable[str], decoder: Decoder) -> Generator[tuple[str, bool], None, None]:
    """Yield the lines of decoded text, long ones in parts; each part with whether its line ends with it."""
    begun = False
    for piece in pieces:
        *lines, last = piece.split(decoder.line_end)
        for line in lines:
            yield line, True
        if last:
            yield last, False
        begun = bool(last)
    if begun:
        yield "", True


class Decoder:
    """Bytes to text, block by block; faults are located by line.

    Args:
        encoding: asked for.
        name: what errors call the file.

    Attributes:
        lines_before: lines decoded so far, which the caller counts.
        line_end: what ends lines: ``\\n``, or ``\\r`` where there is no other.

    Raises:
        ConfigError: no encoding of text files has that name.
    """

    def __init__(self, encoding: str, name: str) -> None:
        self.lines_before = 0
        self.line_end = "\n"
        self._name = name
        self._encoding = find_codec(encoding).name
        self._needed = _ORDER_BYTES if self._encoding in WIDE else _LONGEST_BOM
        self._held = b""  # the first bytes; a pipe may give few at a time
        self._started: str | None = None  # the encoding with its byte order
        self._codec: codecs.IncrementalDecoder | None = None

    def decode(self, data: bytes, last: bool) -> str:
        """Decode the next block.

        Raises:
            DataError: not in the encoding asked for, or a NUL character.
        """
        if self._codec is None:
            self._held += data
            if len(self._held) < self._needed and not last:
                return ""
            data, self._held = self._start(self._held), self._held[:_ORDER_BYTES]
        assert self._codec is not None
        try:
            text = self._codec.decode(data, last)
        except UnicodeDecodeError as error:
            raise self._undecodable(error) from None
        except (UnicodeError, ValueError, OverflowError) as error:  # codecs that say no more
            raise DataError(
                f"line {self.lines_before + 1} or a later one is not {self._encoding.upper()} ({error})",
                code="bad-encoding",
                path=self._name,
                line=self.lines_before + 1,
            ) from None
        if "\0" in text:
            raise self._nul(text)
        return text

    def _start(self, data: bytes) -> bytes:
        """Choose the codec by the byte-order mark and the encoding asked for; take the mark off."""
        kind = find_kind(data)
        if kind is not None:
            what = f"{kind.name}, not text: {kind.fix}"
            raise DataError(what, code="binary-file", path=self._name)
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
        elif encoding in WIDE:
            if is_narrow(data):
                raise DataError(
                    f"has no byte-order mark and is UTF-8, not {encoding}: --encoding utf-8",
                    code="bad-encoding",
                    path=self._name,
                    line=1,
                )
            encoding = byte_order(data[:_ORDER_BYTES], encoding)
        self._started = encoding
        self._codec = codecs.getincrementaldecoder(encoding)("strict")
        return data

    def _undecodable(self, error: UnicodeDecodeError) -> DataError:
        data, at = error.object, error.start
        number = self.lines_before + self._line_ends(data[:at]) + 1
        line = self._faulty_line(data, at)
        likely = self._likely(_around(data, at))
        works = likely[0] if likely else None
        fix = (
            f"; {works} would decode it: --encoding {works}{_others(_word(data, at), likely)}"
            if works
            else ""
        )
        # Codecs word it in their ways; a fault that reaches the end is one of the end.
        cut = error.reason in _CUT_REASONS and error.end >= len(data)
        if cut:
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
            text=None if self._is_wide else line.decode(works or "ascii", "backslashreplace"),
        )

    @property
    def _is_wide(self) -> bool:
        return self._encoding.startswith(WIDE)

    def _line_ends(self, good: bytes) -> int:
        """How many lines end in bytes that are sound."""
        try:
            codec = find_codec(self._encoding if self._started is None else self._started)
            return codec.decode(good, "replace")[0].count("\n")
        except (UnicodeError, ValueError):
            return good.count(b"\n")

    def _faulty_line(self, data: bytes, at: int) -> bytes:
        end = data.find(b"\n", at)
        return data[data.rfind(b"\n", 0, at) + 1 : len(data) if end < 0 else end]

    def _likely(self, around: bytes) -> list[str]:
        """The encodings to name: by the bytes around the fault, or by the beginning of the file."""
        wide = find_wide(self._held)
        if wide is not None:
            return [] if self._is_wide else [wide]
        return suggest_encodings(around, self._encoding)

    def _nul(self, text: str) -> DataError:
        at = text.index("\0")
        number = self.lines_before + text.count("\n", 0, at) + 1
        line = text[text.rfind("\n", 0, at) + 1 :].split("\n", 1)[0]
        wide = None if self._is_wide else find_wide(self._held)
        fix = f"; the file looks like {wide.upper()}: --encoding {wide}" if wide else "; take it out"
        return DataError(f"a NUL character{fix}", code="nul", path=self._name, line=number, text=line)


def _around(data: bytes, at: int) -> bytes:
    """Return what stands around a fault, from where a character begins in whatever encoding.

    That is the line's beginning, or behind a space: no byte of a character of several is one.
    """
    line = data.rfind(b"\n", 0, at) + 1
    start = max(line, at - _TELLING_BYTES // 2)
    if start > line:
        space = data.find(b" ", start, at)
        start = space + 1 if space >= 0 else at
    return data[start : start + _TELLING_BYTES]


def _word(data: bytes, at: int) -> bytes:
    """Return the word that a fault is in, and some of what follows."""
    start = max(data.rfind(space, max(0, at - 40), at) for space in (b" ", b"\n", b"\t"))
    return data[start + 1 if start >= 0 or at <= 40 else at :][:40].partition(b"\n")[0]


def _others(word: bytes, likely: Sequence[str]) -> str:
    """Say what a word is in other encodings that it may be in, where that is something else."""
    first = word.decode(likely[0], "replace") if likely else ""
    texts = {name: word.decode(name, "replace") for name in likely[1:]}
    others = [f"{name} reads '{excerpt(text, 20)}'" for name, text in texts.items() if text != first]
    return f" ({', '.join(others[:_MOST_OTHERS])})" if others else ""
