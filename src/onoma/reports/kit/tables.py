"""Tables of pages as plain values; ``kit.html`` draws them all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from onoma.reports.palette import HEAT_LEVELS

_TALL = 30  # rows of text from which on a table scrolls in itself
MISSING = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell.

    Args:
        text: shown.
        note: small, after it.
        items: below it, each on a line of its own.
        title: shown when pointed at.
        share: 0..1, of the cell that a bar fills; None for no bar.
        sort: what a table is sorted by; an empty text sorts last.
        css: its class.
    """

    text: str = ""
    note: str = ""
    items: Sequence[str] = ()
    title: str = ""
    share: float | None = None
    sort: float | str = ""
    css: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells, the first one a heading.

    Args:
        cells: at least one.
        css: its class; ``section`` makes the first cell a heading over those that follow.
    """

    cells: Sequence[Cell]
    css: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, in a box that scrolls sideways when it is too wide.

    Args:
        caption: what it is; read out, not shown.
        headings: of the columns; none for a table of names and values.
        rows: from top to bottom.
        kind: its class: ``text``, ``figures``, ``bars``, ``overview``, ``pairs`` or ``heat``.
        sortable: whether the page's script sorts it by a column.
    """

    caption: str
    headings: Sequence[Cell]
    rows: Sequence[Row]
    kind: str = "text"
    sortable: bool = False

    @property
    def tall(self) -> bool:
        """Whether it scrolls in itself."""
        return self.kind == "text" and len(self.rows) > _TALL


def cells(*values: str | Cell) -> list[Cell]:
    """Return cells; texts become cells that are sorted by them."""
    return [value if isinstance(value, Cell) else Cell(value, sort=value) for value in values]


def row(*values: str | Cell, css: str = "") -> Row:
    """Return a row of such `cells`."""
    return Row(cells(*values), css)


def number(value: float | None, form: str = ",.0f", factor: float = 1.0) -> Cell:
    """Return a number, sorted by its value; a dash where there is none."""
    if value is None:
        return Cell(MISSING)
    return Cell(format(factor * value, form), sort=factor * value)


def heat_map(
    rows: Sequence[str], columns: Sequence[str], counts: Mapping[tuple[str, str], int], *, caption: str
) -> Table:
    """Return a table of counts whose cells are the darker the higher the count, on a logarithmic scale.

    Args:
        rows: names from top to bottom.
        columns: names from left to right.
        counts: by (row, column); what is missing stays empty.
        caption: says what is counted.
    """
    highest = max((counts.get((one, other), 0) for one in rows for other in columns), default=0)

    def cell(name: str, other: str) -> Cell:
        count = counts.get((name, other), 0)
        if not count:
            return Cell()
        title = f"{name} / {other}: {count:,}"
        return Cell(short_count(count), title=title, css=f"h{_level(count, highest)}")

    return Table(
        caption,
        [Cell(), *_named(columns)],
        [Row([*_named([name]), *(cell(name, other) for other in columns)]) for name in rows],
        "heat",
    )


def _named(names: Iterable[str]) -> list[Cell]:
    """Names that may be cut short."""
    return [Cell(name, title=name) for name in names]


def short_count(count: int) -> str:
    """Return at most four characters: 812, 9.3k, 66k, 12M."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            scaled = count / size
            return f"{scaled:.1f}{unit}" if scaled < 9.95 else f"{scaled:.0f}{unit}"
    return str(count)


def _level(count: int, highest: int) -> int:
    if highest <= 1:
        return 0
    return min(HEAT_LEVELS - 1, int(HEAT_LEVELS * math.log(count) / math.log(highest)))
