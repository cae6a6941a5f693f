"""Votes: what each source says of each token, in its own labels; and whose labels those are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from onoma.decode.transitions import Floats
from onoma.teachers.shards import Shard
from onoma.teachers.tables import Sparse

PARTS = 4
"""Columns of a label: beginning, inside, ending, and being an entity (BIOES)."""

TOP = 8
"""Probabilities of a vote that are kept, at most."""

MOST_SOURCES = 255
"""A row of a shard counts its entries in a byte."""

_EQUAL = 0.01
"""Probabilities that differ by less, in proportion, are equal: those that are stored are rounded."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ballot:
    """Who votes, and about what.

    Args:
        sources: their names.
        spoken: the labels that each speaks of, sorted; about others its silence says nothing.
    """

    sources: tuple[str, ...]
    spoken: tuple[tuple[str, ...], ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels that someone speaks of, sorted."""
        return tuple(sorted({label for labels in self.spoken for label in labels}))

    @property
    def width(self) -> int:
        """Columns of all parts: ``1 + 4L``."""
        return 1 + PARTS * len(self.labels)

    def columns(self, source: int) -> Ids:
        """Return which of all parts each column of a source's votes is. [1 + 4S]"""
        places = {label: place for place, label in enumerate(self.labels)}
        found = [0]
        for label in self.spoken[source]:
            first = 1 + PARTS * places[label]
            found += range(first, first + PARTS)
        return np.array(found, np.int64)

    @property
    def edges(self) -> list[int]:
        """Where each source's columns begin in a row of all votes, and the end. [J + 1]"""
        widths = [1 + PARTS * len(labels) for labels in self.spoken]
        return [0, *accumulate(widths)]


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes on some sentences.

    Args:
        lengths: tokens of each sentence. [S]
        of: each source's probabilities of the parts that it speaks of, rows with sum 1. [N, 1 + 4S] each
    """

    lengths: Ids
    of: Sequence[Floats]

    @property
    def num_tokens(self) -> int:
        """Rows of each source."""
        return int(self.lengths.sum())


def decided(votes: Votes) -> Votes:
    """Return the votes of sources that have made up their minds: the most probable part; of equals each."""
    return Votes(votes.lengths, [_decided(rows) for rows in votes.of])


def _decided(rows: Floats) -> Floats:
    most = rows.max(axis=1, keepdims=True)
    made = (rows >= most * (1 - _EQUAL)).astype(rows.dtype)
    found: Floats = made / made.sum(axis=1, keepdims=True)
    return found


def named_parts(votes: Votes, ballot: Ballot) -> Ids:
    """Return the part of all parts that each source gives most to at each token; 0 for no entity. [J, N]"""
    return np.stack([ballot.columns(source)[rows.argmax(axis=1)] for source, rows in enumerate(votes.of)])


def label_numbers(parts: Ids) -> Ids:
    """Return the number of each part's label; -1 for no entity. [...]"""
    return (parts - 1) // PARTS


def join_votes(answers: Sequence[Floats]) -> Sparse:
    """Return the sources' rows side by side, compactly, for a shard.

    Args:
        answers: of each source. [N, 1 + 4S] each
    """
    top = max(1, min(TOP, MOST_SOURCES // len(answers)))
    kept = [Sparse.of(answer, top) for answer in answers]
    rows = np.concatenate([np.repeat(np.arange(len(one.counts)), one.counts) for one in kept])
    order = np.argsort(rows, kind="stable")
    shifts = np.cumsum([0, *(answer.shape[1] for answer in answers[:-1])])
    columns = [one.columns + shift for one, shift in zip(kept, shifts.tolist(), strict=True)]
    counts = np.sum([one.counts.astype(np.int64) for one in kept], axis=0)
    return Sparse(
        counts.astype(np.uint8),
        np.concatenate(columns)[order].astype(np.uint16),
        np.concatenate([one.values for one in kept])[order],
    )


def part_votes(shard: Shard[Sparse], ballot: Ballot) -> Votes:
    """Return the votes of a shard that `join_votes` made."""
    lengths = [len(words) for document in shard.documents for words in document]
    edges, kept = ballot.edges, shard.targets
    rows = np.repeat(np.arange(len(kept.counts)), kept.counts)
    of = []
    for first, end in pairwise(edges):
        own = (kept.columns >= first) & (kept.columns < end)
        dense = np.zeros((len(kept.counts), end - first), np.float32)
        dense[rows[own], kept.columns[own].astype(np.int64) - first] = kept.values[own]
        dense /= np.maximum(dense.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        of.append(dense)
    return Votes(np.array(lengths, np.int64), of)


def sentence_starts(lengths: Ids) -> Ids:
    """Return the first row of each sentence. [S]"""
    return np.cumsum(lengths) - lengths


def by_length(lengths: Ids, size: int) -> Iterator[Ids]:
    """Yield groups of sentences, shortest first, of which none has more than ``size`` tokens with padding."""
    order = np.argsort(lengths, kind="stable")
    first = 0
    while first < len(order):
        end = first + 1
        while end < len(order) and (end + 1 - first) * lengths[order[end]] <= size:
            end += 1
        yield order[first:end]
        first = end
