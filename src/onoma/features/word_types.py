"""The distinct words that a model has met, each analysed once: a growing table that threads may share.

A sentence becomes an array of *rows* of the table; a batch is then two gathers. Most tokens of a text are
repeats, so this makes feature extraction nearly free.

Reading takes no lock. A row is written whole before its word can be found, and never again; an array that is
full is replaced by a longer copy, so that the one a reader holds has all rows that it has found. Writers
take turns. A row that was begun and not finished, because of an error or an interruption, is written anew.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.features.casing import casing_id
from onoma.features.characters import MAX_CHARACTERS, character_ids
from onoma.features.vectors.rows import VectorRows
from onoma.features.vectors.table import WordVectors
from onoma.features.vocabulary import Vocabulary

Rows = npt.NDArray[np.int32]
Ids = npt.NDArray[np.int64]
Batch = dict[str, npt.NDArray[Any]]

CACHE_LIMIT = 1_000_000
"""Word types of a table before a new one is begun: bounds memory on endless streams (about 150 MB)."""

_FIRST_SIZE = 1024


class _Columns(NamedTuple):
    """What is known of each row: word and casing ids [R], and character ids [R, MAX_CHARACTERS]."""

    words: Ids
    casing: Ids
    characters: npt.NDArray[np.int32]


class WordTypes:
    """A table of word types: their ids, casing, characters and vectors.

    Args:
        words: the word vocabulary.
        characters: the character vocabulary, None when the model has no character features.
        vectors: pretrained vectors, None when the model has none.
    """

    def __init__(self, words: Vocabulary, characters: Vocabulary | None, vectors: WordVectors | None) -> None:
        self._words = words
        self._characters = characters
        self._vectors = None if vectors is None else VectorRows(vectors)
        num_characters = 0 if characters is None else _FIRST_SIZE
        self._columns = _Columns(
            np.zeros(_FIRST_SIZE, dtype=np.int64),
            np.zeros(_FIRST_SIZE, dtype=np.int64),
            np.zeros((num_characters, MAX_CHARACTERS), dtype=np.int32),
        )
        self._rows: dict[str, int] = {}
        self._writing = Lock()

    def __len__(self) -> int:
        """Word types known: rows are the numbers below."""
        return len(self._rows)

    def __getstate__(self) -> dict[str, Any]:
        """Return all but the lock, which no copy and no pickle can hold."""
        with self._writing:
            return {**self.__dict__, "_rows": dict(self._rows), "_writing": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _writing=Lock())

    def spellings(self) -> list[str]:
        """Return all words known, by row."""
        return list(self._rows)

    def rows(self, words: Sequence[str]) -> Rows:
        """Return each word's row. [T]"""
        find = self._rows.__getitem__
        try:
            return np.fromiter(map(find, words), np.int32, len(words))
        except KeyError:
            self._learn(words)
            return np.fromiter(map(find, words), np.int32, len(words))

    def sizes(self, rows: Rows) -> Ids:
        """Return the units that each word costs: one. [T]"""
        return np.ones(len(rows), dtype=np.int64)

    def units(self, rows: Rows, starts: Ids, ends: Ids) -> Ids:
        """Return the units of each part of the words in ``rows`` [N]: as many as it has words. [S]

        Args:
            rows: of any words.
            starts: where each part begins among them. [S]
            ends: where it ends. [S]
        """
        return ends - starts

    def _learn(self, words: Sequence[str]) -> None:
        with self._writing:
            for word in words:
                if word not in self._rows:
                    row = len(self._rows)
                    self._write(row, word)
                    self._rows[word] = row  # from here on others find it

    def _write(self, row: int, word: str) -> None:
        if row == len(self._columns.words):
            words, casing, characters = self._columns
            self._columns = _Columns(doubled(words), doubled(casing), doubled(characters))
        self._columns.words[row] = self._words.id(word)
        self._columns.casing[row] = casing_id(word)
        if self._characters is not None:
            self._columns.characters[row] = character_ids(word, self._characters)
        if self._vectors is not None:
            self._vectors.write(row, word)

    def batch(self, sentences: Sequence[Rows]) -> Batch:
        """Gather the model inputs of sentences of rows.

        Args:
            sentences: the rows of each, what is read around it among them.

        Returns:
            ``words`` and ``casing`` [B, T], padded with 0, ``lengths`` [B]; with character features also
            ``characters`` [U, C], the character ids of the batch's distinct words; with vectors ``vectors``
            [U, D], theirs; with either ``types`` [B, T], each token's index into them.
        """
        lengths = np.array([len(rows) for rows in sentences], dtype=np.int64)  # [B]
        mask: npt.NDArray[np.bool_] | None = None  # one sentence has no padding
        if len(sentences) != 1:
            mask = np.arange(int(lengths.max(initial=0))) < lengths[:, None]  # [B, T]
        flat = in_a_row(sentences)  # [N]
        columns = self._columns
        inputs: Batch = {
            "lengths": lengths,
            "words": _padded(columns.words[flat], mask),
            "casing": _padded(columns.casing[flat], mask),
        }
        if self._characters is None and self._vectors is None:
            return inputs
        distinct, index = _as_they_come(flat)  # [U], [N]
        inputs["types"] = _padded(index, mask)
        if self._characters is not None:
            characters = columns.characters[distinct]  # [U, MAX_CHARACTERS]
            used = int((characters != 0).any(axis=0).sum())
            inputs["characters"] = characters[:, : max(used, 1)].astype(np.int64)  # [U, C]
        if self._vectors is not None:
            inputs["vectors"] = self._vectors.gather(distinct)  # [U, D]
        return inputs


class TypeCache(ABC):
    """Features that keep what they found out about words in a table, one after the other.

    Attributes:
        context: words that are read on either side of a sentence, see `onoma.features.context`.
        together: whether sentences with context are read in passages; see there.
        types: the table in use. Rows are of one table: who shares the features with others that may `trim`
            them takes it once, and asks it alone.
    """

    context: int = 0
    together: bool = True

    def __init__(self) -> None:
        self.types = self.new_types()

    @abstractmethod
    def new_types(self) -> WordTypes:
        """Return an empty table, beside the one in use."""

    def rows(self, words: Sequence[str]) -> Rows:
        """Return each word's row in the table in use. [T]

        Rows stay valid until `trim` is called.
        """
        return self.types.rows(words)

    def sizes(self, rows: Rows) -> Ids:
        """Return the units that each word costs. [T]"""
        return self.types.sizes(rows)

    def batch(self, sentences: Sequence[Rows]) -> Batch:
        """Gather the model inputs of sentences of rows; see the table's own."""
        return self.types.batch(sentences)

    def trim(self, limit: int | None = None) -> None:
        """Begin a new table when this one has more words (`CACHE_LIMIT`); rows from before are of the old."""
        if len(self.types) > (CACHE_LIMIT if limit is None else limit):
            self.types = self.new_types()


def _as_they_come(flat: Rows) -> tuple[Rows, Ids]:
    """Return the distinct rows [U] in the order of their first places, and each one's index there [N].

    In the order of their numbers a batch would depend on which words were met before it, and what a network
    makes of it, by some last bits.
    """
    distinct, firsts, index = np.unique(flat, return_index=True, return_inverse=True)  # [U], [U], [N]
    order = np.argsort(firsts)  # [U]
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    return distinct[order], ranks[index]


def in_a_row(sentences: Sequence[Rows]) -> Rows:
    """Return the rows of all sentences. [N]"""
    if len(sentences) == 1:
        return sentences[0]
    return np.concatenate(sentences) if len(sentences) else np.zeros(0, dtype=np.int32)


def _padded(values: Ids, mask: npt.NDArray[np.bool_] | None) -> Ids:
    """Write values [N] to where the mask is true, row by row, and 0 elsewhere; without one they are a row.

    [B, T]
    """
    if mask is None:
        return values[None]
    padded = np.zeros(mask.shape, dtype=np.int64)
    padded[mask] = values
    return padded


def doubled(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a copy with as many rows of zeros behind it."""
    return np.concatenate([array, np.zeros_like(array)])
