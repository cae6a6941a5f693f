"""What kinds of texts there are among those with the most to learn: clusters of means of word vectors.

The texts that a model is least sure of are often of one kind, tables of results or lists of names, which
differ in every word and teach the same. So a few times as many texts as are wanted are put into as many
clusters as are wanted, and the first of each goes before all others.

Source: Zhdanov 2019 (Diverse mini-batch active learning, arXiv 1901.05954), where the text nearest to the
centre of each cluster is taken. Means of vectors are those of Arora, Liang and Ma 2017 (A simple but
tough-to-beat baseline for sentence embeddings): a frequent word counts for little.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from onoma.features.vectors.table import WordVectors
from onoma.text import Document

Floats = npt.NDArray[np.float32]

_TIMES, _PART = 4, 0.1
"""So many times what is wanted is put into clusters, at most so much of the pool: further down there is less
to learn, whatever the kind."""

_MOST = 1_000
"""Clusters: more of them take long, and are not told apart by so few words."""

_RARE = 1e-3
"""a: a word with a share p of all words weighs a / (a + p)."""

_DIM = 64
_ROUNDS = 8
_AT_ONCE = 1 << 22
"""Distances that are in memory at once."""


def by_kinds(
    order: Sequence[int],
    documents: Sequence[Document],
    wanted: int,
    vectors: WordVectors | None,
    generator: np.random.Generator,
) -> list[int]:
    """Return places of documents in another order: of each kind one, then of each the second, and so on.

    Args:
        order: places of documents, most to learn from first.
        documents: tokenised.
        wanted: how many are going to be taken.
        vectors: of words; without any each word has a random one, so that texts are alike by their words.
        generator: draws the first centres.
    """
    shortlist = order[: min(_TIMES * wanted, int(_PART * len(order)))]
    if wanted < 2 or len(shortlist) <= wanted:
        return list(order)
    means = mean_vectors([documents[index] for index in shortlist], vectors)
    seen = Counter[int]()
    ranks = []
    for cluster in find_clusters(means, min(wanted, _MOST), generator).tolist():
        ranks.append(seen[cluster])
        seen[cluster] += 1
    places = np.array(shortlist)[np.argsort(ranks, kind="stable")]
    return [*places.tolist(), *order[len(shortlist) :]]


def mean_vectors(documents: Sequence[Document], vectors: WordVectors | None) -> Floats:
    """Return the weighted mean of each document's word vectors, of length 1; 0 where none has one. [D, W]

    Args:
        documents: tokenised.
        vectors: of words, or None for random ones.
    """
    counts = Counter(word_key(word) for document in documents for word in document.words)
    spellings = {word: place for place, word in enumerate({word for one in documents for word in one.words})}
    total = counts.total()
    table = np.zeros((max(1, len(spellings)), _DIM if vectors is None else vectors.dim))  # [V, W]
    for word, place in spellings.items():
        key = word_key(word)
        table[place] = _vector(word, key, vectors) * (_RARE / (_RARE + counts[key] / total))
    means = np.stack([table[[spellings[word] for word in one.words]].sum(0) for one in documents])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    found: Floats = (means / np.maximum(lengths, 1e-12)).astype(np.float32)
    return found


def word_key(word: str) -> str:
    """Return what words have in common that say the same of a text's kind: numbers are one, case nothing."""
    return "0" if word[:1].isdecimal() else word.casefold()


def _vector(word: str, key: str, vectors: WordVectors | None) -> Floats:
    if vectors is not None:
        return vectors.vector(word)[0]
    return np.random.default_rng(zlib.crc32(key.encode())).standard_normal(_DIM, np.float32)


def find_clusters(points: Floats, count: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the cluster of each point, 0..count-1, by k-means (Lloyd 1982). [N]

    The first centres are drawn one after the other, the likelier the further a point is from those before
    (k-means++, Arthur and Vassilvitskii 2007): drawn alike, nine of ten would be of a kind that nine of ten
    points are of.

    Args:
        points: [N, W]
        count: of clusters, at most N; some may be empty in the end.
        generator: draws the points that are the first centres.
    """
    centres = _first_centres(points, count, generator)
    for _ in range(_ROUNDS):
        nearest = _nearest(points, centres)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, points)
        sizes = np.bincount(nearest, minlength=count)
        filled = sizes > 0
        centres = np.where(filled[:, None], sums / np.maximum(sizes, 1)[:, None], centres)
    return _nearest(points, centres)


def _first_centres(points: Floats, count: int, generator: np.random.Generator) -> Floats:
    chosen = [int(generator.integers(len(points)))]
    far = np.full(len(points), np.inf)  # [N], to the nearest centre, squared
    for _ in range(1, count):
        far = np.minimum(far, ((points - points[chosen[-1]]) ** 2).sum(1))
        reach = far.cumsum()
        # Where all points are centres already, any does.
        drawn = int(np.searchsorted(reach, generator.random() * reach[-1], side="right"))
        chosen.append(min(drawn, len(points) - 1))
    return points[chosen]


def _nearest(points: Floats, centres: Floats) -> npt.NDArray[np.int64]:
    """Return the nearest centre of each point. [N]"""
    half = (centres**2).sum(1) / 2  # [K]
    step = max(1, _AT_ONCE // len(centres))
    found = [
        (points[first : first + step] @ centres.T - half).argmax(1) for first in range(0, len(points), step)
    ]
    return np.concatenate(found)
