"""The hidden Markov model of votes, beside the sum over all rows of tags; and what it learns."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from onoma.teachers.marginals import best_spans, from_spans
from onoma.voting.chain import Chain, expect
from onoma.voting.mergers.hmm import HiddenMarkov
from onoma.voting.mergers.majority import Majority
from onoma.voting.tables import legal_moves, rows_of_states
from onoma.voting.votes import Ballot, Votes, by_length

Spans = list[tuple[int, int, str]]
Rates = dict[str, tuple[float, float]]
"""Recall and precision by label."""


def random_votes(ballot: Ballot, lengths: list[int], seed: int, *, hard: bool = False) -> Votes:
    """Votes that mean nothing, many of them of "no entity"; divided among equals unless they are hard."""
    random = np.random.default_rng(seed)
    of = []
    for labels in ballot.spoken:
        shape = sum(lengths), 1 + 4 * len(labels)
        rows = np.eye(shape[1])[random.integers(shape[1], size=shape[0])]
        if not hard:
            rows = np.maximum(rows, random.random(shape) < 0.15)
        rows[random.random(len(rows)) < 0.4] = np.eye(shape[1])[0]
        of.append((rows / rows.sum(axis=1, keepdims=True)).astype(np.float32))
    return Votes(np.array(lengths), of)


def enumerated(
    chain: Chain, emissions: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """States, moves and likelihood of one sentence by the sum over all rows of states."""
    longest, width = emissions.shape
    states, moves, total = np.zeros((longest, width)), np.zeros((width, width)), 0.0
    for path in itertools.product(range(width), repeat=longest):
        weight = chain.start[path[0]] * chain.end[path[-1]]
        weight *= np.prod([chain.moves[pair] for pair in itertools.pairwise(path)])
        weight *= np.prod(emissions[np.arange(longest), path])
        total += weight
        states[np.arange(longest), path] += weight
        for pair in itertools.pairwise(path):
            moves[pair] += weight
    return states / total, moves / total, float(total)


def test_the_chain_is_the_sum_over_all_rows() -> None:
    random = np.random.default_rng(3)
    width, lengths = 4, [3, 1, 4]
    moves = random.dirichlet(np.ones(width), size=width) * (random.random((width, width)) > 0.3)
    moves[:, 0] += 0.1
    chain = Chain(random.dirichlet(np.ones(width)), moves, np.array([1.0, 0, 1, 1]))
    emissions = random.random((len(lengths), max(lengths), width))
    emissions[0, 1, 2] = 0
    found = expect(chain, emissions, np.array(lengths))
    all_moves = np.zeros((width, width))
    for number, length in enumerate(lengths):
        states, pairs, total = enumerated(chain, emissions[number, :length])
        np.testing.assert_allclose(found.states[number, :length], states, atol=1e-12)
        assert not found.states[number, length:].any()
        assert found.log_likelihood[number] == pytest.approx(np.log(total))
        all_moves += pairs
    np.testing.assert_allclose(found.moves, all_moves, atol=1e-12)


def test_what_no_row_explains_is_refused() -> None:
    chain = Chain(np.array([1.0, 0.0]), np.eye(2), np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match="no legal row"):
        expect(chain, np.ones((1, 2, 2)), np.array([2]))


def test_the_posterior_is_the_sum_over_all_rows_of_tags() -> None:
    """By the formulas of the module's description, written out token by token."""
    ballot = Ballot(("a", "b", "c"), (("X", "Y"), ("X",), ("Y",)))
    lengths = [3, 1, 2, 2]
    votes = random_votes(ballot, lengths, seed=5)
    for rows in votes.of:
        rows[6:8] = np.eye(rows.shape[1])[0]  # a sentence of which nobody says anything
    merger = HiddenMarkov(ballot)
    list(merger.learn(lambda: [random_votes(ballot, [4] * 30, seed=6)]))
    now = merger._now
    emissions = np.zeros((sum(lengths), ballot.width))
    for state in range(ballot.width):
        label = ballot.labels[(state - 1) // 4] if state else None
        own = [
            [1 + 4 * labels.index(label) + part for part in range(4)] if label in labels else []
            for labels in ballot.spoken
        ]
        tables = [now.votes[source][rows_of_states(ballot, source)[state]] for source in range(3)]
        unseen = [itertools.product(*(range(len(table)) for table in tables))]
        seen = 0.0
        for choice in itertools.chain(*unseen):  # the votes that the probabilities stand for
            if label is not None and not any(vote in named for vote, named in zip(choice, own, strict=True)):
                continue
            weight = np.prod([table[vote] for vote, table in zip(choice, tables, strict=True)])
            seen += weight
            emissions[:, state] += weight * np.prod(
                [rows[:, vote] for vote, rows in zip(choice, votes.of, strict=True)], axis=0
            )
        emissions[:, state] /= seen
    chain = Chain(now.start, now.moves, legal_moves(ballot)[2])
    merged, first = merger.merge(votes), 0
    for length in lengths:
        states, _, _ = enumerated(chain, emissions[first : first + length])
        np.testing.assert_allclose(merged[first : first + length], states, atol=1e-5)
        first += length
    assert merged[6:8, 0].tolist() == [1, 1]


@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_objective_never_falls(hard: bool, seed: int) -> None:
    ballot = Ballot(("a", "b", "c"), (("X", "Y"), ("X",), ("Y",)))
    parts = [random_votes(ballot, [1, 5, 9, 3] * 8, seed=10 * seed + one, hard=hard) for one in range(2)]
    rounds = list(HiddenMarkov(ballot).learn(lambda: parts))
    assert len(rounds) > 3
    assert all(one.gain >= -1e-9 for one in rounds[1:])
    assert rounds[-1].ended


SOURCES: tuple[Rates, ...] = (
    {"LOC": (0.9, 0.8), "ORG": (0.8, 0.7), "PER": (0.9, 0.85)},
    {"LOC": (0.5, 0.6), "PER": (0.4, 0.5)},
    {"ORG": (0.3, 0.95)},
    {"LOC": (0.3, 0.9)},
    {"PER": (0.8, 0.4), "ORG": (0.7, 0.4)},
)


def simulated(sentences: int, seed: int) -> tuple[Ballot, Votes, list[Spans]]:
    """Sentences with entities, and votes of sources of known recall and precision."""
    random = np.random.default_rng(seed)
    lengths, gold = random.integers(3, 25, size=sentences).tolist(), []
    of: list[list[NDArray[np.floating]]] = [[] for _ in SOURCES]
    for length in lengths:
        spans: Spans = []
        place = 0
        while place < length:
            end = place + 1
            if random.random() < 0.15:
                end = min(length, place + int(random.integers(1, 4)))
                spans.append((place, end, str(random.choice(["LOC", "ORG", "PER"]))))
            place = end
        gold.append(spans)
        for rates, votes in zip(SOURCES, of, strict=True):
            said = [
                (*span, 1.0) for span in spans if span[2] in rates and random.random() < rates[span[2]][0]
            ]
            taken = {place for first, end, *_ in said for place in range(first, end)}
            for label, (recall, precision) in rates.items():
                rate = 0.05 * recall * (1 - precision) / precision
                for place in np.flatnonzero(random.random(length) < rate).tolist():
                    if place not in taken:
                        taken.add(place)
                        said.append((place, place + 1, label, 1.0))
            votes.append(from_spans(said, length, sorted(rates)))
    names = tuple("abcde")
    ballot = Ballot(names, tuple(tuple(sorted(rates)) for rates in SOURCES))
    return ballot, Votes(np.array(lengths), [np.concatenate(rows) for rows in of]), gold


def f1(rows: NDArray[np.floating], votes: Votes, gold: list[Spans], labels: tuple[str, ...]) -> float:
    right = found = first = 0
    for length, spans in zip(votes.lengths.tolist(), gold, strict=True):
        said = {span[:3] for span in best_spans(rows[first : first + length], labels)}
        right, found, first = right + len(said & set(spans)), found + len(said), first + length
    return 2 * right / (found + sum(map(len, gold)))


def test_reliabilities_are_recovered_and_the_majority_beaten() -> None:
    ballot, votes, gold = simulated(700, seed=1)
    merger = HiddenMarkov(ballot)
    list(merger.learn(lambda: [votes]))
    learned = f1(merger.merge(votes), votes, gold, ballot.labels)
    majority = f1(Majority(ballot).merge(votes), votes, gold, ballot.labels)
    assert learned > 0.85 > 0.75 > majority
    for source, rates in enumerate(SOURCES):
        for place, label in enumerate(ballot.spoken[source]):
            begin = 1 + 4 * place  # row and column of an entity's first token; false ones have one token
            said = merger._now.votes[source][begin, begin : begin + 4].sum()
            assert said == pytest.approx(rates[label][0], abs=0.1), (source, label)


def test_sources_without_a_word_in_common_keep_their_trust() -> None:
    ballot = Ballot(("a", "b"), (("X",), ("X",)))
    size = 3000
    few, many = ([(place, place + 1, "X", 1.0) for place in range(0, size, step)] for step in (150, 29))
    many = [span for span in many if span[0] % 150]
    votes = Votes(np.full(size // 10, 10), [from_spans(spans, size, ("X",)) for spans in (few, many)])
    merger = HiddenMarkov(ballot)
    list(merger.learn(lambda: [votes]))
    merged = merger.merge(votes)
    for spans in (few, many):
        assert merged[[span[0] for span in spans], 1:].sum(axis=1).min() > 0.8
    assert merged[:, 0].max() == 1


def test_a_state_goes_on_to_the_same_bits() -> None:
    ballot, votes, _ = simulated(60, seed=2)
    whole = HiddenMarkov(ballot)
    rounds = list(whole.learn(lambda: [votes]))
    begun = HiddenMarkov(ballot)
    learning = begun.learn(lambda: [votes])
    for _ in range(3):
        next(learning)
    other = HiddenMarkov(ballot)
    other.restore(begun.state())
    assert list(other.learn(lambda: [votes])) == rounds[3:]
    assert (other.merge(votes) == whole.merge(votes)).all()
    with pytest.raises(ValueError, match="other sources"):
        HiddenMarkov(Ballot(("a",), (("X",),))).restore(begun.state())


def test_parts_of_the_votes_make_no_difference() -> None:
    ballot, votes, _ = simulated(40, seed=4)
    edge = int(votes.lengths[:15].sum())
    parts = [
        Votes(votes.lengths[:15], [rows[:edge] for rows in votes.of]),
        Votes(votes.lengths[15:], [rows[edge:] for rows in votes.of]),
    ]
    one, two = HiddenMarkov(ballot), HiddenMarkov(ballot)
    list(one.learn(lambda: [votes]))
    list(two.learn(lambda: parts))
    np.testing.assert_allclose(one._now.moves, two._now.moves, atol=1e-9)


def test_majority_counts_those_who_speak() -> None:
    ballot = Ballot(("a", "b", "c"), (("X", "Y"), ("X",), ("Y",)))
    single = lambda labels, *said: from_spans(  # noqa: E731
        [(place, place + 1, label, sure) for place, label, sure in said], 4, labels
    )
    votes = Votes(
        np.array([4]),
        [
            single(("X", "Y"), (0, "X", 1.0), (1, "X", 1.0), (3, "X", 0.5)),
            single(("X",), (1, "X", 1.0)),
            single(("Y",), (1, "Y", 1.0)),
        ],
    )
    merged = Majority(ballot).merge(votes)
    of_labels = merged[:, 1:].reshape(4, 2, 4).sum(axis=2)
    np.testing.assert_allclose(of_labels, [[1, 0], [2 / 3, 1 / 3], [0, 0], [0.5, 0]], atol=1e-6)
    np.testing.assert_allclose(merged.sum(axis=1), 1, atol=1e-6)


def test_groups_hold_each_sentence_once_within_the_bound() -> None:
    lengths = np.array([3, 50, 7, 7, 1, 120])
    groups = list(by_length(lengths, 60))
    assert sorted(np.concatenate(groups).tolist()) == list(range(6))
    assert all(len(group) == 1 or len(group) * lengths[group].max() <= 60 for group in groups)
