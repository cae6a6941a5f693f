"""Words as sequences of character ids."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from onoma.features.vocabulary import Vocabulary

MAX_CHARACTERS = 32
"""A longer word is seen by its first and last halves: names differ at their ends, URLs in the middle."""


def character_ids(word: str, vocabulary: Vocabulary) -> npt.NDArray[np.int32]:
    """Return the ids of the word's characters, padded with 0. [MAX_CHARACTERS]"""
    if len(word) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        word = word[:half] + word[-half:]
    ids = np.zeros(MAX_CHARACTERS, dtype=np.int32)
    ids[: len(word)] = [vocabulary.id(char) for char in word]
    return ids
