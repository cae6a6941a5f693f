"""Raw text as one long row of pieces, and its blocks; in memory, or mapped from files without a name."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.errors import DataError
from onoma.features.growing import Growing
from onoma.features.pieces import PieceFeatures
from onoma.readers import RawText
from onoma.tokenize import tokenize_words

Ids = npt.NDArray[np.int32]
Pieces = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]
Report = Callable[[int], None]
"""Is told the words read so far."""

_REPORT_WORDS = 50_000
_CHUNK = 1 << 16
"""Words, or different words, that are looked at or turned into pieces at a time."""
_SHARE_OF_WORDS = 4
"""Words take about a quarter of what they and their blocks take together."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text as ids of its different words.

    Args:
        types: the different words; the first stands for the end of a paragraph.
        train: [N] ids of the words to learn from, in order.
        held_out: [N] those of the paragraphs kept apart.
        folder: on whose disk they, and what is made of them, are kept; None where all is in memory.
    """

    types: list[str]
    train: Ids
    held_out: Ids
    folder: Path | None = None

    def counts(self) -> Counter[str]:
        """How often each word stands in the part to learn from."""
        numbers = np.zeros(len(self.types), dtype=np.int64)
        for part in _chunks(self.train):
            numbers += np.bincount(part, minlength=len(self.types))
        counted = zip(self.types[1:], numbers[1:].tolist(), strict=True)
        return Counter({word: number for word, number in counted if number})

    def fingerprint(self) -> str:
        """Sha256 of the words in their order, and of what is held out."""
        digest = hashlib.sha256("\n".join(self.types).encode("utf-8", "surrogatepass"))
        for ids in (self.train, self.held_out):
            digest.update(b"\n")
            for part in _chunks(ids):
                digest.update(part.astype("<i4").tobytes())
        return digest.hexdigest()


def read_words(
    texts: RawText,
    held_out: float,
    seed: int,
    report: Report,
    *,
    memory: int = 0,
    folder: Path | None = None,
) -> Words:
    """Read texts once, a paragraph a line, into 4 bytes a word.

    Args:
        texts: what to read.
        held_out: share of the paragraphs that is kept apart.
        seed: decides which.
        report: is told the progress.
        memory: bytes that words and blocks may take.
        folder: on whose disk they go where they would take more; without one they are in memory.

    Raises:
        DataError: a text cannot be read, or holds no word.
        OutputError: the disk is full.
    """
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    end = numbers[""]  # no word is empty
    rows = [_Row(Growing(np.int32, folder, memory // _SHARE_OF_WORDS)) for _ in range(2)]
    chance = np.random.default_rng((seed, 1))
    total = told = 0
    for words in _paragraphs(texts):
        row = rows[int(chance.random() < held_out)]
        row.add([*(numbers[word] for word in words), end])
        total += len(words)
        if total - told >= _REPORT_WORDS:
            told = total
            report(total)
    report(total)
    if not total:
        raise DataError("holds no words to learn from", code="empty", path=texts.name)
    train, apart = (row.whole() for row in rows)
    return Words(list(numbers), train, apart, folder if rows[0].on_disk else None)


class _Row:
    """Ids of words, gathered before they are written."""

    def __init__(self, ids: Growing) -> None:
        self._ids = ids
        self._begun = array("i")

    @property
    def on_disk(self) -> bool:
        return self._ids.on_disk

    def add(self, ids: Iterable[int]) -> None:
        self._begun.extend(ids)
        if len(self._begun) >= _CHUNK:
            self._ids.add(self._begun)
            self._begun = array("i")

    def whole(self) -> Ids:
        self._ids.add(self._begun)
        return self._ids.whole()


def _paragraphs(texts: RawText) -> Iterator[list[str]]:
    for line in texts.lines():
        words = [token.text for token in tokenize_words(line)]
        if words:
            yield words


@dataclass(frozen=True, slots=True)
class Blocks:
    """N blocks of P pieces without padding: [CLS], text that goes on over paragraphs, [SEP].

    Args:
        pieces: [N, P] of two bytes where there are few enough of them.
        starts: [N, P] whether a piece begins a word; specials stand for words of their own.
        specials: begin and end piece, which are never hidden; the latter ends paragraphs too.
    """

    pieces: Pieces
    starts: Flags
    specials: tuple[int, int]

    def __len__(self) -> int:
        return len(self.pieces)


def make_blocks(words: Words, features: PieceFeatures, block: int) -> tuple[Blocks, Blocks]:
    """Cut words into pieces and pack these.

    Args:
        words: what was read.
        features: cuts words, with specials.
        block: pieces of a block, specials included.

    Returns:
        Blocks to learn from, and blocks held out. What is left over at the end of each part, less than a
        block, is not used.

    Raises:
        DataError: there is too little text for a block of each kind.
        OutputError: the disk is full.
    """
    begin, end = (int(piece) for piece in features.batch([features.rows([])])["pieces"][0])
    table = _cut_types(words.types, features, end)
    ends = begin, end
    packed = [_pack(ids, table, ends, block, words.folder) for ids in (words.train, words.held_out)]
    counts = [int(np.count_nonzero(ids)) for ids in (words.train, words.held_out)]
    for what, count, blocks in zip(("training", "held-out"), counts, packed, strict=True):
        if not len(blocks):
            raise DataError(
                f"{sum(counts):,} words are too few: the {what} part has {count:,} of them, which fill no "
                f"block of {block} pieces; give more text, or smaller blocks (--block)",
                code="too-little-text",
            )
    return packed[0], packed[1]


class _Cut(NamedTuple):
    """Pieces of all word types in a row, how many each has [V], and where its own begin [V]."""

    pieces: Pieces
    sizes: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]


def _cut_types(types: Sequence[str], features: PieceFeatures, end: int) -> _Cut:
    dtype = np.uint16 if features.num_pieces <= 1 << 16 else np.int32
    pieces, sizes = [np.array([end], dtype=dtype)], [np.ones(1, dtype=np.int64)]
    for first in range(1, len(types), _CHUNK):
        rows = features.rows(types[first : first + _CHUNK])
        pieces.append(features.batch([rows])["pieces"][0, 1:-1].astype(dtype))
        sizes.append(features.sizes(rows))
        features.trim()
    counts = np.concatenate(sizes)
    return _Cut(np.concatenate(pieces), counts, np.cumsum(counts) - counts)


def _pack(ids: Ids, table: _Cut, ends: tuple[int, int], block: int, folder: Path | None) -> Blocks:
    inner = block - 2
    pieces, flags = Growing(table.pieces.dtype, folder), Growing(np.bool_, folder)
    left = table.pieces[:0], np.zeros(0, dtype=np.bool_)  # what fills no block yet
    for part in _chunks(ids):
        row, starts = (np.concatenate(pair) for pair in zip(left, _pieces_of(part, table), strict=True))
        used = len(row) - len(row) % inner
        pieces.add(_framed(row[:used], inner, ends))
        flags.add(_framed(starts[:used], inner, (True, True)))
        left = row[used:], starts[used:]
    shape = -1, block
    return Blocks(pieces.whole().reshape(shape), flags.whole().reshape(shape), ends)


def _pieces_of(ids: Ids, table: _Cut) -> tuple[Pieces, Flags]:
    """Return the pieces of words in a row, and which of them begin a word. [M], [M]"""
    sizes = table.sizes[ids]  # [W]
    before = np.cumsum(sizes) - sizes  # [W]
    total = int(sizes.sum())
    starts = np.zeros(total, dtype=np.bool_)
    starts[before] = True
    return table.pieces[np.repeat(table.places[ids] - before, sizes) + np.arange(total)], starts


def _framed(row: Any, inner: int, ends: tuple[int, int]) -> Any:
    """Return a row cut into parts, each between two ends. [N, inner + 2]"""
    parts = row.reshape(-1, inner)
    framed = np.empty((len(parts), inner + 2), dtype=row.dtype)
    framed[:, 0], framed[:, -1] = ends
    framed[:, 1:-1] = parts
    return framed


def _chunks(ids: Ids) -> Iterator[Ids]:
    return (ids[first : first + _CHUNK] for first in range(0, len(ids), _CHUNK))
