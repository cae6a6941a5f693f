"""What votes on some tokens say of their true tags, given how each source votes where which tag is true."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from onoma.decode.transitions import Floats
from onoma.voting.chain import Doubles
from onoma.voting.tables import Tables, gathered, same_label
from onoma.voting.votes import Ids

_NOTHING = 1e-12
"""So improbable that it is taken for impossible."""


class Evidence:
    """The votes of J sources on N tokens, beside K true tags.

    A source's row of probabilities ``q`` stands for a vote ``v`` that is not seen: ``P(q | tag)`` is the sum
    of ``q(v) P(v | tag)``. A tag of an entity is there only where a vote names its label. With m the
    probability that none does, the votes on it have the probability

        (product of P(q | tag) - product of P(q, names other | tag)) / (1 - m)

    Args:
        votes: of each source. [N, 1 + 4S] each
        tables: how they vote.
        rows: of each source, which row of its table holds in each state. [K] each
    """

    def __init__(self, votes: Sequence[Floats], tables: Tables, rows: Sequence[Ids]) -> None:
        self._votes, self._tables, self._rows = votes, tables, rows
        self._spoken = [np.flatnonzero(row) for row in rows]
        self._likelihoods = [q @ table.T for q, table in zip(votes, tables.votes, strict=True)]  # [N, R]
        self._others = [
            (q @ _naming_others(table).T / likelihood)[:, row[spoken]]
            for q, table, likelihood, row, spoken in zip(
                votes, tables.votes, self._likelihoods, rows, self._spoken, strict=True
            )
        ]  # how probable each vote is to name another label, or none, in states that it speaks of
        self._named = 1 - self._product(range(len(votes)))  # [N, K]
        self._named[:, 0] = 1

    def _product(self, sources: Iterable[int], of: Ids | None = None) -> Doubles:
        """Return how probable it is that none of some sources names the label of each state. [N, K]

        Args:
            sources: which.
            of: states; all when not given.
        """
        states = np.arange(len(self._rows[0])) if of is None else of
        found = np.ones((len(self._votes[0]), len(states)))
        for source in sources:
            _, here, there = np.intersect1d(states, self._spoken[source], return_indices=True)
            if len(here):
                found[:, here] *= self._others[source][:, there]
        return found

    def log_emissions(self) -> Doubles:
        """Return the logarithm of the votes' probability in each state. [N, K]"""
        total = np.log(np.where(self._named > _NOTHING, self._named, 1))
        for rows, likelihood in zip(self._rows, self._likelihoods, strict=True):
            scores = np.log(likelihood)
            total += scores[:, :1]
            spoken = np.flatnonzero(rows)
            total[:, spoken] += scores[:, rows[spoken]] - scores[:, :1]
        total -= np.log(1 - missed(self._tables, self._rows))
        total[self._named <= _NOTHING] = -np.inf
        return total

    def count(self, states: Doubles, counts: Sequence[Doubles]) -> None:
        """Add the votes that are expected in each state.

        Args:
            states: how probable each is. [N, K]
            counts: of each source, to be added to. [1 + 4S, 1 + 4S] each
        """
        shares = np.divide(states, self._named, out=np.zeros_like(states), where=self._named > _NOTHING)
        everyone = range(len(self._votes))
        for source, (q, table, rows, spoken) in enumerate(
            zip(self._votes, self._tables.votes, self._rows, self._spoken, strict=True)
        ):
            elsewhere = 1 - self._product([one for one in everyone if one != source], spoken)
            naming = gathered(states, rows)  # [N, R]
            other = naming.copy()
            naming[:, rows[spoken]] = shares[:, spoken]
            other[:, rows[spoken]] = shares[:, spoken] * elsewhere
            likelihood, own = self._likelihoods[source], same_label(len(table))
            expected = np.where(own, (naming / likelihood).T @ q, (other / likelihood).T @ q)
            counts[source] += table * expected


def missed(tables: Tables, rows: Sequence[Ids]) -> Doubles:
    """Return how probable it is in each state that no source names its label; 0 where there is none. [K]"""
    found = np.ones(len(rows[0]))
    for row, table in zip(rows, tables.votes, strict=True):
        found[row > 0] *= _naming_others(table).sum(axis=1)[row[row > 0]]
    found[0] = 0
    return np.minimum(found, 1 - _NOTHING)


def count_missed(states: Doubles, tables: Tables, rows: Sequence[Ids], counts: Sequence[Doubles]) -> None:
    """Add the votes on entities that no source names, as many as are expected beside those in the data.

    Args:
        states: how often each is expected in the data. [K]
        tables: how the sources vote.
        rows: of each source, which row of its table holds in each state. [K] each
        counts: of each source, to be added to. [1 + 4S, 1 + 4S] each
    """
    share = missed(tables, rows)
    unseen = states * share / (1 - share)  # [K]
    for row, table, count in zip(rows, tables.votes, counts, strict=True):
        spoken = np.flatnonzero(row)
        silent = _naming_others(table)
        silent /= silent.sum(axis=1, keepdims=True)
        count[row[spoken]] += unseen[spoken, None] * silent[row[spoken]]


def _naming_others(table: Doubles) -> Doubles:
    """Return a source's table without the votes that name the true label. [1 + 4S, 1 + 4S]"""
    others: Doubles = np.where(same_label(len(table)), 0, table)
    return others
