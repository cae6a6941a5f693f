"""Word features: the vocabularies that turn words into model inputs, and how they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy.typing as npt

from onoma.features.context import context_state, read_context
from onoma.features.vectors.table import WordVectors
from onoma.features.vocabulary import Vocabulary
from onoma.features.word_types import TypeCache, WordTypes


class WordFeatures(TypeCache):
    """Turns words into model inputs.

    Args:
        words: the word vocabulary.
        characters: the character vocabulary, None when the model has no character features.
        vectors: pretrained vectors, None when the model has none. They reach the model as inputs: it needs
            no weights for them, and words that train has not get theirs, too.
        context: words of the document that are read on either side of a sentence.
        together: whether sentences are then read in passages; see `onoma.features.context`.
    """

    def __init__(
        self,
        words: Vocabulary,
        characters: Vocabulary | None = None,
        vectors: WordVectors | None = None,
        *,
        context: int = 0,
        together: bool = True,
    ) -> None:
        self.words = words
        self.characters = characters
        self.vectors = vectors
        self.context = context
        self.together = together
        super().__init__()

    def new_types(self) -> WordTypes:
        """Return an empty table, beside the one in use."""
        return WordTypes(self.words, self.characters, self.vectors)

    @classmethod
    def fit(
        cls,
        sentences: Iterable[Sequence[str]],
        *,
        lowercase: bool,
        min_count: int,
        characters: bool,
        vectors: WordVectors | None = None,
        context: int = 0,
    ) -> WordFeatures:
        """Collect the vocabularies of the training sentences."""
        words = Vocabulary.fit(
            (word for sentence in sentences for word in sentence), lowercase=lowercase, min_count=min_count
        )
        if not characters:
            return cls(words, None, vectors, context=context)
        letters = Vocabulary.fit(
            (char for sentence in sentences for word in sentence for char in word), min_count=3
        )
        return cls(words, letters, vectors, context=context)

    @property
    def overhead(self) -> int:
        """Units that are added to every input: none."""
        return 0

    def state(self) -> dict[str, Any]:
        """Return JSON-ready values for `from_state`; the vectors are in `arrays`."""
        return {
            "words": self.words.state(),
            "characters": None if self.characters is None else self.characters.state(),
        } | context_state(self.context, self.together)

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
        context, together = read_context(state)
        return cls(
            Vocabulary.from_state(words),
            None if characters is None else Vocabulary.from_state(characters),
            WordVectors.from_arrays(dict(arrays)) if arrays else None,
            context=context,
            together=together,
        )
