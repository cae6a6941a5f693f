"""Word types with the pieces that each is cut into, once.

The pieces of all types lie in one growing array, so that a batch is a gather without a Python object for each
token. Threads may share the table as they may the one below it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.features.vectors.table import WordVectors
from onoma.features.vocabulary import Vocabulary
from onoma.features.word_types import Batch, Ids, Rows, WordTypes, doubled, in_a_row

Cut = Callable[[str], list[int]]
"""Cuts a word into pieces, at least one."""


class Frame(NamedTuple):
    """What stands around the pieces of an input.

    Args:
        pad: fills the end of short ones.
        ends: the pieces at begin and end, if there are any.
    """

    pad: int
    ends: tuple[int, int] | None


class PieceTypes(WordTypes):
    """A table of word types and their pieces.

    Args:
        words: see `WordTypes`.
        characters: see there.
        vectors: see there.
        cut: cuts a word.
        frame: of each input.
    """

    def __init__(
        self,
        words: Vocabulary,
        characters: Vocabulary | None,
        vectors: WordVectors | None,
        cut: Cut,
        frame: Frame,
    ) -> None:
        super().__init__(words, characters, vectors)
        self._cut = cut
        self._frame = frame
        self._starts = np.zeros(1024, dtype=np.int64)  # by row: where its pieces begin
        self._counts = np.zeros(1024, dtype=np.int64)  # by row: how many they are
        self._pieces = np.zeros(4096, dtype=np.int32)
        self._used = 0

    def sizes(self, rows: Rows) -> Ids:
        """Return the pieces of each word. [T]"""
        return self._counts[rows]

    def units(self, rows: Rows, starts: Ids, ends: Ids) -> Ids:
        """Return the pieces of each part of the words in ``rows`` [N]; see `WordTypes.units`. [S]"""
        before = np.zeros(len(rows) + 1, dtype=np.int64)  # [N+1], pieces before each word
        np.cumsum(self._counts[rows], out=before[1:])
        return before[ends] - before[starts]

    def _write(self, row: int, word: str) -> None:
        pieces = self._cut(word)
        super()._write(row, word)
        if row >= len(self._counts):
            self._starts, self._counts = doubled(self._starts), doubled(self._counts)
        start, end = self._used, self._used + len(pieces)
        while end > len(self._pieces):
            self._pieces = doubled(self._pieces)
        self._pieces[start:end] = pieces
        self._starts[row], self._counts[row] = start, len(pieces)
        self._used = end

    def batch(self, sentences: Sequence[Rows]) -> Batch:
        """Gather the model inputs of sentences of rows.

        Args:
            sentences: the rows of each, what is read around it among them.

        Returns:
            Those of `WordTypes`, and ``pieces`` [B, P] padded with the pad id, ``piece_lengths`` [B] with the
            ends counted, ``piece_words`` [B, P] the word of each piece (0 for ends and padding),
            ``first_pieces`` [B, T] each word's first place in P, and ``piece_counts`` [B, T]; the last two
            are 0 in padding.
        """
        inputs = super().batch(sentences)
        lengths = inputs["lengths"]  # [B]
        flat = in_a_row(sentences)  # [N]
        counts = self._counts[flat]  # [N]
        before = np.concatenate([[0], np.cumsum(counts)])  # [N+1], pieces before each word
        edges = np.concatenate([[0], np.cumsum(lengths)])  # [B+1], words before each input
        ends = self._frame.ends
        first = 0 if ends is None else 1
        piece_lengths = np.diff(before[edges]) + 2 * first  # [B]
        # Where the pieces of the M in the batch lie in the table, word by word.
        places = np.repeat(self._starts[flat] - before[:-1], counts) + np.arange(before[-1])  # [M]
        columns = np.arange(int(piece_lengths.max(initial=0)))  # [P]
        inner = (columns >= first) & (columns < (piece_lengths - first)[:, None])  # [B, P]
        words = np.arange(inputs["words"].shape[1]) < lengths[:, None]  # [B, T]
        pieces = np.full(inner.shape, self._frame.pad, dtype=np.int64)  # [B, P]
        pieces[inner] = self._pieces[places]
        if ends is not None and len(pieces):
            pieces[:, 0] = ends[0]
            pieces[np.arange(len(pieces)), piece_lengths - 1] = ends[1]
        owners = np.arange(len(flat)) - np.repeat(edges[:-1], lengths)  # [N], place in the input
        firsts = before[:-1] - np.repeat(before[edges[:-1]], lengths) + first  # [N]
        inputs["pieces"] = pieces
        inputs["piece_lengths"] = piece_lengths
        inputs["piece_words"] = _scatter(inner, np.repeat(owners, counts))  # [B, P]
        inputs["first_pieces"] = _scatter(words, firsts)  # [B, T]
        inputs["piece_counts"] = _scatter(words, counts)  # [B, T]
        return inputs


def _scatter(mask: npt.NDArray[np.bool_], values: Ids) -> Ids:
    """Write values to where the mask is true, row by row; 0 elsewhere."""
    padded = np.zeros(mask.shape, dtype=np.int64)
    padded[mask] = values
    return padded
