"""Sentences to compare models on, made of a model's own vocabulary."""

from __future__ import annotations

import numpy as np

from onoma.features.protocol import Features
from onoma.text import Document, document_from_sentences

_SHAPES = (str, str, str.capitalize, str.upper)
_STRANGERS = ("Xqzzt", "12:30", "3.1415", "—", "Ωμέγα", "東京", "a" * 70, "#tag", "😀")
LONGEST = 80
_TOGETHER = 4


def make_sentences(features: Features, count: int, seed: int = 0) -> list[Document]:
    """Return documents of 1 to `LONGEST` words a sentence: known, in other cases, and strange.

    They have one sentence each or, where the features read context, `_TOGETHER`.

    Args:
        features: of the model.
        count: of sentences.
        seed: of what is drawn.
    """
    rng = np.random.default_rng(seed)
    known = features.words.items or ("the", "of", "London", "Berlin", "said", "unbelievably")
    sentences = []
    for index in range(count):
        length = 1 + index % LONGEST
        words = [str(known[number]) for number in rng.integers(0, len(known), length)]
        words = [_SHAPES[shape](word) for word, shape in zip(words, rng.integers(0, 4, length), strict=True)]
        for place in np.flatnonzero(rng.random(length) < 0.1).tolist():
            words[place] = _STRANGERS[int(rng.integers(0, len(_STRANGERS)))]
        sentences.append(words)
    size = _TOGETHER if features.context else 1
    return [
        document_from_sentences(f"made-{first}", sentences[first : first + size], [])
        for first in range(0, count, size)
    ]
