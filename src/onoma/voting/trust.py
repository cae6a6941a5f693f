"""What is believed of sources before anything is learned: a majority that is right most of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from onoma.voting.chain import Doubles
from onoma.voting.mergers.majority import Majority
from onoma.voting.tables import Tables, gathered, legal_moves, rows_of_states
from onoma.voting.votes import Ballot, Ids, Votes, label_numbers, named_parts, sentence_starts

TRUST = 0.9
"""What a majority names is there so probably."""

WEIGHT = 0.02
"""What a token of this belief counts for in the prior, beside one of the data."""

ENOUGH = 0.1
"""A source whose label stands so often where others name something, too, can be judged by them. Of one that
stands alone the data says nothing: there a token of this belief counts up to 1, and keeps it as it is."""


def trust(ballot: Ballot, shards: Callable[[], Iterable[Votes]]) -> tuple[Tables, Tables]:
    """Return the counts of all votes if the belief is right: as they are, and as they count in the prior.

    Args:
        ballot: who votes about what.
        shards: yields all votes from the first on, part by part, each time that it is called.
    """
    weights = _weights(ballot, shards())
    plain, weighed = Tables.none(ballot), Tables.none(ballot)
    majority, legal = Majority(ballot), legal_moves(ballot)
    rows = [rows_of_states(ballot, source) for source in range(len(ballot.sources))]
    for votes in shards():
        states = TRUST * majority.merge(votes).astype(np.float64)  # [N, K]
        states[:, 0] += 1 - TRUST
        labels = label_numbers(named_parts(votes, ballot))  # [J, N]
        named = labels >= 0
        of_tokens = np.where(named, np.take_along_axis(weights, labels, axis=1), 0).sum(axis=0)  # [N]
        of_tokens = np.divide(
            of_tokens, named.sum(axis=0), out=np.full(len(of_tokens), WEIGHT), where=named.any(axis=0)
        )
        for tables, weight in ((plain, np.ones_like(of_tokens)), (weighed, of_tokens)):
            _add(tables, votes, states, weight[:, None], rows, legal)
    return plain, weighed


def _weights(ballot: Ballot, shards: Iterable[Votes]) -> Doubles:
    """Return what a token counts for that a source gives a label. [J, L]"""
    shape = len(ballot.sources), len(ballot.labels)
    named, shared = np.zeros(shape), np.zeros(shape)
    for votes in shards:
        labels = label_numbers(named_parts(votes, ballot))
        others = (labels >= 0).sum(axis=0) > 1
        for source, own in enumerate(labels):
            for counts, mask in ((named, own >= 0), (shared, (own >= 0) & others)):
                counts[source] += np.bincount(own[mask], minlength=shape[1])
    overlap = np.divide(shared, named, out=np.zeros(shape), where=named > 0)
    return np.maximum(WEIGHT, 1 - overlap / ENOUGH)


def _add(
    tables: Tables,
    votes: Votes,
    states: Doubles,
    weight: Doubles,
    rows: list[Ids],
    legal: tuple[Doubles, Doubles, Doubles],
) -> None:
    """Add the counts of some votes whose true tags are as probable as ``states`` says, by weight."""
    starts = sentence_starts(votes.lengths)
    follows = np.ones(votes.num_tokens, bool)
    follows[starts] = False  # tokens that have one before them
    after = np.flatnonzero(follows)
    tables.start += (weight * states)[starts].sum(axis=0) * legal[0]
    of_moves = np.maximum(weight[after - 1], weight[after])
    tables.moves += (of_moves * states[after - 1]).T @ states[after] * legal[1]
    for source, q in enumerate(votes.of):
        tables.votes[source] += gathered(weight * states, rows[source]).T @ q
