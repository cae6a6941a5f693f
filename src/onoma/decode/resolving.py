"""Which of many candidates are given, so that every token of all of them is in what is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from onoma.decode.protocol import Found

_BLOCK = 64
"""Tokens of a block, in which taken spans are looked up."""

Clash = Callable[[int, int, int, int], bool]


class TakenSpans:
    """Spans that were taken already: only those that touch the same block of tokens can clash."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def near(self, row: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the taken spans of a row that may touch a span, some of them repeatedly."""
        for block in _blocks(start, end):
            yield from self._blocks.get((row, block), ())

    def clash(self, row: int, start: int, end: int, clash: Clash) -> bool:
        """Whether a span clashes with one that was taken."""
        return any(clash(start, end, *other) for other in self.near(row, start, end))

    def add(self, row: int, start: int, end: int) -> None:
        """Take a span."""
        for block in _blocks(start, end):
            self._blocks.setdefault((row, block), []).append((start, end))


def crosses(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether two spans share tokens and neither holds the other."""
    return start < other_start < end < other_end or other_start < start < other_end < end


def overlaps(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether two spans share tokens."""
    return start < other_end and other_start < end


def resolve(found: Iterable[Found], *, nested: bool) -> list[Found]:
    """Return entities that go together and hold every token that the candidates hold.

    The most probable candidate is given first. A later one that goes with all that were given is given
    whole; of any other, what is left of it: its runs of tokens that nothing holds yet, with its label and
    score. So a lower threshold for candidates never covers less.

    Args:
        found: with scores.
        nested: whether an entity may lie within another; not with just the same tokens.
    """
    taken, covered = TakenSpans(), set[tuple[int, int]]()
    given = []
    for one in sorted(found, key=lambda one: (-(one.score or 0.0), *one[:4])):
        rest = [token for token in range(one.start, one.end) if (one.row, token) not in covered]
        if nested and not taken.clash(one.row, one.start, one.end, crosses):
            places = [(one.start, one.end)]
            if any(place == places[0] for place in taken.near(one.row, one.start, one.end)):
                continue
        else:
            places = list(_runs(rest))
        for start, end in places:
            taken.add(one.row, start, end)
            given.append(one._replace(start=start, end=end))
        covered.update((one.row, token) for token in rest)
    return sorted(given, key=lambda one: (one.row, one.start, -one.end))


def _runs(tokens: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the unbroken runs of rising numbers, half-open."""
    for _, run in groupby(enumerate(tokens), key=lambda pair: pair[1] - pair[0]):
        listed = [token for _, token in run]
        yield listed[0], listed[-1] + 1


def _blocks(start: int, end: int) -> range:
    return range(start // _BLOCK, (end - 1) // _BLOCK + 1)
