"""Merger ``hmm``: a hidden Markov model whose states are the true tags, and whose observations the votes.

Lison, Barnes, Hubin and Touileb, "Named entity recognition without labelled data: a weak supervision
approach" (ACL 2020, arXiv 2004.14723), section 3.3. As there, a source's vote depends on the true tag alone,
and expectation maximisation finds how, without gold, from a prior that begins with trust. Otherwise than there

- votes that are probabilities are evidence of a vote: ``P(q | state) = sum over v of q(v) P(v | state)``;
- a source that does not speak of a label votes on its entities as it does where there is none, so that its
  silence there says nothing;
- a state is possible only where some source names its label: nothing comes of silence alone. So entities
  that all miss are not in the data, and how often each source misses one is learned as in capture and
  recapture, from those that others name: votes are as probable as they are given that someone names the label
  (Dempster, Laird and Rubin 1977, section 4.2, on truncated data). Without that, of two lists that have no
  word in common, the silence of each would speak against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from onoma.decode.transitions import Floats
from onoma.voting.chain import Chain, Doubles, expect
from onoma.voting.merger import Merger, MergerKind, Round, State
from onoma.voting.mergers.majority import Majority
from onoma.voting.tables import Counts, Tables, gathered, legal_moves, rows_of_states, same_label
from onoma.voting.votes import PARTS, Ballot, Votes, by_length, sentence_starts

MAX_ROUNDS = 30
ENOUGH = 1e-5
"""Learning ends when a round gains less, in nats a token."""

NAMED = 0.01
"""A label is named at a token by a source that gives it so much there."""

BATCH = 8192
"""Tokens of a batch of sentences, with padding: what bounds memory."""

TRUST, WEIGHT = 0.9, 0.02
"""What a majority names is there so probably, to begin with; and how much a token of that counts for in the
prior, beside one of the data. Where no other source says more, it keeps a source near what it began with."""


class HiddenMarkov(Merger):
    """Sources as observers of a chain of true tags (BIOES, in the order of the columns of targets).

    Args:
        ballot: who votes about what.
    """

    def __init__(self, ballot: Ballot) -> None:
        super().__init__(ballot)
        self._prior = Tables.beginning(ballot)
        self._now = self._prior.normal()
        self._rows = [rows_of_states(ballot, source) for source in range(len(ballot.sources))]
        self._legal = legal_moves(ballot)
        self._round, self._objective, self._ended = 0, -np.inf, False

    def learn(self, shards: Callable[[], Iterable[Votes]]) -> Iterator[Round]:
        """Maximise the probability of votes and parameters, in passes over all votes (Dempster et al. 1977).

        Each round gives the objective of the parameters that it began with, and then better ones.
        """
        if not self._round:
            trust = self._trust(shards())
            self._now = self._prior.plus(trust).normal()
            self._prior = self._prior.plus(trust.times(WEIGHT))
        while not self._ended:
            counts = Counts(self.ballot)
            for votes in shards():
                self._expect(votes, counts)
            objective = (counts.log_likelihood + self._prior.log_density(self._now)) / max(1, counts.tokens)
            gain = objective - self._objective if self._round else None
            self._round, self._objective = self._round + 1, objective
            self._ended = self._round == MAX_ROUNDS or (gain is not None and gain < ENOUGH)
            if not self._ended:
                self._add_missed(counts)
                self._now = self._prior.plus(counts.tables).normal()
            yield Round(self._round, objective, gain, self._ended)

    def merge(self, votes: Votes) -> Floats:
        """Return how probable each true tag is, given all votes on the sentence. [N, 1 + 4L]"""
        return self._expect(votes, None).astype(np.float32)

    def state(self) -> State:
        """Return parameters and prior, and where the learning stands."""
        kept = {"progress": np.array([self._round, self._objective, self._ended])}
        for name, tables in (("now", self._now), ("prior", self._prior)):
            kept |= {f"{name}.{number}": array for number, array in enumerate(tables.arrays())}
        return kept

    def restore(self, state: Mapping[str, NDArray[np.float64]]) -> None:
        """Go on from a state."""
        mine = {name: array.shape for name, array in self.state().items()}
        if {name: array.shape for name, array in state.items()} != mine:
            raise ValueError("what was learned is of other sources or labels")
        last = len(self.ballot.sources) + 2
        now, prior = ([state[f"{name}.{number}"] for number in range(last)] for name in ("now", "prior"))
        self._now, self._prior = (Tables(one[0], one[1], one[2:]) for one in (now, prior))
        rounds, self._objective, ended = state["progress"].tolist()
        self._round, self._ended = int(rounds), bool(ended)

    def _trust(self, shards: Iterable[Votes]) -> Tables:
        """Return counts of the votes where what a majority names is there as probably as it is trusted."""
        counts, majority = Tables.none(self.ballot), Majority(self.ballot)
        for votes in shards:
            states = TRUST * majority.merge(votes).astype(np.float64)  # [N, K]
            states[:, 0] += 1 - TRUST
            starts = sentence_starts(votes.lengths)
            within = np.ones(votes.num_tokens, bool)
            within[starts] = False  # tokens that have one before them
            before = np.flatnonzero(within) - 1
            counts.start += states[starts].sum(axis=0) * self._legal[0]
            counts.moves += states[before].T @ states[before + 1] * self._legal[1]
            for source, rows in enumerate(votes.of):
                counts.votes[source] += gathered(states, self._rows[source]).T @ rows
        return counts

    def _expect(self, votes: Votes, counts: Counts | None) -> Doubles:
        """Return the states' probabilities, [N, K], and count what is expected where counts are given."""
        evidence = [rows @ table.T for rows, table in zip(votes.of, self._now.votes, strict=True)]  # [N, R]
        possible = self._possible(votes)
        emissions, shifts = self._emissions(evidence, possible, self._missed())
        starts, states = sentence_starts(votes.lengths), np.zeros_like(emissions)
        chain = Chain(self._now.start, self._now.moves, self._legal[2])
        counted = Counts(self.ballot) if counts is None else counts
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
            counts.states += states.sum(axis=0)
            for source, rows in enumerate(votes.of):
                shares = gathered(states, self._rows[source]) / evidence[source]  # [N, R]
                counts.tables.votes[source] += self._now.votes[source] * (shares.T @ rows)
        return states

    def _add_missed(self, counts: Counts) -> None:
        """Count the votes on entities that no source names, as many as are expected beside the others."""
        missed = self._missed()
        unseen = counts.states * missed / (1 - missed)  # [K]
        for source, (rows, table) in enumerate(zip(self._rows, self._now.votes, strict=True)):
            spoken = np.flatnonzero(rows)
            own = rows[spoken]
            silent = np.where(same_label(len(table)), 0, table)
            shares = silent / silent.sum(axis=1, keepdims=True)
            counts.tables.votes[source][own] += unseen[spoken, None] * shares[own]

    def _missed(self) -> Doubles:
        """Return how probable it is in each state that no source names its label; 0 for that of none. [K]"""
        missed = np.ones(self.ballot.width)
        for rows, table in zip(self._rows, self._now.votes, strict=True):
            others = np.where(same_label(len(table)), 0, table).sum(axis=1)
            missed[rows > 0] *= others[rows[rows > 0]]
        missed[0] = 0
        return missed

    def _emissions(
        self, evidence: list[Doubles], possible: NDArray[np.bool_], missed: Doubles
    ) -> tuple[Doubles, Doubles]:
        """Return the votes' probability in each state by its largest at the token, [N, K], and that's log."""
        total = np.broadcast_to(-np.log1p(-missed), possible.shape).copy()
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


MERGER = MergerKind(
    "hmm", "a hidden Markov model that learns whom to believe (Lison et al. 2020)", HiddenMarkov
)
