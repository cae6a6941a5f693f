"""Votes in shards, and what is counted of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.teachers.marginals import from_spans
from onoma.teachers.shards import Shard, read_shard, write_shard
from onoma.teachers.tables import Sparse
from onoma.voting.account import Account
from onoma.voting.votes import Ballot, Votes, decided, join_votes, part_votes

WORDS = [["Anna", "saw", "New", "York"], ["Paris", "Hilton"]]
BALLOT = Ballot(("a", "b"), (("LOC", "PER"), ("LOC",)))


def votes(*spans: list[tuple[int, int, str, float]]) -> Votes:
    rows = [from_spans(said, 6, labels) for said, labels in zip(spans, BALLOT.spoken, strict=True)]
    return Votes(np.array([4, 2]), rows)


def test_the_account_of_two_sources() -> None:
    said = votes(
        [(0, 1, "PER", 1.0), (2, 4, "LOC", 1.0), (4, 6, "PER", 1.0)],
        [(3, 4, "LOC", 1.0), (4, 5, "LOC", 1.0)],
    )
    merged = from_spans([(2, 4, "LOC", 1.0), (4, 6, "PER", 0.75)], 6, BALLOT.labels)
    account = Account(BALLOT)
    account.add(said, merged, WORDS)
    rows = {(one.source, one.label): one for one in account.reliabilities()}
    place = rows["a", "LOC"]
    assert (place.tokens, place.overlap, place.conflict) == (2, 1 / 2, 1 / 2)
    assert place.coverage == pytest.approx(1 / 3)
    assert (place.precision, place.recall) == (1, 1)
    person = rows["a", "PER"]
    assert (person.tokens, person.overlap, person.conflict) == (3, 1 / 3, 1 / 3)
    assert person.precision == pytest.approx(1.5 / 3)
    assert person.recall == pytest.approx(1)
    other = rows["b", "LOC"]
    assert (other.tokens, other.overlap, other.conflict) == (2, 1, 1)
    assert (other.precision, other.recall) == (1 / 2, 1 / 2)
    edges, labels = account.conflicts()
    assert (edges.labels, edges.tokens) == (("LOC", "LOC"), 1)
    assert edges.examples[0].word == "York"
    assert edges.examples[0].before == "Anna saw New"
    assert labels.labels == ("PER", "LOC")
    (example,) = labels.examples
    assert (example.before, example.word, example.after, example.merged) == ("", "Paris", "Hilton", "PER")


def test_a_silent_source_has_no_precision() -> None:
    account = Account(BALLOT)
    account.add(votes([], []), from_spans([], 6, BALLOT.labels), WORDS)
    assert {(one.tokens, one.precision, one.recall) for one in account.reliabilities()} == {(0, None, None)}
    assert account.conflicts() == []


@given(st.integers(0, 10_000))
def test_votes_come_back_from_a_shard(seed: int) -> None:
    random = np.random.default_rng(seed)
    said = []
    for labels in BALLOT.spoken:
        rows = np.zeros((6, 1 + 4 * len(labels)), np.float32)
        rows[:, random.permutation(rows.shape[1])[:5]] = random.dirichlet(np.full(5, 0.5), size=6)
        said.append(rows)
    shard = Shard([WORDS[:1], WORDS[1:]], [False, True], join_votes(said), {})
    found = part_votes(shard, BALLOT)
    assert found.lengths.tolist() == [4, 2]
    for rows, wanted in zip(found.of, said, strict=True):
        np.testing.assert_allclose(rows, wanted, atol=3e-3)
        np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-6)


def test_votes_come_back_from_a_file(tmp_path: Path) -> None:
    said = votes([(0, 1, "PER", 0.5)], [(2, 4, "LOC", 1.0)])
    write_shard(tmp_path / "0", Shard([WORDS], [False], join_votes(said.of), {"a: nested": 2}))
    found = part_votes(read_shard(tmp_path / "0", BALLOT.edges[-1], Sparse), BALLOT)
    for rows, wanted in zip(found.of, said.of, strict=True):
        np.testing.assert_array_equal(rows, wanted)


def test_who_has_decided_gives_equals_alone() -> None:
    said = Votes(
        np.array([3]),
        [np.array([[0.4, 0.3, 0.1, 0.1, 0.1], [0.2, 0.4, 0, 0, 0.4], [0.1, 0.6, 0.1, 0.1, 0.1]], np.float32)],
    )
    assert decided(said).of[0].tolist() == [[1, 0, 0, 0, 0], [0, 0.5, 0, 0, 0.5], [0, 1, 0, 0, 0]]
