"""A sentence without end, cut while it comes in: each stretch is decoded without the others, and then gone.

What is left of a stretch is known exactly, as start scores (see `onoma.decode.long`). What is right of it is
known as soon as some tokens behind it tell that no later one matters (see `onoma.decode.settling`). Where
that cannot be told the stretch grows, to the whole sentence if it must be: nothing is guessed.

Stretches end at multiples of a block, so that best paths are found by the very sums that `long_viterbi` does
over the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onoma.decode.long import BLOCK, best_after, long_viterbi, sums_after
from onoma.decode.packing import Ids
from onoma.decode.settling import settled_sums, settled_tag
from onoma.decode.transitions import Floats, Transitions

SIZE = 16 * BLOCK
"""Tokens gathered before a stretch is cut off."""

_FEW = 64  # tokens behind a cut that are asked first whether later ones matter, before a block of them is
_TRIES = 16  # places that are tried before more is waited for


@dataclass(frozen=True, slots=True)
class Chain:
    """A stretch and the tokens at its sides as a sentence of its own, which says what the whole one says.

    Args:
        before: how many of its tokens lie before the stretch: one, if there is any.
        emissions: tempered. ``[n, K]``
        transitions: of it.
        last: start scores for its last two tokens alone; None at the sentence's end.
    """

    before: int
    emissions: Floats
    transitions: Transitions
    last: Floats | None = None

    @property
    def batch(self) -> tuple[Floats, NDArray[np.intp], Transitions]:
        """It as a batch of one sentence: emissions ``[1, n, K]``, lengths, transitions."""
        return self.emissions[None], np.array([len(self.emissions)]), self.transitions


@dataclass(frozen=True, slots=True)
class Stretch:
    """Tokens ``start`` to ``end`` of a sentence.

    Args:
        start: its first token.
        end: the token after its last.
        path: if asked for, the tags of the whole sentence's best path, with that of the token behind the
            stretch, if there is one. ``[end - start]`` or ``[end - start + 1]``
        chain: if asked for, what probabilities are read from.
    """

    start: int
    end: int
    path: Ids | None
    chain: Chain | None


def cut_into_stretches(
    parts: Iterable[Floats],
    hard: Transitions | None,
    soft: Transitions | None,
    clear: Callable[[Stretch], bool],
    *,
    temperature: np.float32 | float = 1.0,
    size: int = SIZE,
    block: int = BLOCK,
) -> Iterator[Stretch]:
    """Cut one sentence into stretches that cover its tokens in order.

    Args:
        parts: its emissions, piece by piece. ``[n, K]``
        hard: for the best path; None where it is not asked for.
        soft: for probabilities; None where they are not asked for.
        clear: whether the sentence may be cut behind a stretch, say because no entity lies across.
        temperature: what emissions are divided by for probabilities.
        size: tokens gathered before a stretch is cut off.
        block: tokens computed at a time.

    Raises:
        ValueError: shapes that do not fit.
    """
    paths = None if hard is None else _Paths(hard, block)
    sums = None if soft is None else _Sums(soft, block, temperature)
    held: Floats | None = None  # [before + n, K], tokens that are still to be given, and the one before them
    start = before = 0
    enough = size
    for part in parts:
        held = np.array(part) if held is None else np.concatenate([held, part])
        if len(held) - before < enough:
            continue
        stretch = _cut(held, start, before, paths, sums, clear, block)
        if stretch is None:
            enough *= 2  # what could not be cut is not looked at again before there is as much again of it
            continue
        yield stretch
        held = held[before + stretch.end - start - 1 :].copy()
        start, before = stretch.end, 1
        enough = len(held) + size
    if held is not None and len(held) > before:
        path = paths.rest(held[before:]) if paths else None
        chain = sums.rest(held, before) if sums else None
        yield Stretch(start, start + len(held) - before, path, chain)


def _cut(
    held: Floats,
    start: int,
    before: int,
    paths: _Paths | None,
    sums: _Sums | None,
    clear: Callable[[Stretch], bool],
    block: int,
) -> Stretch | None:
    """Return the longest stretch that can be cut off by now; None where none can be."""
    most = (len(held) - before - 1) // block
    for number in range(most, max(0, most - _TRIES), -1):
        length = number * block
        path = paths.settled(held[before:], length) if paths else None
        if paths and path is None:
            continue
        chain = sums.settled(held, before, length) if sums else None
        if sums and chain is None:
            continue
        stretch = Stretch(start, start + length, path, chain)
        if clear(stretch):
            if paths:
                paths.drop(held[before:], length)
            if sums and chain:
                sums.drop(chain)
            return stretch
    return None


class _Paths:
    """Best paths, and what those of all tokens already given bring to the first that is not. ``[K]``"""

    def __init__(self, transitions: Transitions, block: int) -> None:
        self._transitions = transitions
        self._block = block
        self._entering = transitions.start

    def settled(self, own: Floats, length: int) -> Ids | None:
        """Return the path through so many tokens to the one behind them, if no later one matters."""
        into = self._transitions._replace(start=self._after(own[:length]))
        for ahead in _aheads(self._block, len(own) - length):
            tag = settled_tag(own[length : length + ahead], into)
            if tag is not None:
                return np.append(self._path(own[:length], self._transitions.matrix[:, tag]), tag)
        return None

    def rest(self, own: Floats) -> Ids:
        """Return the path to the sentence's end."""
        return self._path(own, self._transitions.end)

    def drop(self, own: Floats, length: int) -> None:
        """Go on behind so many tokens."""
        self._entering = self._after(own[:length])

    def _after(self, rows: Floats) -> Floats:
        entering = self._entering
        for first in range(0, len(rows), self._block):
            entering = best_after(rows[first : first + self._block], entering, self._transitions.matrix)
        return entering

    def _path(self, rows: Floats, leaving: Floats) -> Ids:
        bounded = Transitions(self._entering, self._transitions.matrix, leaving)
        return long_viterbi(rows, bounded, block=self._block)


class _Sums:
    """Sums over all paths, and what those of all tokens before bring to the first that is held. ``[K]``"""

    def __init__(self, transitions: Transitions, block: int, temperature: np.float32 | float) -> None:
        self._transitions = transitions
        self._block = block
        self._temperature = temperature
        self._entering = transitions.start

    def settled(self, held: Floats, before: int, length: int) -> Chain | None:
        """Return the chain of so many tokens behind the one before them, if no later one matters."""
        edge, matrix = before + length, self._transitions.matrix
        rows = self._tempered(held[: edge + self._block])  # [n, K]
        last = self._after(rows[: edge - 1])  # [K], into the last token
        at_edge = sums_after(rows[edge - 1 : edge], last, matrix) + rows[edge]  # [K], up to the one behind it
        for ahead in _aheads(self._block, len(rows) - edge):
            leaving = settled_sums(rows[edge : edge + ahead], matrix, at_edge)
            if leaving is not None:
                bounded = Transitions(self._entering, matrix, leaving)
                return Chain(before, rows[: edge + 1], bounded, last)
        return None

    def rest(self, held: Floats, before: int) -> Chain:
        """Return the chain to the sentence's end."""
        return Chain(before, self._tempered(held), self._transitions._replace(start=self._entering))

    def drop(self, chain: Chain) -> None:
        """Go on behind a chain."""
        assert chain.last is not None, "the sentence is over"
        self._entering = chain.last

    def _after(self, rows: Floats) -> Floats:
        entering = self._entering
        for first in range(0, len(rows), self._block):
            entering = sums_after(rows[first : first + self._block], entering, self._transitions.matrix)
        return entering

    def _tempered(self, rows: Floats) -> Floats:
        return rows if self._temperature == 1 else rows / self._temperature


def _aheads(block: int, most: int) -> Iterator[int]:
    """Yield how many tokens are asked whether later ones matter: a few, then a block of them."""
    for ahead in (min(_FEW, block), block):
        if 2 <= ahead <= most:
            yield ahead
