"""Counting more distinct things than memory holds: by an unbiased sample of them.

Past its capacity a counter keeps only those keys whose hash ends in ``level`` zero bits, one in
``2 ** level``. A key is either counted in full or not at all, so shares stay unbiased, and numbers of
distinct keys are estimated as kept * 2 ** level (adaptive sampling, Flajolet 1990). The hash does not change
between processes: the same data gives the same figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Generic, TypeVar

Key = TypeVar("Key")


def hash64(text: str) -> int:
    """Return 64 bits of BLAKE2b, in 0 .. 2**64 - 1."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class SampledCounter(Generic[Key]):
    """Counts of keys, at most ``capacity`` of them.

    Args:
        capacity: distinct keys held; more makes it a sample.
        text_of: what of a key decides whether it is in the sample.
    """

    def __init__(self, capacity: int, text_of: Callable[[Key], str]) -> None:
        self.counts: dict[Key, int] = {}
        self.level = 0
        self._capacity = capacity
        self._text_of = text_of

    @property
    def estimated(self) -> bool:
        """Whether figures come from a sample."""
        return self.level > 0

    def add(self, counts: Mapping[Key, int]) -> None:
        """Add counts by key."""
        known = self.counts
        for key, count in counts.items():
            if key in known:
                known[key] += count
            elif self._is_in(key, self.level):
                known[key] = count
                if len(known) > self._capacity:
                    self.level += 1
                    self.counts = known = self.at(self.level)

    def at(self, level: int) -> dict[Key, int]:
        """Return the counts of the smaller sample of a higher level."""
        if level == 0:
            return self.counts
        return {key: count for key, count in self.counts.items() if self._is_in(key, level)}

    def scaled(self, number: int) -> int:
        """Return an estimate of the whole from a number in the sample."""
        return number << self.level

    def _is_in(self, key: Key, level: int) -> bool:
        return level == 0 or hash64(self._text_of(key)) & ((1 << level) - 1) == 0
