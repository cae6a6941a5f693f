"""Merger ``hmm``: a hidden Markov model whose states are the true tags, and whose observations the votes.

Lison, Barnes, Hubin and Touileb, "Named entity recognition without labelled data: a weak supervision approach"
(ACL 2020, arXiv 2004.14723), section 3.3. As there, a source's vote depends on the true tag alone, and
expectation maximisation finds how, without gold, from priors that begin with trust. Otherwise than there

- votes that are probabilities are evidence of a vote: ``P(q | state) = sum over v of q(v) P(v | state)``;
- a source that does not speak of a label votes on its entities as it does where there is none, so that its
  silence there says nothing;
- a state is possible only where some source names its label: nothing comes of silence alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from onoma.decode.transitions import Floats
from onoma.tags import get_scheme
from onoma.teachers.marginals import target_tags
from onoma.voting.chain import Chain, Doubles, Expected, expect
from onoma.voting.merger import Merger, MergerKind, Round, State
from onoma.voting.votes import PARTS, Ballot, Ids, Votes, by_length, sentence_starts

MAX_ROUNDS = 30
ENOUGH = 1e-5
"""Learning ends when a round gains less, in nats a token."""

NAMED = 0.01
"""A label is named at a token by a source that gives it so much there."""

BATCH = 8192
"""Tokens of a batch of sentences, with padding: what bounds memory."""

SILENT, RIGHT, OFF = 0.45, 0.45, 0.05
"""Of a source at an entity of a label that it speaks of, to begin with: it says nothing; it names label and
part; it names the label and another part. What is left of 1 is for other labels."""
FALSE = 0.01
"""Of a source where there is no entity that it speaks of, to begin with: it names one."""
STRENGTH = 20.0
"""How many tokens of each true tag the beginning counts for, as a prior."""

ENTERING, LEAVING, STAYING = 0.1, 0.5, 0.5
"""How probable it is, to begin with, that an entity begins after none, is followed by none, goes on inside."""


class HiddenMarkov(Merger):
    """Sources as observers of a chain of true tags (BIOES, in the order of the columns of targets).

    Args:
        ballot: who votes about what.
    """

    def __init__(self, ballot: Ballot) -> None:
        super().__init__(ballot)
        self._prior = _Parameters.beginning(ballot)
        self._now = self._prior
        self._rows = [_rows_of_states(ballot, source) for source in range(len(ballot.sources))]
        self._end = _legal(ballot)[2]
        self._round, self._objective, self._ended = 0, -np.inf, False

    def learn(self, shards: Callable[[], Iterable[Votes]]) -> Iterator[Round]:
        """Maximise the probability of votes and parameters, in passes over all votes (Dempster et al. 1977).

        Each round gives the objective of the parameters that it began with, and then better ones.
        """
        while not self._ended:
            counts = _Counts.none(self._now)
            for votes in shards():
                self._expect(votes, counts)
            objective = (counts.log_likelihood + self._prior.log_density(self._now)) / max(1, counts.tokens)
            gain = objective - self._objective if self._round else None
            self._round, self._objective = self._round + 1, objective
            self._ended = self._round == MAX_ROUNDS or (gain is not None and gain < ENOUGH)
            if not self._ended:
                self._now = self._prior.updated(counts)
            yield Round(self._round, objective, gain, self._ended)

    def merge(self, votes: Votes) -> Floats:
        """Return how probable each true tag is, given all votes on the sentence. [N, 1 + 4L]"""
        return self._expect(votes, None).astype(np.float32)

    def state(self) -> State:
        """Return the parameters, and where the learning stands."""
        progress = np.array([self._round, self._objective, self._ended])
        names = [f"votes.{source}" for source in range(len(self._now.votes))]
        return {
            "progress": progress,
            "start": self._now.start,
            "moves": self._now.moves,
            **dict(zip(names, self._now.votes, strict=True)),
        }

    def restore(self, state: Mapping[str, NDArray[np.float64]]) -> None:
        """Go on from a state."""
        mine = self.state()
        if {name: array.shape for name, array in state.items()} != {
            name: array.shape for name, array in mine.items()
        }:
            raise ValueError("what was learned is of other sources or labels")
        votes = tuple(state[f"votes.{source}"] for source in range(len(self._now.votes)))
        self._now = _Parameters(state["start"], state["moves"], votes)
        rounds, self._objective, ended = state["progress"].tolist()
        self._round, self._ended = int(rounds), bool(ended)

    def _expect(self, votes: Votes, counts: _Counts | None) -> Doubles:
        """Return the states' probabilities, [N, K], and count what is expected where counts are given."""
        evidence = [rows @ table.T for rows, table in zip(votes.of, self._now.votes, strict=True)]  # [N, R]
        possible = self._possible(votes)
        emissions, shifts = self._emissions(evidence, possible)
        starts, states = sentence_starts(votes.lengths), np.zeros_like(emissions)
        chain = Chain(self._now.start, self._now.moves, self._end)
        counted = _Counts.none(self._now) if counts is None else counts
        named = np.maximum.reduceat(possible[:, 1:].any(axis=1), starts) if len(starts) else np.zeros(0, bool)
        states[np.repeat(~named, votes.lengths), 0] = 1
        counted.add_silence(chain, votes.lengths[~named])
        for group in by_length(votes.lengths[named], BATCH):
            lengths, firsts = votes.lengths[named][group], starts[named][group]
            mask = np.arange(lengths.max(initial=0)) < lengths[:, None]  # [B, T]
            places = (firsts[:, None] + np.arange(mask.shape[1]))[mask]
            batch = np.zeros((*mask.shape, emissions.shape[1]))
            batch[mask] = emissions[places]
            expected = expect(chain, batch, lengths)
            states[places] = expected.states[mask]
            counted.add(expected)
        if counts is not None:
            counts.log_likelihood += float(shifts.sum())
            counts.tokens += votes.num_tokens
            for source, rows in enumerate(votes.of):
                shares = _gathered(states, self._rows[source]) / evidence[source]  # [N, R]
                counts.votes[source] += self._now.votes[source] * (shares.T @ rows)
        return states

    def _emissions(self, evidence: list[Doubles], possible: NDArray[np.bool_]) -> tuple[Doubles, Doubles]:
        """Return the votes' probability in each state by its largest at the token, [N, K], and that's log."""
        total = np.zeros(possible.shape)
        for rows, table in zip(self._rows, evidence, strict=True):
            total += np.log(table)[:, rows]
        total[~possible] = -np.inf
        shifts = total.max(axis=1)
        return np.exp(total - shifts[:, None]), shifts

    def _possible(self, votes: Votes) -> NDArray[np.bool_]:
        """Return which states are possible at each token: those of labels that someone names. [N, K]"""
        possible = np.zeros((votes.num_tokens, self.ballot.width), bool)
        possible[:, 0] = True
        for source, rows in enumerate(votes.of):
            for place, first in enumerate(self.ballot.columns(source)[1::PARTS].tolist()):
                own = rows[:, 1 + PARTS * place : 1 + PARTS * (place + 1)]
                possible[:, first : first + PARTS] |= (own.sum(axis=1) >= NAMED)[:, None]
        return possible


class _Parameters:
    """What the model consists of; as a prior, how many observations each probability counts for.

    Args:
        start: of each state at first. [K]
        moves: from state to state. [K, K]
        votes: of each source, how probable each vote is where it has nothing to find and in each state that
            it speaks of. [1 + 4S, 1 + 4S] each
    """

    def __init__(self, start: Doubles, moves: Doubles, votes: tuple[Doubles, ...]) -> None:
        self.start, self.moves, self.votes = start, moves, votes

    @classmethod
    def beginning(cls, ballot: Ballot) -> _Parameters:
        """Return the parameters to begin with, which trust all sources."""
        start, moves, end = _legal(ballot)
        weights = np.where(end > 0, ENTERING / max(1, (moves[0] > 0).sum() - 1), 1.0) * moves
        weights[:, 0] = np.where(end > 0, LEAVING, 0)
        weights[0, 0] = 1 - ENTERING
        inside = np.flatnonzero(end == 0)
        weights[inside] = moves[inside] * STAYING
        weights /= weights.sum(axis=1, keepdims=True)
        return cls(weights[0] * start / (weights[0] * start).sum(), weights, tuple(
            _trusting(len(labels)) for labels in ballot.spoken
        ))  # fmt: skip

    def log_density(self, now: _Parameters) -> float:
        """Return the logarithm of the prior at some parameters, up to a constant."""
        pairs = zip((self.start, self.moves, *self.votes), (now.start, now.moves, *now.votes), strict=True)
        return float(
            sum(STRENGTH * (prior[prior > 0] * np.log(table[prior > 0])).sum() for prior, table in pairs)
        )

    def updated(self, counts: _Counts) -> _Parameters:
        """Return the most probable parameters, given expected counts and this prior."""
        start, moves, *votes = (
            _normal(prior * STRENGTH + counted)
            for prior, counted in zip(
                (self.start, self.moves, *self.votes),
                (counts.start, counts.moves, *counts.votes),
                strict=True,
            )
        )
        return _Parameters(start, moves, tuple(votes))


class _Counts:
    """What is expected of all votes, summed over batches."""

    def __init__(self, start: Doubles, moves: Doubles, votes: list[Doubles]) -> None:
        self.start, self.moves, self.votes = start, moves, votes
        self.log_likelihood, self.tokens = 0.0, 0

    @classmethod
    def none(cls, like: _Parameters) -> _Counts:
        """Return counts of nothing."""
        return cls(
            np.zeros_like(like.start), np.zeros_like(like.moves), [np.zeros_like(one) for one in like.votes]
        )

    def add(self, expected: Expected) -> None:
        """Add what is expected of the states of a batch."""
        self.start += expected.states[:, 0].sum(axis=0)
        self.moves += expected.moves
        self.log_likelihood += float(expected.log_likelihood.sum())

    def add_silence(self, chain: Chain, lengths: Ids) -> None:
        """Add sentences of which no source names anything, so that there is one row of states only."""
        moves = int(lengths.sum()) - len(lengths)
        self.start[0] += len(lengths)
        self.moves[0, 0] += moves
        self.log_likelihood += float(
            len(lengths) * np.log(chain.start[0]) + moves * np.log(chain.moves[0, 0])
        )


def _trusting(num_labels: int) -> Doubles:
    """Return how a source votes that is trusted. [1 + 4S, 1 + 4S]"""
    size = 1 + PARTS * num_labels
    others = max(1, size - 1 - PARTS)
    table = np.full((size, size), (1 - SILENT - RIGHT - OFF) / others)
    for first in range(1, size, PARTS):
        own = slice(first, first + PARTS)
        table[own, own] = OFF / (PARTS - 1)
    np.fill_diagonal(table, RIGHT)
    table[:, 0] = SILENT
    table[0] = FALSE / (size - 1)
    table[0, 0] = 1 - FALSE
    return _normal(table)


def _rows_of_states(ballot: Ballot, source: int) -> Ids:
    """Return which row of a source's votes holds in each state: the first where it does not speak. [K]"""
    rows = np.zeros(ballot.width, np.int64)
    columns = ballot.columns(source)
    rows[columns] = np.arange(len(columns))
    return rows


def _gathered(states: Doubles, rows: Ids) -> Doubles:
    """Return the probabilities of states summed by the row that holds in them. [N, R]"""
    found = np.zeros((len(states), int(rows.max(initial=0)) + 1))
    spoken = np.flatnonzero(rows)
    found[:, rows[spoken]] = states[:, spoken]
    found[:, 0] = np.maximum(0, 1 - found[:, 1:].sum(axis=1))
    return found


def _legal(ballot: Ballot) -> tuple[Doubles, Doubles, Doubles]:
    """Return which states may come first, follow each other, and come last, as 1 and 0."""
    scheme, tags = get_scheme("BIOES"), target_tags(ballot.labels)
    moves = [[scheme.may_follow(before, tag) for tag in tags] for before in tags]
    start, end = [scheme.may_start(tag) for tag in tags], [scheme.may_end(tag) for tag in tags]
    return np.array(start, float), np.array(moves, float), np.array(end, float)


def _normal(table: Doubles) -> Doubles:
    """Return a table whose rows have the sum 1."""
    normal: Doubles = table / table.sum(axis=-1, keepdims=True)
    return normal


MERGER = MergerKind(
    "hmm", "a hidden Markov model that learns whom to believe (Lison et al. 2020)", HiddenMarkov
)
