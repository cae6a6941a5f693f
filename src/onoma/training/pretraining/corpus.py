"""Raw text as one long row of pieces, and its blocks."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.errors import DataError
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
"""Words, or different words, that are turned into pieces at a time."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text as ids of its different words.

    Args:
        types: the different words; the first stands for the end of a paragraph.
        train: [N] ids of the words to learn from, in order.
        held_out: [N] those of the paragraphs kept apart.
    """

    types: list[str]
    train: Ids
    held_out: Ids

    def counts(self) -> Counter[str]:
        """How often each word stands in the part to learn from."""
        numbers = np.bincount(self.train, minlength=len(self.types)).tolist()
        return Counter(
            {word: number for word, number in zip(self.types[1:], numbers[1:], strict=True) if number}
        )

    def fingerprint(self) -> str:
        """Sha256 of the words in their order, and of what is held out."""
        digest = hashlib.sha256("\n".join(self.types).encode("utf-8", "surrogatepass"))
        for ids in (self.train, self.held_out):
            digest.update(b"\n" + ids.astype("<i4").tobytes())
        return digest.hexdigest()


def read_words(texts: RawText, held_out: float, seed: int, report: Report) -> Words:
    """Read texts once, a paragraph a line, into 4 bytes a word.

    Args:
        texts: what to read.
        held_out: share of the paragraphs that is kept apart.
        seed: decides which.
        report: is told the progress.

    Raises:
        DataError: a text cannot be read, or holds no word.
    """
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    end = numbers[""]  # no word is empty
    rows = (array("i"), array("i"))
    chance = np.random.default_rng((seed, 1))
    total = told = 0
    for words in _paragraphs(texts):
        row = rows[int(chance.random() < held_out)]
        row.extend([numbers[word] for word in words])
        row.append(end)
        total += len(words)
        if total - told >= _REPORT_WORDS:
            told = total
            report(total)
    report(total)
    if not total:
        raise DataError("holds no words to learn from", code="empty", path=texts.name)
    train, apart = (np.frombuffer(row, dtype=np.int32) for row in rows)
    return Words(list(numbers), train, apart)


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
    """
    begin, end = (int(piece) for piece in features.batch([features.rows([])])["pieces"][0])
    table = _cut_types(words.types, features, end)
    packed = [_pack(ids, table, begin, end, block) for ids in (words.train, words.held_out)]
    if not all(len(blocks) for blocks in packed):
        total = int(np.count_nonzero(words.train) + np.count_nonzero(words.held_out))
        raise DataError(
            f"{total:,} words are too few: training and held-out part need a block of {block} pieces each",
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


def _pack(ids: Ids, table: _Cut, begin: int, end: int, block: int) -> Blocks:
    total = sum(int(table.sizes[part].sum()) for part in _chunks(ids))
    count = total // (block - 2)
    row = np.empty(total, dtype=table.pieces.dtype)
    starts = np.zeros(total, dtype=np.bool_)
    at = 0
    for part in _chunks(ids):
        sizes = table.sizes[part]  # [W]
        before = np.cumsum(sizes) - sizes  # [W]
        stop = at + int(sizes.sum())
        places = np.repeat(table.places[part] - before, sizes) + np.arange(stop - at)
        row[at:stop] = table.pieces[places]
        starts[at + before] = True
        at = stop
    used = count * (block - 2)
    pieces = np.empty((count, block), dtype=row.dtype)  # [N, P]
    pieces[:, 0], pieces[:, -1] = begin, end
    pieces[:, 1:-1] = row[:used].reshape(count, block - 2)
    flags = np.ones((count, block), dtype=np.bool_)  # [N, P]
    flags[:, 1:-1] = starts[:used].reshape(count, block - 2)
    return Blocks(pieces, flags, (begin, end))


def _chunks(ids: Ids) -> Iterator[Ids]:
    return (ids[first : first + _CHUNK] for first in range(0, len(ids), _CHUNK))
