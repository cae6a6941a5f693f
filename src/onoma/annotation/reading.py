"""The documents of a piece; what cannot be read is told, and costs itself alone."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace

from onoma.annotation.guard import LineGuard, has_plain_lines
from onoma.annotation.inputs import OF_THE_MOMENT
from onoma.annotation.plan import Piece
from onoma.errors import DataError, excerpt
from onoma.readers import ReadLog, ReadOptions, Source, get_format
from onoma.readers.corpora import read_source
from onoma.readers.detection import detect_source
from onoma.readers.inputs import TEXT
from onoma.readers.opening import read_blocks
from onoma.readers.remote import as_place
from onoma.text import Document

_BLOCK_BYTES = 1 << 18
_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is not annotated.

    Args:
        path: of the file.
        line: in the piece, from 1; None where there is none.
        code: kind of fault.
        message: what is wrong.
        ends: whether nothing was read after it.
    """

    path: str
    line: int | None
    code: str
    message: str
    ends: bool = False


class PieceReader:
    """Reads one piece.

    Args:
        piece: what to read.
        options: how; ``strict`` stops at the first fault.
        refused: is told of each thing that is left out.

    Attributes:
        lines: ends of lines that were read.
        line: where the latest document stands, if that is known.
    """

    def __init__(self, piece: Piece, options: ReadOptions, refused: Callable[[Refusal], None]) -> None:
        self.piece = piece
        self.line: int | None = None
        self.log = _Log(self._refuse)
        self._options = replace(options, allow_empty=options.allow_empty or piece.unit == "bytes")
        self._refused = refused
        self._guard: LineGuard | None = None

    @property
    def lines(self) -> int:
        """Ends of lines so far."""
        return self._guard.lines if self._guard else 0

    def documents(self) -> Iterator[Document]:
        """Yield the documents up to the end, or to a fault of the file that ends the reading.

        Raises:
            DataError: a fault, under ``on_error="strict"``; the file cannot be read at all.
        """
        try:
            yield from self._read()
        except DataError as error:
            if self._options.on_error == "strict" or error.code in OF_THE_MOMENT:
                raise
            self._refuse(error, ends=True)

    def _read(self) -> Iterator[Document]:
        piece, options = self.piece, self._options
        groups = range(piece.start, piece.end) if piece.unit == "groups" else None
        source = Source(
            as_place(piece.path),
            options.encoding,
            options.max_document_mb,
            reading=self._reading(),
            row_groups=groups and list(groups),
        )
        source.stem = piece.stem
        try:
            if piece.format == TEXT:
                yield from self._texts(source)
                return
            format = get_format(piece.format) if piece.format else detect_source(source)
            for document in read_source(source, format, options, self.log):
                self.line = self.log.lines[0] if self.log.lines else None
                yield document
        finally:
            source.close()

    def _texts(self, source: Source) -> Iterator[Document]:
        for number, line in enumerate(source.lines(), start=1):
            if line.strip():
                self.line = number
                yield Document(f"{source.stem}:{number}", line)

    def _reading(self) -> Generator[bytes, None, None] | None:
        """Return what yields the bytes, lines that are no text left out; None for those of the file."""
        piece, encoding = self.piece, self._options.encoding
        by_line = piece.format == TEXT or piece.format.endswith("jsonl")
        if piece.unit == "bytes":
            blocks = _range(piece)
        elif by_line and has_plain_lines(_start(piece.path), encoding):
            blocks = read_blocks(as_place(piece.path), piece.path)
        else:
            return None
        limit = self._options.max_document_mb
        self._guard = LineGuard(blocks, encoding, piece.path, self._refuse_line, limit)
        return self._guard.blocks()

    def _refuse_line(self, fault: DataError) -> None:
        if self._options.on_error == "strict":
            raise fault
        self._refuse(fault)

    def _refuse(self, fault: DataError, *, ends: bool = False) -> None:
        shown = "" if fault.text is None else f" [{excerpt(fault.text)}]"
        message = excerpt(f"{fault.message}{shown}", _MESSAGE)
        self._refused(Refusal(fault.path or self.piece.path, fault.line, fault.code, message, ends))


class _Log(ReadLog):
    """Tells each fault that costs a document."""

    def __init__(self, refuse: Callable[[DataError], None]) -> None:
        super().__init__()
        self._tell = refuse

    def leave_out(self, fault: DataError, on_error: str, entities: int = 0, *, counted: bool = False) -> None:
        super().leave_out(fault, on_error, entities, counted=counted)
        self._tell(fault)


def _start(path: str) -> bytes:
    source = Source(as_place(path))
    try:
        return source.start()
    finally:
        source.close()


def _range(piece: Piece) -> Generator[bytes, None, None]:
    """Yield the bytes of a piece.

    Raises:
        DataError: the file is shorter than it was, or cannot be read.
    """
    left = piece.end - piece.start
    try:
        with as_place(piece.path).open("rb") as file:
            file.seek(piece.start)
            while left and (block := file.read(min(_BLOCK_BYTES, left))):
                left -= len(block)
                yield block
    except OSError as error:
        raise DataError(
            f"cannot be read: {error.strerror or error}", code="unreadable", path=piece.path
        ) from None
    if left:
        raise DataError("the file is shorter than it was", code="changed", path=piece.path)
