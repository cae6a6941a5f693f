"""Targets on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.teachers.shards import Shard, read_shard, write_shard
from onoma.teachers.tables import Sparse

WIDTH = 9
words = st.text(st.characters(exclude_categories=("Zs", "Cs")), min_size=1, max_size=4)
documents = st.lists(
    st.lists(st.lists(words, min_size=1, max_size=3), min_size=1, max_size=3), min_size=1, max_size=3
)


@given(documents, st.integers(0, 2**32 - 1), st.integers(1, WIDTH))
def test_written_and_read(tmp_path_factory: pytest.TempPathFactory, given, seed: int, top: int) -> None:
    count = sum(len(sentence) for document in given for sentence in document)
    marginals = np.random.default_rng(seed).dirichlet(np.full(WIDTH, 0.3), count).astype(np.float32)
    held = [bool(place % 2) for place in range(len(given))]
    shard = Shard(given, held, Sparse.of(marginals, top), {"nested": 3})
    path = tmp_path_factory.mktemp("shards") / "0.safetensors"
    write_shard(path, shard)
    found = read_shard(path, WIDTH, Sparse)
    assert [[list(one) for one in document] for document in found.documents] == given
    assert (list(found.held_out), dict(found.notes)) == (held, {"nested": 3})
    dense = found.targets.dense(WIDTH)
    np.testing.assert_allclose(dense.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(dense.argmax(axis=1), marginals.argmax(axis=1))
    if top == WIDTH:
        np.testing.assert_allclose(dense, marginals, atol=WIDTH * 1.5e-3)


def test_words_stand_as_they_stood(tmp_path: Path) -> None:
    path = tmp_path / "0.safetensors"
    targets = Sparse.of(np.eye(WIDTH, dtype=np.float32)[[0] * 6], 4)
    documents, glued = [[["東", "京"], ["A", "b"]], [["c", "."]]], [[True, True, False, False], [True, False]]
    write_shard(path, Shard(documents, [False, True], targets, glued=glued))
    found = read_shard(path, WIDTH, Sparse)
    assert found.glued == glued
    assert [found.spaces(0), found.spaces(1)] == [[["", ""], [" ", "\n"]], [["", "\n"]]]
    write_shard(path, Shard(documents, [False, True], targets))  # as all were written once
    assert read_shard(path, WIDTH, Sparse).spaces(0) is None


@pytest.mark.parametrize("damage", ["cut", "text", "column", "missing"])
def test_damage_is_found(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "0.safetensors"
    write_shard(path, Shard([[["a", "b"]]], [False], Sparse.of(np.eye(WIDTH, dtype=np.float32)[[0, 8]], 4)))
    assert read_shard(path, WIDTH, Sparse)
    width = WIDTH
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-3])
    elif damage == "text":
        path.write_text("no shard")
    elif damage == "column":
        width = 5
    else:
        path.unlink()
    with pytest.raises(DataError, match=r"0\.safetensors"):
        read_shard(path, width, Sparse)
