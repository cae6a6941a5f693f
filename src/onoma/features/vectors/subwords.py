"""Vectors of unknown words from their character n-grams: fastText (Bojanowski et al. 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]

_FNV_OFFSET, _FNV_PRIME = 2166136261, 16777619
# fastText adds each byte as a signed char; the published models depend on that slip.
_SIGNED_BYTES = tuple(byte if byte < 128 else byte | 0xFFFFFF00 for byte in range(256))
_CHUNK_WORDS = 8192
_CHUNK_GRAMS = 65_536


def subword_ids(word: str, min_length: int, max_length: int, num_buckets: int) -> Iterator[int]:
    """Yield the buckets of the word's n-grams.

    The n-grams are those of ``<word>`` with ``min_length`` to ``max_length`` code points; each falls into the
    bucket that the 32-bit FNV-1a hash of its UTF-8 bytes gives.
    """
    data = f"<{word}>".encode("utf-8", "surrogatepass")
    edges = [index for index, byte in enumerate(data) if byte & 0xC0 != 0x80]
    edges.append(len(data))
    last = len(edges) - 1
    for start in range(last):
        value = _FNV_OFFSET
        for end in range(start + 1, min(start + max_length, last) + 1):
            for byte in data[edges[end - 1] : edges[end]]:
                value = ((value ^ _SIGNED_BYTES[byte]) * _FNV_PRIME) & 0xFFFFFFFF
            length = end - start
            # The angle brackets alone say nothing.
            if length >= min_length and not (length == 1 and (start == 0 or end == last)):
                yield value % num_buckets


class Subwords:
    """The n-gram part of a fastText model.

    Args:
        min_length: code points of the shortest n-grams.
        max_length: of the longest ones.
        buckets: a vector for each hash bucket. [B, D]
    """

    __slots__ = ("buckets", "max_length", "min_length")

    def __init__(self, min_length: int, max_length: int, buckets: Floats) -> None:
        self.min_length = min_length
        self.max_length = max_length
        self.buckets = buckets

    def ids(self, word: str) -> list[int]:
        """Return the buckets of the word's n-grams; none if the word is too short to have one."""
        return list(self._ids(word))

    def _ids(self, word: str) -> Iterator[int]:
        return subword_ids(word, self.min_length, self.max_length, len(self.buckets))

    def reach(self, word: str) -> bool:
        """Whether a word is long enough to have an n-gram."""
        return next(self._ids(word), None) is not None

    def compose(self, word: str) -> npt.NDArray[np.float32] | None:
        """Return the vector of an unknown word, the mean of its n-grams' ones; None without n-grams. [D]"""
        found = self._ids(word)
        total, count = np.zeros(self.buckets.shape[1], np.float32), 0
        while ids := list(islice(found, _CHUNK_GRAMS)):  # a word may be a megabyte long
            total += self.buckets[ids].sum(axis=0, dtype=np.float32)
            count += len(ids)
        return total / np.float32(count) if count else None

    def compose_known(self, words: Sequence[str], rows: Floats) -> npt.NDArray[np.float32]:
        """Return the vectors of known words: the mean of their own row and their n-grams' ones. [V, D]

        Args:
            words: the words.
            rows: each word's own row. [V, D]
        """
        composed = np.array(rows, dtype=np.float32)  # [V, D]
        for first in range(0, len(words), _CHUNK_WORDS):
            ids = [self.ids(word) for word in words[first : first + _CHUNK_WORDS]]
            counts = np.array([len(one) for one in ids])
            some = np.flatnonzero(counts)
            if not len(some):
                continue
            flat = np.concatenate([ids[index] for index in some]).astype(np.int64)
            starts = np.concatenate([[0], np.cumsum(counts[some])[:-1]])
            composed[first + some] += np.add.reduceat(self.buckets[flat], starts, axis=0, dtype=np.float32)
            composed[first : first + len(ids)] /= 1 + counts[:, None]
        return composed
