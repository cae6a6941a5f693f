from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.features.windows import Window, split_windows, stream_windows

sizes = st.lists(st.integers(1, 12), max_size=80).map(lambda values: np.array(values, dtype=np.int64))
limits = st.integers(1, 40).flatmap(lambda limit: st.tuples(st.just(limit), st.integers(0, limit // 2)))


@given(sizes, limits)
def test_kept_parts_cover_each_token_once(sizes, limits) -> None:
    windows = split_windows(sizes, *limits)
    kept = [token for window in windows for token in range(window.keep_start, window.keep_end)]
    assert kept == list(range(len(sizes)))
    assert all(window.start <= window.keep_start < window.keep_end <= window.end for window in windows)


@given(sizes, limits)
def test_windows_stay_within_the_limit_and_move_on(sizes, limits) -> None:
    limit, overlap = limits
    windows = split_windows(sizes, limit, overlap)
    for window in windows:
        assert sizes[window.start : window.end].sum() <= limit or window.end == window.start + 1
    for left, right in pairwise(windows):
        assert left.start < right.start <= left.end < right.end
        assert sizes[right.start : left.end].sum() <= overlap


@given(st.integers(1, 500), st.integers(4, 60))
def test_words_of_one_unit_have_half_the_overlap_around_each_seam(length, limit) -> None:
    overlap = limit // 2
    windows = split_windows(np.ones(length, dtype=np.int64), limit, overlap)
    for left, right in pairwise(windows):
        assert left.end - left.keep_end in (overlap // 2, overlap - overlap // 2)
        assert right.keep_start - right.start in (overlap // 2, overlap - overlap // 2)
    assert len(windows) <= 1 + length // (limit - overlap)


def test_what_fits_is_one_window() -> None:
    assert split_windows(np.array([3, 3, 4]), 10, 5) == [Window(0, 3, 0, 3)]
    assert split_windows(np.zeros(0, dtype=np.int64), 10, 5) == []


def test_a_token_larger_than_the_limit_has_a_window() -> None:
    assert split_windows(np.array([1, 99, 1]), 4, 2) == [
        Window(0, 1, 0, 1),
        Window(1, 2, 1, 2),
        Window(2, 3, 2, 3),
    ]


@pytest.mark.parametrize(("limit", "overlap"), [(0, 0), (10, 6), (10, -1)])
def test_windows_that_cannot_move_on_are_refused(limit, overlap) -> None:
    with pytest.raises(ValueError, match="cannot share"):
        split_windows(np.ones(3, dtype=np.int64), limit, overlap)


@given(sizes, limits, st.integers(1, 30))
def test_windows_that_stream_are_those_of_the_whole(sizes, limits, section) -> None:
    looked_at = []

    def some(start: int, end: int) -> np.ndarray:
        looked_at.append(end - start)
        return sizes[start:end]

    assert list(stream_windows(some, len(sizes), *limits, section)) == split_windows(sizes, *limits)
    assert max(looked_at, default=0) <= max(section, 8 * limits[0])
