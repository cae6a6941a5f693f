"""Merger ``hmm``: a hidden Markov model whose states are the true tags, and whose observations the votes.

Lison, Barnes, Hubin and Touileb, "Named entity recognition without labelled data: a weak supervision
approach" (ACL 2020, arXiv 2004.14723), section 3.3. As there, a source's vote depends on the true tag alone,
and expectation maximisation finds how, without gold, from a prior that begins with trust. Otherwise

- of a vote that is divided among equals any may be meant (`onoma.voting.evidence`). As there, a source that
  gives probabilities is taken by what it gives most to: how sure it may be is learned;
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
from onoma.voting.evidence import Evidence, count_missed
from onoma.voting.merger import Merger, MergerKind, Round, State
from onoma.voting.tables import Counts, Tables, legal_moves, rows_of_states
from onoma.voting.trust import trust
from onoma.voting.votes import Ballot, Ids, Votes, by_length, decided, sentence_starts

MAX_ROUNDS = 30
ENOUGH = 1e-4
"""Learning ends when a round gains less, in nats a token."""

BATCH = 8192
"""Tokens of a batch of sentences, with padding: what bounds memory."""


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
            trusted, weighed = trust(self.ballot, lambda: map(decided, shards()))
            self._now = self._prior.plus(trusted).normal()
            self._prior = self._prior.plus(weighed)
        while not self._ended:
            counts = Counts(self.ballot)
            for votes in shards():
                self._expect(decided(votes), counts)
            objective = (counts.log_likelihood + self._prior.log_density(self._now)) / max(1, counts.tokens)
            gain = objective - self._objective if self._round else None
            self._round, self._objective = self._round + 1, objective
            self._ended = self._round == MAX_ROUNDS or (gain is not None and gain < ENOUGH)
            if not self._ended:
                count_missed(counts.states, self._now, self._rows, counts.tables.votes)
                self._now = self._prior.plus(counts.tables).normal()
            yield Round(self._round, objective, gain, self._ended)

    def merge(self, votes: Votes) -> Floats:
        """Return how probable each true tag is, given all votes on the sentence. [N, 1 + 4L]"""
        return self._expect(decided(votes), Counts(self.ballot)).astype(np.float32)

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

    def _expect(self, votes: Votes, counts: Counts) -> Doubles:
        """Return the states' probabilities, [N, K], and count what is expected."""
        starts, states = sentence_starts(votes.lengths), np.zeros((votes.num_tokens, self.ballot.width))
        chain = Chain(self._now.start, self._now.moves, self._legal[2])
        names = np.any([rows[:, 0] < 1 for rows in votes.of], axis=0)  # [N]
        named = np.logical_or.reduceat(names, starts)  # [S]
        silent = np.flatnonzero(np.repeat(~named, votes.lengths))
        states[silent, 0] = 1
        counts.add_silence(chain, votes.lengths[~named])
        for first in range(0, len(silent), BATCH):
            places = silent[first : first + BATCH]
            evidence = self._weigh(votes, places)
            counts.log_likelihood += float(evidence.log_emissions()[:, 0].sum())
            evidence.count(states[places], counts.tables.votes)
        for group in by_length(votes.lengths[named], BATCH):
            lengths, firsts = votes.lengths[named][group], starts[named][group]
            mask = np.arange(lengths.max(initial=0)) < lengths[:, None]  # [B, T]
            places = (firsts[:, None] + np.arange(mask.shape[1]))[mask]
            evidence = self._weigh(votes, places)
            scores = evidence.log_emissions()
            largest = scores.max(axis=1, keepdims=True)
            emissions = np.zeros((*mask.shape, self.ballot.width))
            emissions[mask] = np.exp(scores - largest)
            expected = expect(chain, emissions, lengths)
            states[places] = expected.states[mask]
            counts.add(expected)
            counts.log_likelihood += float(largest.sum())
            evidence.count(states[places], counts.tables.votes)
        counts.tokens += votes.num_tokens
        counts.states += states.sum(axis=0)
        return states

    def _weigh(self, votes: Votes, places: Ids) -> Evidence:
        """Return what the votes on some tokens say."""
        return Evidence([rows[places] for rows in votes.of], self._now, self._rows)


MERGER = MergerKind(
    "hmm", "a hidden Markov model that learns whom to believe (Lison et al. 2020)", HiddenMarkov
)
