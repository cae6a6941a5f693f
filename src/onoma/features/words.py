"""Word features with a cache per word type: every distinct word is analysed once.

A sentence becomes an array of *rows* into growing tables (word id, casing, characters); a batch is then two
gathers. Most tokens of a text are repeats, so this makes feature extraction nearly free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.features.casing import casing_id
from onoma.features.characters import MAX_CHARACTERS, character_ids
from onoma.features.vectors.rows import VectorRows
from onoma.features.vectors.table import WordVectors
from onoma.features.vocabulary import Vocabulary

Rows = npt.NDArray[np.int32]
Batch = dict[str, npt.NDArray[Any]]

_CACHE_LIMIT = 1_000_000
"""Word types kept before the cache starts again: bounds memory on endless streams (about 150 MB)."""


class WordFeatures:
    """Turns words into model inputs.

    Args:
        words: the word vocabulary.
        characters: the character vocabulary, None when the model has no character features.
        vectors: pretrained vectors, None when the model has none. They reach the model as inputs: it needs
            no weights for them, and words that train has not get theirs, too.
    """

    def __init__(
        self, words: Vocabulary, characters: Vocabulary | None = None, vectors: WordVectors | None = None
    ) -> None:
        self.words = words
        self.characters = characters
        self.vectors = vectors
        self._reset()

    def _reset(self) -> None:
        self._rows: dict[str, int] = {}
        self._word_ids = np.zeros(1024, dtype=np.int64)
        self._casing_ids = np.zeros(1024, dtype=np.int64)
        self._character_ids = np.zeros((1024 if self.characters else 0, MAX_CHARACTERS), dtype=np.int32)
        self._vector_rows = None if self.vectors is None else VectorRows(self.vectors)

    @classmethod
    def fit(
        cls,
        sentences: Sequence[Sequence[str]],
        *,
        lowercase: bool,
        min_count: int,
        characters: bool,
        vectors: WordVectors | None = None,
    ) -> WordFeatures:
        """Collect the vocabularies of the training sentences."""
        words = Vocabulary.fit(
            (word for sentence in sentences for word in sentence), lowercase=lowercase, min_count=min_count
        )
        if not characters:
            return cls(words, None, vectors)
        letters = Vocabulary.fit(
            (char for sentence in sentences for word in sentence for char in word), min_count=3
        )
        return cls(words, letters, vectors)

    @property
    def overhead(self) -> int:
        """Units that are added to every input: none."""
        return 0

    @property
    def num_cached(self) -> int:
        """Word types in the cache: rows are the numbers below."""
        return len(self._rows)

    def sizes(self, rows: Rows) -> npt.NDArray[np.int64]:
        """Return the units that each word costs: one. [T]"""
        return np.ones(len(rows), dtype=np.int64)

    def rows(self, words: Sequence[str]) -> Rows:
        """Return each word's row in the type cache. [T]

        Rows stay valid until `trim` is called.
        """
        known = self._rows
        try:
            return np.array([known[word] for word in words], dtype=np.int32)
        except KeyError:
            for word in words:
                if word not in known:
                    self._add(word)
            return np.array([known[word] for word in words], dtype=np.int32)

    def trim(self) -> None:
        """Empty the cache when it has outgrown its bound; rows given out before are void then."""
        if len(self._rows) > _CACHE_LIMIT:
            self._reset()

    def _add(self, word: str) -> None:
        row = len(self._rows)
        if row == len(self._word_ids):
            self._word_ids = np.concatenate([self._word_ids, np.zeros_like(self._word_ids)])
            self._casing_ids = np.concatenate([self._casing_ids, np.zeros_like(self._casing_ids)])
            self._character_ids = np.concatenate([self._character_ids, np.zeros_like(self._character_ids)])
        self._word_ids[row] = self.words.id(word)
        self._casing_ids[row] = casing_id(word)
        if self.characters is not None:
            self._character_ids[row] = character_ids(word, self.characters)
        if self._vector_rows is not None:
            self._vector_rows.add(word)
        self._rows[word] = row

    def batch(self, sentences: Sequence[Rows]) -> Batch:
        """Gather the model inputs of sentences of rows.

        Returns:
            ``words`` and ``casing`` [B, T], padded with 0, ``lengths`` [B]; with character features also
            ``characters`` [U, C], the character ids of the batch's distinct words; with vectors ``vectors``
            [U, D], theirs; with either ``types`` [B, T], each token's index into them.
        """
        lengths = np.array([len(rows) for rows in sentences], dtype=np.int64)  # [B]
        width = int(lengths.max(initial=0))
        mask = np.arange(width) < lengths[:, None]  # [B, T]
        flat = np.concatenate(sentences) if len(sentences) else np.zeros(0, dtype=np.int32)  # [N]
        inputs: Batch = {"lengths": lengths}
        for name, table in (("words", self._word_ids), ("casing", self._casing_ids)):
            padded = np.zeros(mask.shape, dtype=np.int64)  # [B, T]
            padded[mask] = table[flat]
            inputs[name] = padded
        if self.characters is None and self._vector_rows is None:
            return inputs
        distinct, index = np.unique(flat, return_inverse=True)  # [U], [N]
        types = np.zeros(mask.shape, dtype=np.int64)  # [B, T]
        types[mask] = index
        inputs["types"] = types
        if self.characters is not None:
            characters = self._character_ids[distinct]  # [U, MAX_CHARACTERS]
            used = int((characters != 0).any(axis=0).sum())
            inputs["characters"] = characters[:, : max(used, 1)].astype(np.int64)  # [U, C]
        if self._vector_rows is not None:
            inputs["vectors"] = self._vector_rows.gather(distinct)  # [U, D]
        return inputs

    def state(self) -> dict[str, Any]:
        """Return JSON-ready values for `from_state`; the vectors are in `arrays`."""
        return {
            "words": self.words.state(),
            "characters": None if self.characters is None else self.characters.state(),
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the pretrained vectors as named arrays for `from_state`; empty without vectors."""
        return {} if self.vectors is None else self.vectors.arrays()

    @classmethod
    def from_state(
        cls, state: dict[str, Any], arrays: Mapping[str, npt.NDArray[Any]] | None = None
    ) -> WordFeatures:
        """Rebuild from `state` and `arrays`.

        Raises:
            ValueError: they are not what `state` and `arrays` return.
        """
        words, characters = state.get("words"), state.get("characters")
        if not isinstance(words, dict) or not (characters is None or isinstance(characters, dict)):
            raise ValueError("word features need 'words' and 'characters'")
        return cls(
            Vocabulary.from_state(words),
            None if characters is None else Vocabulary.from_state(characters),
            WordVectors.from_arrays(dict(arrays)) if arrays else None,
        )
