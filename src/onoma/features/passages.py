"""Sentences that are read together, and the way back from what was read to each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.features.batches import bucket_by_length
from onoma.features.context import Around

Ids = npt.NDArray[np.int64]

_MOST_PADDED = 4
"""Times as many words as its inputs have, padding counted, a cut has at most: one long sentence among
hundreds of short ones would fill the memory."""


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


Cuts = Sequence[tuple[Ids, Cut]]
"""Which of some sentences a cut is of, and it: all in one or, where there is too much padding, in several."""


def cut_sentences(owners: Ids, starts: Ids, lengths: Ids, shape: tuple[int, ...]) -> Cuts:
    """Return the cuts of B sentences: a single one, or some of sentences of similar length.

    Args:
        owners: the input that each sentence lies in. [B]
        starts: its first word there. [B]
        lengths: its words. [B]
        shape: of the inputs: how many, and words of the longest. [G, W]
    """
    num_inputs, width = shape
    most = _MOST_PADDED * num_inputs * width
    chosen: Iterable[Ids] = [np.arange(len(lengths))]
    if len(lengths) * int(lengths.max(initial=0)) > most:
        chosen = bucket_by_length(lengths, max_sentences=len(lengths), max_tokens=most)
    return [(some, Cut.of(owners[some], starts[some], lengths[some], width)) for some in chosen]


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
