"""Of what there is the most to learn from, one of each kind comes first."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.features.vectors.table import WordVectors
from onoma.selection import kinds
from onoma.selection.kinds import by_kinds, find_clusters, mean_vectors
from onoma.text import Document, document_from_sentences

KINDS = {
    "scores": ["Arsenal", "Chelsea", "Leeds", "Everton", "Derby", "Luton"],
    "weather": ["rain", "snow", "cloudy", "windy", "sunny", "fog"],
    "money": ["shares", "bonds", "yields", "profits", "losses", "tariffs"],
}


def texts(generator: np.random.Generator, kind: str, count: int) -> list[Document]:
    return [
        document_from_sentences(f"{kind}-{number}", [generator.choice(KINDS[kind], 4).tolist()])
        for number in range(count)
    ]


def vectors() -> WordVectors:
    """Words of a kind lie side by side."""
    generator = np.random.default_rng(1)
    rows = [
        np.eye(3)[place] + 0.1 * generator.standard_normal(3)
        for place, words in enumerate(KINDS.values())
        for _ in words
    ]
    return WordVectors([word for words in KINDS.values() for word in words], np.array(rows, dtype=np.float32))


@settings(max_examples=20)
@given(st.integers(0, 1_000))
def test_each_kind_is_there_before_another_of_the_same(seed: int) -> None:
    generator = np.random.default_rng(seed)
    # The most to learn is from tables of scores, all alike; two others are among a tenth of the pool.
    documents = texts(generator, "scores", 40)
    documents[9:9] = [*texts(generator, "weather", 1), *texts(generator, "money", 1)]
    documents += texts(generator, "scores", 378)
    order = by_kinds(range(len(documents)), documents, 10, vectors(), generator)
    assert sorted(order) == list(range(len(documents)))
    assert {"scores", "weather", "money"} == {documents[place].id.partition("-")[0] for place in order[:10]}
    assert order[42:] == list(range(42, len(documents)))  # beyond the shortlist


def test_a_kind_that_is_nine_of_ten_does_not_take_nine_of_ten_places() -> None:
    generator = np.random.default_rng(0)
    many = [np.eye(41)[0] + 0.01 * generator.standard_normal(41) for _ in range(360)]
    few = [np.eye(41)[number] for number in range(1, 41)]
    points = np.array([*many, *few], dtype=np.float32)
    found = find_clusters(points, 60, generator)
    assert len(set(found[360:].tolist())) >= 38
    assert not set(found[:360].tolist()) & set(found[360:].tolist())


def test_without_vectors_texts_are_alike_by_their_words() -> None:
    generator = np.random.default_rng(0)
    documents = [*texts(generator, "scores", 3), *texts(generator, "money", 3)]
    means = mean_vectors(documents, None)
    alike = means @ means.T
    assert alike[:3, :3].min() > alike[:3, 3:].max()
    assert np.allclose(np.linalg.norm(means, axis=1), 1, atol=1e-5)
    assert np.array_equal(mean_vectors(documents, None), means)
    # The number itself says little of a result.
    one, other = (document_from_sentences("d", [["Leeds", number]]) for number in ("3", "17"))
    assert np.allclose(*mean_vectors([one, other], None))


def test_words_without_a_vector_make_no_kind_and_no_error() -> None:
    found = mean_vectors([document_from_sentences("d", [["unheard"]])], vectors())
    assert found.tolist() == [[0, 0, 0]]
    empty = document_from_sentences("e", [[]])
    assert mean_vectors([empty, empty], None).shape == (2, kinds._DIM)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 99))
def test_points_of_far_off_groups_are_with_their_own(num_groups: int, size: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    groups = np.repeat(np.arange(num_groups), size)
    points = 100 * np.eye(num_groups)[groups] + 0.01 * generator.random((len(groups), num_groups))
    found = find_clusters(points.astype(np.float32), num_groups, generator)
    # As many clusters as groups, and none that is of two: k-means++ draws far points.
    assert len(set(found.tolist())) == num_groups
    assert len({*zip(groups.tolist(), found.tolist(), strict=True)}) == num_groups


def test_clusters_are_the_same_however_many_distances_are_held(monkeypatch) -> None:
    points = np.random.default_rng(0).standard_normal((200, 5)).astype(np.float32)
    whole = find_clusters(points, 7, np.random.default_rng(1))
    monkeypatch.setattr(kinds, "_AT_ONCE", 50)
    assert np.array_equal(find_clusters(points, 7, np.random.default_rng(1)), whole)


def test_few_texts_stay_as_they_are() -> None:
    generator = np.random.default_rng(0)
    documents = texts(generator, "scores", 20)
    for wanted in (1, 2, 20):
        assert by_kinds(range(20), documents, wanted, vectors(), generator) == list(range(20))
