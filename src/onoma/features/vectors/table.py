"""Words and their vectors: look-up with case fallback and subwords."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from onoma.features.vectors.coverage import Coverage
from onoma.features.vectors.eight_bits import SCALES, restore_vectors
from onoma.features.vectors.subwords import Floats, Subwords

How = Literal["exact", "lower", "title", "upper", "subword", "none"]
Arrays = dict[str, npt.NDArray[Any]]

ARRAY_NAMES = ("vectors.words", "vectors.rows", "vectors.buckets", "vectors.subword_lengths", *SCALES)
_MAX_SUBWORD_LENGTH = 100


def case_forms(word: str) -> Iterator[tuple[Literal["lower", "title", "upper"], str]]:
    """Yield the forms a word is looked up in when it is not known as written, in this order."""
    lower = word.lower()
    yield "lower", lower
    yield "title", lower[:1].upper() + lower[1:]
    yield "upper", word.upper()


class WordVectors:
    """A vector for each known word, and ways to find one for others.

    A word is looked up as written, then in lower case, with a capital, in capitals; then its vector is
    composed of subwords; then it is zero.

    Args:
        words: distinct words, most frequent first as a rule.
        rows: their vectors, float32 or float16. [V, D]
        subwords: for unknown words, where the vectors were trained with them.
    """

    __slots__ = ("_index", "rows", "subwords", "words")

    def __init__(self, words: Sequence[str], rows: Floats, subwords: Subwords | None = None) -> None:
        self._index = {word: row for row, word in enumerate(words)}
        if not len(words) or rows.ndim != 2 or len(rows) != len(words) or len(self._index) != len(words):
            raise ValueError("word vectors need at least one word, a row for each, and each word once")
        if subwords is not None and subwords.buckets.shape[1] != rows.shape[1]:
            raise ValueError("the vectors of subwords have another width than those of words")
        self.words = tuple(words)
        self.rows = rows
        self.subwords = subwords

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._index

    @property
    def dim(self) -> int:
        """Width of a vector."""
        return int(self.rows.shape[1])

    def find(self, word: str) -> tuple[int, How]:
        """Return the row of ``word`` and how it was found; row -1 for ``subword`` and ``none``."""
        row = self._index.get(word)
        if row is not None:
            return row, "exact"
        for form, other in case_forms(word):
            row = self._index.get(other)
            if row is not None:
                return row, form
        composable = self.subwords is not None and self.subwords.reach(word)
        return -1, "subword" if composable else "none"

    def vector(self, word: str) -> tuple[npt.NDArray[np.float32], How]:
        """Return the vector of a word, zeros for one that nothing is known of, and how it was found. [D]"""
        row, how = self.find(word)
        if row >= 0:
            return self.rows[row].astype(np.float32), how
        composed = self.subwords.compose(word) if self.subwords is not None else None
        return (np.zeros(self.dim, dtype=np.float32) if composed is None else composed), how

    def nearest(self, word: str, count: int = 8) -> list[tuple[str, float]]:
        """Return the words most like ``word`` by cosine, itself left out; none if it has no vector."""
        vector, how = self.vector(word)
        norms = np.sqrt(np.einsum("vd,vd->v", self.rows, self.rows, dtype=np.float32))  # [V]
        size = float(np.linalg.norm(vector))
        if how == "none" or size == 0:
            return []
        scores = self.rows.astype(np.float32) @ vector / (np.maximum(norms, 1e-9) * size)  # [V]
        best = np.argsort(-scores)[: count + 1]
        found = [(self.words[row], float(scores[row])) for row in best if row != self.find(word)[0]]
        return found[:count]

    def coverage(self, words: Mapping[str, int]) -> Coverage:
        """Count how the words of a text are found.

        Args:
            words: how often each occurs.
        """
        tokens: Counter[str] = Counter()
        types: Counter[str] = Counter()
        for word, count in words.items():
            how = self.find(word)[1]
            kind = "case" if how in ("lower", "title", "upper") else how
            tokens[kind] += count
            types[kind] += 1
        return Coverage(tokens, types)

    def trim(self, words: Iterable[str], *, subwords: bool) -> WordVectors:
        """Keep what a text's words need: their rows and those of their case forms, in the old order.

        Args:
            words: the words.
            subwords: keep the n-grams. Without them, words that only they can give get rows of their own.
        """
        rows: set[int] = set()
        composed: dict[str, npt.NDArray[np.float32]] = {}
        for word in words:
            found = [self._index[form] for form in _forms(word) if form in self._index]
            rows.update(found)
            if not found and not subwords and self.subwords is not None and word not in composed:
                vector = self.subwords.compose(word)
                if vector is not None:
                    composed[word] = vector
        kept = sorted(rows)
        table = np.concatenate([self.rows[kept], *(vector[None] for vector in composed.values())])
        names = [self.words[row] for row in kept] + list(composed)
        return WordVectors(names, table.astype(self.rows.dtype), self.subwords if subwords else None)

    def for_model(self) -> WordVectors:
        """Return the vectors as models take them: scaled to a mean norm of 1, in half precision.

        Sources differ in scale by a factor of ten; learned word vectors start with norm 1, too. Half
        precision halves a bundle and is far finer than what vectors mean; training sees the rounded values
        that the bundle will hold.

        Raises:
            ValueError: the vectors are all zero, or hold a value a thousand times beyond the others.
        """
        norms = np.sqrt(np.einsum("vd,vd->v", self.rows, self.rows, dtype=np.float64))  # [V]
        mean = float(norms.mean()) if len(norms) else 0.0
        if mean == 0:
            raise ValueError("all vectors are zero")
        scale = np.float32(1 / mean)
        rows = _to_half(self.rows, scale)
        if self.subwords is None:
            return WordVectors(self.words, rows)
        lengths = self.subwords.min_length, self.subwords.max_length
        return WordVectors(self.words, rows, Subwords(*lengths, _to_half(self.subwords.buckets, scale)))

    def arrays(self) -> Arrays:
        """Return everything as named arrays, for `from_arrays`; the words as UTF-8, a line each."""
        text = "\n".join(self.words).encode("utf-8")
        arrays: Arrays = {"vectors.words": np.frombuffer(text, dtype=np.uint8), "vectors.rows": self.rows}
        if self.subwords is not None:
            lengths = self.subwords.min_length, self.subwords.max_length
            arrays["vectors.buckets"] = self.subwords.buckets
            arrays["vectors.subword_lengths"] = np.array(lengths, dtype=np.int64)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> WordVectors:
        """Rebuild from `arrays`, or from what an export to 8 bits made of them.

        Raises:
            ValueError: they are neither.
        """
        arrays = restore_vectors(arrays)
        words, rows = arrays.get("vectors.words"), arrays.get("vectors.rows")
        if words is None or rows is None or words.dtype != np.uint8 or words.ndim != 1:
            raise ValueError("word vectors need 'vectors.words' (bytes) and 'vectors.rows'")
        _check_matrix(rows, "vectors.rows")
        listed = words.tobytes().decode("utf-8").split("\n") if len(rows) else []
        subwords = None
        if "vectors.buckets" in arrays or "vectors.subword_lengths" in arrays:
            subwords = _parse_subwords(arrays)
        return cls(listed, rows, subwords)


def _forms(word: str) -> Iterator[str]:
    yield word
    for _, form in case_forms(word):
        yield form


def _to_half(rows: Floats, scale: np.float32) -> npt.NDArray[np.float16]:
    halves = np.empty(rows.shape, dtype=np.float16)
    with np.errstate(over="ignore"):
        for first in range(0, len(rows), 65_536):  # in pieces: the table can be most of the memory
            halves[first : first + 65_536] = rows[first : first + 65_536] * scale
    if not np.isfinite(halves).all():
        raise ValueError("a value is ten thousand times beyond the others: the vectors are damaged")
    return halves


def _check_matrix(array: npt.NDArray[Any], name: str) -> None:
    if array.ndim != 2 or array.dtype not in (np.float16, np.float32) or array.shape[1] < 1:
        raise ValueError(f"'{name}' must be a table of half or single precision")


def _parse_subwords(arrays: Arrays) -> Subwords:
    buckets, lengths = arrays.get("vectors.buckets"), arrays.get("vectors.subword_lengths")
    if buckets is None or lengths is None or lengths.shape != (2,) or lengths.dtype != np.int64:
        raise ValueError("subwords need 'vectors.buckets' and two 'vectors.subword_lengths'")
    _check_matrix(buckets, "vectors.buckets")
    shortest, longest = (int(length) for length in lengths)
    if not len(buckets) or not 1 <= shortest <= longest <= _MAX_SUBWORD_LENGTH:
        raise ValueError(f"subwords of {shortest} to {longest} characters in {len(buckets)} buckets")
    return Subwords(shortest, longest, buckets)
