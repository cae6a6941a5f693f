"""Inputs cut into shards of bounded size, without reading them: each byte is in one piece of one shard."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from onoma.annotation.guard import guarded_source, has_plain_lines
from onoma.annotation.inputs import Input
from onoma.errors import DataError
from onoma.readers import ReadOptions, Source
from onoma.readers.inputs import TEXT
from onoma.readers.json.input import is_by_line
from onoma.readers.opening import COMPRESSED_SUFFIXES
from onoma.readers.remote import RemoteFile, as_place
from onoma.readers.tables.arrow_tables import arrow_faults, import_pyarrow

_BY_LINE = frozenset((TEXT, "spans-jsonl"))
"""Formats whose lines say the same wherever a file is cut; others may settle something for all of a file."""
_COMPRESSED_STARTS = (b"\x1f\x8b", b"PK\x03\x04")
_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Piece:
    """What is read in a row: a file, or a part of one.

    Args:
        path: of the file.
        format: of the file.
        stem: what ids begin with of documents that have none.
        unit: what ``start`` and ``end`` count: ``bytes`` (they are at line ends), ``groups`` of rows, or
            nothing for a ``file`` that is read whole.
        start: the first one.
        end: after the last one.
        size: in bytes of the file, as far as can be told.
    """

    path: str
    format: str
    stem: str
    unit: str
    start: int
    end: int
    size: int


@dataclass(frozen=True, slots=True)
class Shard:
    """What is annotated at a time, and ends up in one file: pieces in a row, of one file or several."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """In bytes of the inputs."""
        return sum(piece.size for piece in self.pieces)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Shard:
        """Return the shard that `to_dict` made these of."""
        return cls(values["number"], tuple(Piece(**piece) for piece in values["pieces"]))


def make_shards(inputs: Sequence[Input], options: ReadOptions, shard_bytes: int) -> list[Shard]:
    """Cut inputs where they can be cut, and gather what is small.

    A shard has at most ``shard_bytes``, or one piece: a line or row group that is longer, or a file that is
    read whole.

    Raises:
        DataError: a file cannot be read, or is a damaged parquet file.
        MissingExtraError: pyarrow is needed and not installed.
    """
    shards: list[list[Piece]] = []
    size = 0
    for piece in (piece for one in inputs for piece in cut(one, options, shard_bytes)):
        if not shards or size + piece.size > shard_bytes:
            shards.append([])
            size = 0
        shards[-1].append(piece)
        size += piece.size
    return [Shard(number, tuple(pieces)) for number, pieces in enumerate(shards)]


def digest(shards: Iterable[Shard]) -> str:
    """Return a SHA-256 that tells whether two plans are the same."""
    total = hashlib.sha256()
    for shard in shards:
        total.update(json.dumps(shard.to_dict()).encode())
    return total.hexdigest()


def cut(one: Input, options: ReadOptions, most: int) -> Iterator[Piece]:
    """Yield the pieces of an input: each but the last has at least ``most`` bytes, if it can be cut.

    Raises:
        DataError: it cannot be read, or is a damaged parquet file.
    """
    try:
        yield from _cut(one, options, most)
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise DataError(what, code="unreadable", path=one.path) from None


def _cut(one: Input, options: ReadOptions, most: int) -> Iterator[Piece]:
    if not one.size:
        return
    if one.format == "parquet" and not _is_compressed(one.path):
        yield from _groups(one, most)
    elif _is_cut_by_line(one, options):
        for start, end in pairwise(line_cuts(as_place(one.path), one.size, most)):
            yield Piece(one.path, one.format, _stem(one, start), "bytes", start, end, end - start)
    else:
        yield Piece(one.path, one.format, one.stem, "file", 0, 0, one.size)


def line_cuts(path: Path | RemoteFile, size: int, most: int) -> list[int]:
    """Return places from 0 to a file's size, each after the first line end behind ``most`` bytes."""
    cuts = [0]
    with path.open("rb") as file:
        while cuts[-1] + most < size:
            cuts.append(_line_end(file, cuts[-1] + most, size))
    return cuts if cuts[-1] == size else [*cuts, size]


def _line_end(file: BinaryIO, place: int, size: int) -> int:
    """Return the first place from this one on that follows a line end; the size if there is none."""
    file.seek(place - 1)
    at = place - 1
    while block := file.read(_BLOCK_BYTES):
        found = block.find(b"\n")
        if found >= 0:
            return min(at + found + 1, size)
        at += len(block)
    return size


def _groups(one: Input, most: int) -> Iterator[Piece]:
    """Yield row groups of a parquet file, gathered to pieces."""
    parquet = import_pyarrow("pyarrow.parquet", "parquet files")
    with (
        arrow_faults(one.path, "a parquet file"),
        as_place(one.path).open("rb") as opened,
        parquet.ParquetFile(opened) as file,
    ):
        sizes = [file.metadata.row_group(at).total_byte_size for at in range(file.num_row_groups)]
        rows = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
    start = size = first = taken = 0
    for at, group in enumerate(sizes):
        if at > start and size + group > most:
            yield Piece(one.path, one.format, _stem(one, first), "groups", start, at, size)
            start, size, first = at, 0, taken
        size += group
        taken += rows[at]
    if sizes:
        yield Piece(one.path, one.format, _stem(one, first), "groups", start, len(sizes), size)


def _stem(one: Input, start: int) -> str:
    """Return what ids begin with: documents are counted from the start of their piece."""
    return f"{one.stem}@{start}" if start else one.stem


def _is_compressed(path: str) -> bool:
    place = as_place(path)
    with place.open("rb") as file:
        return file.read(4).startswith(_COMPRESSED_STARTS) or place.suffix.lower() in COMPRESSED_SUFFIXES


def _is_cut_by_line(one: Input, options: ReadOptions) -> bool:
    """Whether a file may be cut at any line end: plain, of such a format, in such an encoding."""
    if one.format not in _BY_LINE or _is_compressed(one.path):
        return False
    source = Source(as_place(one.path), options.encoding)
    try:
        is_plain = has_plain_lines(source.start(), options.encoding)
    finally:
        source.close()
    if not is_plain or one.format == TEXT:
        return is_plain
    source = guarded_source(one.path, options)
    try:
        return is_by_line(source.sample())
    finally:
        source.close()
