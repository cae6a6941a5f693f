"""The vectors of the word types of a text, found once for each type."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from onoma.features.vectors.subwords import Floats
from onoma.features.vectors.table import WordVectors

_NONE = -1


class VectorRows:
    """A growing list of word types that knows each one's vector without copying those of known words.

    It is written by one thread at a time, and read by many: see `onoma.features.word_types`.

    Args:
        vectors: where they come from.
    """

    def __init__(self, vectors: WordVectors) -> None:
        self._vectors = vectors
        self._places = np.zeros(1024, dtype=np.int64)  # in the table, or behind it among the composed ones
        self._composed = np.zeros((0, vectors.dim), dtype=np.float32)  # doubles as it fills
        self._num_composed = 0

    def write(self, row: int, word: str) -> None:
        """Say which word type a row is; rows come in order."""
        if row >= len(self._places):
            self._places = np.concatenate([self._places, np.zeros_like(self._places)])
        place, how = self._vectors.find(word)
        self._places[row] = self._compose(word) if how == "subword" else place

    def _compose(self, word: str) -> int:
        if self._num_composed == len(self._composed):
            more = np.zeros((max(256, len(self._composed)), self._vectors.dim), dtype=np.float32)
            self._composed = np.concatenate([self._composed, more])
        vector, _ = self._vectors.vector(word)
        self._composed[self._num_composed] = vector
        self._num_composed += 1
        return len(self._vectors) + self._num_composed - 1

    def gather(self, rows: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """Return the vectors of the word types in some rows. [U, D]"""
        places = self._places[rows]  # [U]
        table: Floats = self._vectors.rows
        vectors = table[np.where(places < len(table), places, _NONE)].astype(np.float32)  # [U, D]
        vectors[places == _NONE] = 0
        behind = places >= len(table)
        if behind.any():
            vectors[behind] = self._composed[places[behind] - len(table)]
        return vectors
