"""Arrays that grow are the same in memory and mapped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.features.growing import Growing, GrowingRagged

_PARTS = st.lists(st.lists(st.integers(-9, 9), max_size=5), max_size=6)


@given(_PARTS, st.sampled_from([0, 8, 1 << 20]))
def test_what_is_added_is_there(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]], memory: int
) -> None:
    growing = Growing(np.int32, tmp_path_factory.getbasetemp(), memory)
    for part in parts:
        growing.add(part)
    size = 4 * sum(map(len, parts))
    assert growing.on_disk == (size > memory)
    assert growing.whole().tolist() == [number for part in parts for number in part]


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("width", [0, 3])
def test_ragged_arrays_keep_their_shapes(tmp_path: Path, on_disk: bool, width: int) -> None:
    rng = np.random.default_rng(1)
    given = [rng.integers(0, 99, (size, width) if width else size) for size in (3, 0, 1, 5, 0)]
    growing = GrowingRagged(np.int32, tmp_path if on_disk else None)
    for one in given:
        growing.append(one)
    whole = growing.whole()
    assert len(whole) == len(growing) == 5
    assert whole.lengths.tolist() == [3, 0, 1, 5, 0]
    for index, one in enumerate(given):
        for found in (whole[index], whole[index - 5], whole[np.int64(index)], list(whole)[index]):
            assert found.shape == one.shape
            assert found.tolist() == one.tolist()
    assert [one.tolist() for one in whole[1:4]] == [one.tolist() for one in given[1:4]]
    with pytest.raises(IndexError):
        whole[5]
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_an_array_too() -> None:
    assert GrowingRagged(np.int32).whole().lengths.tolist() == []
