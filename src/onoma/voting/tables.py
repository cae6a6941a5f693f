"""What the hidden Markov model of votes consists of: as probabilities, as counts, and as a prior."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onoma.tags import get_scheme
from onoma.teachers.marginals import target_tags
from onoma.voting.chain import Chain, Doubles, Expected
from onoma.voting.votes import PARTS, Ballot, Ids

SILENT, RIGHT, OFF = 0.45, 0.45, 0.05
"""Of a source at an entity of a label that it speaks of, before anything is known of it: it says nothing; it
names label and part; it names the label and another part. What is left of 1 is for other labels."""
FALSE = 0.01
"""Of a source where there is no entity that it speaks of: it names one."""
ENTERING, LEAVING = 0.1, 0.5
"""An entity begins where there is none; after one there is none."""
STRENGTH = 0.1
"""How many tokens of each true tag all this counts for."""


@dataclass(slots=True)
class Tables:
    """Probabilities, or how often something was seen or is thought to have been.

    Args:
        start: of each state at first. [K]
        moves: from state to state. [K, K]
        votes: of each source, each vote (columns) where it has nothing to find, and in each state that it
            speaks of. [1 + 4S, 1 + 4S] each
    """

    start: Doubles
    moves: Doubles
    votes: list[Doubles]

    @classmethod
    def beginning(cls, ballot: Ballot) -> Tables:
        """Return counts that stand for what is thought of any sources."""
        start, moves, end = legal_moves(ballot)
        weights = np.where(end > 0, ENTERING / max(1, (moves[0] > 0).sum() - 1), 1.0) * moves
        weights[:, 0] = np.where(end > 0, LEAVING, 0)
        weights[0, 0] = 1 - ENTERING
        inside = end == 0
        weights[inside] = moves[inside]
        votes = [_trusting(len(labels)) for labels in ballot.spoken]
        return cls(start * weights[0], weights, votes).normal().times(STRENGTH)

    @classmethod
    def none(cls, ballot: Ballot) -> Tables:
        """Return counts of nothing."""
        width = ballot.width
        sizes = [1 + PARTS * len(labels) for labels in ballot.spoken]
        return cls(np.zeros(width), np.zeros((width, width)), [np.zeros((size, size)) for size in sizes])

    def arrays(self) -> Iterator[Doubles]:
        """Yield all arrays in order."""
        yield from (self.start, self.moves, *self.votes)

    def times(self, factor: float) -> Tables:
        """Return all numbers times a factor."""
        start, moves, *votes = (factor * array for array in self.arrays())
        return Tables(start, moves, votes)

    def plus(self, other: Tables) -> Tables:
        """Return the sums."""
        start, moves, *votes = (
            one + another for one, another in zip(self.arrays(), other.arrays(), strict=True)
        )
        return Tables(start, moves, votes)

    def normal(self) -> Tables:
        """Return probabilities: rows with the sum 1."""
        start, moves, *votes = (array / array.sum(axis=-1, keepdims=True) for array in self.arrays())
        return Tables(start, moves, votes)

    def log_density(self, now: Tables) -> float:
        """Return the logarithm of a Dirichlet prior of these counts at probabilities, up to a constant."""
        pairs = zip(self.arrays(), now.arrays(), strict=True)
        return float(sum((prior[prior > 0] * np.log(table[prior > 0])).sum() for prior, table in pairs))


class Counts:
    """What is expected of all votes, summed over batches.

    Args:
        ballot: who votes about what.
    """

    def __init__(self, ballot: Ballot) -> None:
        self.tables = Tables.none(ballot)
        self.states = np.zeros(ballot.width)
        self.log_likelihood, self.tokens = 0.0, 0

    def add(self, expected: Expected) -> None:
        """Add what is expected of the states of a batch."""
        self.tables.start += expected.states[:, 0].sum(axis=0)
        self.tables.moves += expected.moves
        self.log_likelihood += float(expected.log_likelihood.sum())

    def add_silence(self, chain: Chain, lengths: Ids) -> None:
        """Add sentences of which no source names anything, so that there is one row of states only."""
        moves = int(lengths.sum()) - len(lengths)
        self.tables.start[0] += len(lengths)
        self.tables.moves[0, 0] += moves
        self.log_likelihood += float(
            len(lengths) * np.log(chain.start[0]) + moves * np.log(chain.moves[0, 0])
        )


def legal_moves(ballot: Ballot) -> tuple[Doubles, Doubles, Doubles]:
    """Return which states may come first, follow each other, and come last, as 1 and 0."""
    scheme, tags = get_scheme("BIOES"), target_tags(ballot.labels)
    moves = [[scheme.may_follow(before, tag) for tag in tags] for before in tags]
    start, end = [scheme.may_start(tag) for tag in tags], [scheme.may_end(tag) for tag in tags]
    return np.array(start, float), np.array(moves, float), np.array(end, float)


def same_label(size: int) -> NDArray[np.bool_]:
    """Return which votes (columns) name the label of which true part (rows). [1 + 4S, 1 + 4S]"""
    labels = (np.arange(size) + PARTS - 1) // PARTS  # 0 for none
    same: NDArray[np.bool_] = (labels[:, None] == labels) & (labels > 0)
    return same


def rows_of_states(ballot: Ballot, source: int) -> Ids:
    """Return which row of a source's votes holds in each state: the first where it does not speak. [K]"""
    rows = np.zeros(ballot.width, np.int64)
    columns = ballot.columns(source)
    rows[columns] = np.arange(len(columns))
    return rows


def gathered(states: Doubles, rows: Ids) -> Doubles:
    """Return the probabilities of states summed by the row that holds in them. [N, R]"""
    found = np.zeros((len(states), int(rows.max(initial=0)) + 1))
    spoken = np.flatnonzero(rows)
    found[:, rows[spoken]] = states[:, spoken]
    found[:, 0] = states[:, rows == 0].sum(axis=1)
    return found


def _trusting(num_labels: int) -> Doubles:
    """Return how a source votes of which nothing is known. [1 + 4S, 1 + 4S]"""
    size = 1 + PARTS * num_labels
    others = max(1, size - 1 - PARTS)
    table = np.full((size, size), (1 - SILENT - RIGHT - OFF) / others)
    table[same_label(size)] = OFF / (PARTS - 1)
    np.fill_diagonal(table, RIGHT)
    table[:, 0] = SILENT
    table[0] = FALSE / (size - 1)
    table[0, 0] = 1 - FALSE
    return table
