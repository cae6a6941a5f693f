"""Long input in overlapping windows: where each one lies, and which part of it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

DEFAULT_WINDOW = 1024
"""Units (words or pieces) of a window where the model does not say."""

OVERLAP = 128
"""Units that two windows share: a token at a seam has half of them as context on its poorer side."""


SECTION = 1 << 16
"""Tokens of a long sentence that are looked at for windows at once."""


class Window(NamedTuple):
    """Tokens ``start`` to ``end`` are run; the results of ``keep_start`` to ``keep_end`` are used."""

    start: int
    end: int
    keep_start: int
    keep_end: int


def split_windows(sizes: npt.NDArray[np.int64], limit: int, overlap: int) -> list[Window]:
    """Cover a sentence with windows, in time linear in its length.

    Windows hold at most ``limit`` units, but for a token that is larger by itself, which gets a window of its
    own. Neighbours share up to ``overlap`` units. The parts to keep meet in the middle of what two windows
    share, so that each token is taken from the window in which it is the most central, and they cover all
    tokens once.

    Args:
        sizes: units of each token. [T]
        limit: units of a window, at least 1.
        overlap: units shared, at most half of ``limit``.

    Raises:
        ValueError: limit or overlap are out of range.
    """
    if limit < 1 or not 0 <= overlap <= limit // 2:
        raise ValueError(f"windows of {limit} units cannot share {overlap}")
    before = np.concatenate([[0], np.cumsum(sizes)])  # [T+1], units before each token
    ranges = _ranges(before, limit, overlap)
    seams = [0]
    for (_, end), (start, _) in pairwise(ranges):
        middle = (before[start] + before[end]) / 2
        seams.append(start + int(np.searchsorted(before[start : end + 1], middle)))
    seams.append(len(sizes))
    kept = zip(ranges, pairwise(seams), strict=False)  # without tokens there is no range
    return [Window(start, end, first, last) for (start, end), (first, last) in kept if last > first]


def stream_windows(
    sizes: Callable[[int, int], npt.NDArray[np.int64]],
    num_tokens: int,
    limit: int,
    overlap: int,
    section: int = SECTION,
) -> Iterator[Window]:
    """Yield the windows of `split_windows`, looking at some tokens at a time.

    Args:
        sizes: returns the units of the tokens from one to another.
        num_tokens: of the sentence.
        limit: units of a window, at least 1.
        overlap: units shared, at most half of ``limit``.
        section: tokens looked at.

    Raises:
        ValueError: limit or overlap are out of range.
    """
    start = keep = 0  # where a window begins, and what of it is not yet given
    wanted = section
    while start < num_tokens:
        end = min(start + wanted, num_tokens)
        found = split_windows(sizes(start, end), limit, overlap)
        # The last one may be cut short, and the seam before it with it.
        done = found if end == num_tokens else found[:-2]
        for window in done:
            moved = Window(*(token + start for token in window))
            yield moved._replace(keep_start=max(keep, moved.keep_start))
            keep = moved.keep_end
        if end == num_tokens:
            return
        wanted = section if done else 2 * wanted
        if done:
            start += found[-2].start


def _ranges(before: npt.NDArray[np.int64], limit: int, overlap: int) -> list[tuple[int, int]]:
    """Starts and ends of windows; each ends behind the one before it."""
    num_tokens = len(before) - 1
    ranges: list[tuple[int, int]] = []
    start = end = 0
    while end < num_tokens:
        if end:
            # Far enough right for the next token to fit, however large it is.
            shared = int(np.searchsorted(before, before[end] - overlap))
            fitting = int(np.searchsorted(before, before[end + 1] - limit))
            start = min(end, max(shared, fitting, start + 1))
        last = int(np.searchsorted(before, before[start] + limit, side="right")) - 1
        end = max(start + 1, last)
        ranges.append((start, end))
    return ranges
