"""Raw text as one long row of pieces, and its blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from onoma.errors import DataError
from onoma.features.pieces import PieceFeatures
from onoma.features.words import WordFeatures
from onoma.readers import Source
from onoma.tokenize import tokenize_words

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Pieces = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Report = Callable[[int], None]
"""Is told the words read so far."""

_REPORT_WORDS = 50_000


@dataclass(frozen=True, slots=True)
class Blocks:
    """N blocks of P pieces without padding: [CLS], text that goes on over paragraphs, [SEP].

    Args:
        pieces: [N, P]
        starts: [N, P] whether a piece begins a word; specials stand for words of their own.
        fixed: [N, P] specials, which are never hidden.
    """

    pieces: Pieces
    starts: Flags
    fixed: Flags

    def __len__(self) -> int:
        return len(self.pieces)


def count_words(texts: Sequence[str], encoding: str, report: Report) -> Counter[str]:
    """Count the words of all texts, for the tokenizer to learn from.

    Raises:
        DataError: a text cannot be read, or holds no word.
    """
    counts: Counter[str] = Counter()
    total = told = 0
    for words in _paragraphs(texts, encoding):
        counts.update(words)
        total += len(words)
        if total - told >= _REPORT_WORDS:
            told = total
            report(total)
    if not counts:
        raise DataError("holds no words to learn from", code="empty", path=texts[0])
    return counts


def read_blocks(
    texts: Sequence[str],
    encoding: str,
    tokenizer: Tokenizer,
    block: int,
    held_out: float,
    seed: int,
    report: Report,
) -> tuple[Blocks, Blocks]:
    """Cut texts into pieces and pack them.

    Args:
        texts: files, plain or packed, a paragraph a line.
        encoding: of the files.
        tokenizer: with [CLS] and [SEP], or <s> and </s>.
        block: pieces of a block, specials included.
        held_out: share of the paragraphs that is kept apart.
        seed: decides which.
        report: is told the progress.

    Returns:
        Blocks to learn from, and blocks held out.

    Raises:
        DataError: a text cannot be read, or there is too little of it for a block of each kind.
    """
    features = PieceFeatures(WordFeatures.fit([], lowercase=False, min_count=1, characters=False), tokenizer)
    begin, end = (int(piece) for piece in features.batch([features.rows([])])["pieces"][0])
    rows = (_Row(end), _Row(end))
    chance = np.random.default_rng((seed, 1))
    total = told = 0
    for words in _paragraphs(texts, encoding):
        rows[int(chance.random() < held_out)].add(features, words)
        features.trim()
        total += len(words)
        if total - told >= _REPORT_WORDS:
            told = total
            report(total)
    report(total)
    packed = [row.pack(begin, end, block) for row in rows]
    if not all(len(blocks) for blocks in packed):
        raise DataError(
            f"{total:,} words are too few: training and held-out part need a block of {block} pieces each",
            code="too-little-text",
            path=texts[0],
        )
    return packed[0], packed[1]


def _paragraphs(texts: Sequence[str], encoding: str) -> Iterator[list[str]]:
    for line in (line for text in texts for line in Source(text, encoding).lines()):
        words = [token.text for token in tokenize_words(line)]
        if words:
            yield words


class _Row:
    """Pieces one after the other, with a separator after each paragraph."""

    def __init__(self, separator: int) -> None:
        self._pieces: list[Pieces] = []
        self._starts: list[Flags] = []
        self._separator = np.array([separator], dtype=np.int32)

    def add(self, features: PieceFeatures, words: list[str]) -> None:
        rows = features.rows(words)
        pieces = features.batch([rows])["pieces"][0, 1:-1].astype(np.int32)  # [M]
        sizes = features.sizes(rows)  # [T]
        starts = np.zeros(len(pieces), dtype=np.bool_)
        starts[np.cumsum(sizes) - sizes] = True
        self._pieces += [pieces, self._separator]
        self._starts += [starts, np.ones(1, dtype=np.bool_)]

    def pack(self, begin: int, end: int, block: int) -> Blocks:
        """Cut into full blocks; what is left over at the end, less than a block, is not used."""
        inner = block - 2
        pieces = np.concatenate([*self._pieces, np.zeros(0, dtype=np.int32)])
        starts = np.concatenate([*self._starts, np.zeros(0, dtype=np.bool_)])
        count = len(pieces) // inner
        framed = np.empty((count, block), dtype=np.int32)  # [N, P]
        framed[:, 0], framed[:, -1] = begin, end
        framed[:, 1:-1] = pieces[: count * inner].reshape(count, inner)
        flags = np.ones((count, block), dtype=np.bool_)  # [N, P]
        flags[:, 1:-1] = starts[: count * inner].reshape(count, inner)
        return Blocks(framed, flags, (framed == begin) | (framed == end))
