"""Sentences to compare models on, made of a model's own vocabulary."""

from __future__ import annotations

import numpy as np

from onoma.features.protocol import Features
from onoma.text import Document, document_from_sentences

_SHAPES = (str, str, str.capitalize, str.upper)
_STRANGERS = ("Xqzzt", "12:30", "3.1415", "—", "Ωμέγα", "東京", "a" * 70, "#tag", "😀")
LONGEST = 80


def make_sentences(features: Features, count: int, seed: int = 0) -> list[Document]:
    """Return documents of one sentence each, of 1 to `LONGEST` words: known, in other cases, and strange."""
    rng = np.random.default_rng(seed)
    known = features.words.items or ("the", "of", "London", "Berlin", "said", "unbelievably")
    documents = []
    for index in range(count):
        length = 1 + index % LONGEST
        words = [str(known[number]) for number in rng.integers(0, len(known), length)]
        words = [_SHAPES[shape](word) for word, shape in zip(words, rng.integers(0, 4, length), strict=True)]
        for place in np.flatnonzero(rng.random(length) < 0.1).tolist():
            words[place] = _STRANGERS[int(rng.integers(0, len(_STRANGERS)))]
        documents.append(document_from_sentences(f"made-{index}", [words], []))
    return documents
