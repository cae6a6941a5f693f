"""Offsets that are all moved by one: ends are included, or counting begins at 1; the surfaces tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from onoma.readers.offset_reading import Stated
from onoma.readers.offsets import CODE_POINTS, other_countings

SHIFTS = {
    (0, 0): "",
    (0, 1): "ends are included",
    (-1, -1): "counting begins at 1",
    (-1, 0): "counting begins at 1 and ends are included",
}
"""How offsets of a file may have to be moved, and how that is said."""


class Place(NamedTuple):
    """An entity with the surface that it brings, and the text it is of."""

    text: str
    start: int
    end: int
    surface: str


def find_shift(places: Iterable[Place]) -> tuple[int, int]:
    """Return the shift of starts and ends under which most surfaces stand where they are said to stand.

    None, ``(0, 0)``, where another unit of counting explains all of them.
    """
    given = list(places)
    right: Counter[tuple[int, int]] = Counter()
    for text, start, end, surface in given:
        for shift in SHIFTS:
            first = start + shift[0]
            if first >= 0 and text[first : end + shift[1]] == surface:
                right[shift] += 1
    best = max(SHIFTS, key=lambda shift: right[shift])
    if 2 * right[best] <= len(given) or right[best] <= right[0, 0] or _is_of_unit(given):
        return 0, 0
    return best


def _is_of_unit(places: list[Place]) -> bool:
    others = [counting for counting in other_countings(CODE_POINTS) if not counting.mark]
    for counting in others:
        if all(
            Stated(((start, end),), surface, one_line=False, lenient=False).fits(
                text, counting.table(text), counting
            )
            for text, start, end, surface in places
        ):
            return True
    return False
