"""Character offsets counted in other units than code points."""

from __future__ import annotations

from collections.abc import Callable

OffsetTable = dict[int, int] | None
"""Offset in the unit of the file -> offset in code points; None where they are the same."""

_WIDTHS: dict[str, Callable[[str], int]] = {
    "codepoint": lambda char: 1,
    "utf16": lambda char: 2 if ord(char) > 0xFFFF else 1,
    "utf8": lambda char: len(char.encode("utf-8", "surrogatepass")),
}


def codepoint_offsets(text: str, unit: str) -> OffsetTable:
    """Return the map from offsets in ``unit`` to offsets in code points; None where they are the same.

    Offsets inside a character are not in the map.
    """
    if unit == "codepoint" or text.isascii():
        return None
    width = _WIDTHS[unit]
    table = {}
    position = 0
    for index, char in enumerate(text):
        table[position] = index
        position += width(char)
    table[position] = len(text)
    return table


def units_that_fit(text: str, start: int, end: int, surface: str, asked: str) -> list[str]:
    """Return the other units in which ``start`` and ``end`` delimit ``surface``, for the hint of an error."""
    fitting = []
    for unit in _WIDTHS:
        table = codepoint_offsets(text, unit)
        first, last = (start, end) if table is None else (table.get(start, 0), table.get(end, 0))
        if unit != asked and text[first:last] == surface:
            fitting.append(unit)
    return fitting
