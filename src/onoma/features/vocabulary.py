"""Words and characters to ids, with frequencies kept for word dropout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

PAD, UNKNOWN = 0, 1
_SPECIAL = 2


class Vocabulary:
    """An immutable mapping from strings to ids; 0 is padding, 1 is unknown.

    Args:
        items: the known strings, most frequent first.
        counts: how often each occurred in train, same order.
        lowercase: look words up in lower case.
    """

    __slots__ = ("_ids", "counts", "items", "lowercase")

    def __init__(self, items: Sequence[str], counts: Sequence[int], *, lowercase: bool = False) -> None:
        if len(items) != len(counts):
            raise ValueError(f"{len(items)} items but {len(counts)} counts")
        self.items = tuple(items)
        self.counts = tuple(counts)
        self.lowercase = lowercase
        self._ids = {item: index for index, item in enumerate(items, start=_SPECIAL)}
        if len(self._ids) != len(self.items):
            raise ValueError("the vocabulary holds an item twice")

    @classmethod
    def fit(cls, words: Iterable[str], *, lowercase: bool = False, min_count: int = 1) -> Vocabulary:
        """Collect the strings that occur at least ``min_count`` times; ties in alphabetical order."""
        counts: dict[str, int] = {}
        for word in words:
            key = word.lower() if lowercase else word
            counts[key] = counts.get(key, 0) + 1
        kept = sorted(
            (item for item in counts.items() if item[1] >= min_count), key=lambda item: (-item[1], item[0])
        )
        return cls([word for word, _ in kept], [count for _, count in kept], lowercase=lowercase)

    def __len__(self) -> int:
        """Number of ids, padding and unknown included."""
        return len(self.items) + _SPECIAL

    def __contains__(self, word: str) -> bool:
        return (word.lower() if self.lowercase else word) in self._ids

    def id(self, word: str) -> int:
        """Return the id of ``word``, 1 when unknown."""
        return self._ids.get(word.lower() if self.lowercase else word, UNKNOWN)

    def frequencies(self) -> npt.NDArray[np.int64]:
        """Counts by id, zeros for padding and unknown. [V]"""
        return np.array((0, 0, *self.counts), dtype=np.int64)

    def state(self) -> dict[str, object]:
        """Return JSON-ready values for `from_state`."""
        return {"items": list(self.items), "counts": list(self.counts), "lowercase": self.lowercase}

    @classmethod
    def from_state(cls, state: dict[str, object]) -> Vocabulary:
        """Rebuild from `state`.

        Raises:
            ValueError: the state is not one that `state` returns.
        """
        items, counts = state.get("items"), state.get("counts")
        if not isinstance(items, list) or not isinstance(counts, list):
            raise ValueError("a vocabulary needs lists 'items' and 'counts'")
        if not all(isinstance(item, str) for item in items) or not all(
            type(count) is int and 0 <= count < 1 << 63 for count in counts
        ):
            raise ValueError("a vocabulary's items are strings and its counts integers from 0 to 2^63 - 1")
        lowercase = state.get("lowercase")
        if not isinstance(lowercase, bool):
            raise ValueError("a vocabulary's 'lowercase' is true or false")
        return cls(items, counts, lowercase=lowercase)
