"""Sentences that are read together, and the way back from what was read to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.features.word_types import Around

Ids = npt.NDArray[np.int64]


class Cut(NamedTuple):
    """Where the words of sentences lie among those of the inputs that they were read in.

    Args:
        places: of each word in all inputs one behind the other, padding counted; 0 in padding. [B, T]
        lengths: words of each sentence. [B]
    """

    places: Ids
    lengths: Ids

    @classmethod
    def of(cls, owners: Ids, starts: Ids, lengths: Ids, width: int) -> Cut:
        """Return the cut of B sentences.

        Args:
            owners: the input that each sentence lies in. [B]
            starts: its first word there. [B]
            lengths: its words. [B]
            width: words of the longest input.
        """
        columns = np.arange(int(lengths.max(initial=0)))  # [T]
        places = (owners * width + starts)[:, None] + columns  # [B, T]
        return cls(np.where(columns < lengths[:, None], places, 0), lengths)

    def __call__(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return what was put out of inputs [G, W, ...] as that of sentences [B, T, ...]."""
        found: npt.NDArray[Any] = values.reshape(-1, *values.shape[2:])[self.places]
        return found


@dataclass(frozen=True, slots=True)
class Passages:
    """Which of N sentences are read together, and with what around them.

    Args:
        edges: the first sentence of each passage, and N. [G + 1]
        around: what is read around each. [G]
    """

    edges: Ids
    around: Sequence[Around]

    def owners(self, sentences: Ids) -> Ids:
        """Return the passage of each of some sentences."""
        found: Ids = np.searchsorted(self.edges, sentences, side="right") - 1
        return found

    def take(self, sentences: Ids) -> Passages:
        """Return the passages of some sentences by themselves, numbered as these come.

        Raises:
            ValueError: a passage is not whole among the sentences, or not in order.
        """
        owners = self.owners(sentences)
        firsts = np.flatnonzero(sentences == self.edges[owners])
        chosen = owners[firsts]
        edges = np.append(firsts, len(sentences)).astype(np.int64)
        if not np.array_equal(sentences, members(self.edges, chosen)):
            raise ValueError("sentences can only be taken with all others of their passage")
        return Passages(edges, [self.around[index] for index in chosen.tolist()])


def members(edges: Ids, chosen: Ids) -> Ids:
    """Return the numbers of what lies in some groups, one group behind the other.

    Args:
        edges: the first member of each group, and the number of all. [G + 1]
        chosen: groups.
    """
    starts, counts = edges[chosen], edges[chosen + 1] - edges[chosen]
    before = np.cumsum(counts) - counts
    found: Ids = np.repeat(starts - before, counts) + np.arange(int(counts.sum()))
    return found
