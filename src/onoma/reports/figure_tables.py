"""Tables of names and figures, where no figure is ever broken or cut off: what has no room stands below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.table import Table

from onoma.reports.escapes import visible
from onoma.reports.tables import plain, ruled_table

_SPACE = 2
"""Between two columns; as much is left at the two edges together."""


class _Widths(NamedTuple):
    """Of a column.

    Args:
        least: so that no word and no cell is broken.
        whole: so that the heading stands in one line.
    """

    least: int
    whole: int


class FiguresTable:
    """A table whose columns go on below each other, with the names again, where they have no room.

    Args:
        headings: of the columns; between words they may be broken.
        rows: their cells.
        num_names: how many columns, from the first on, are names. These are broken where there is no room.
        title: above it.
    """

    def __init__(
        self, headings: Sequence[str], rows: Iterable[Sequence[str]], num_names: int = 1, *, title: str = ""
    ) -> None:
        self.headings, self.num_names, self.title = list(headings), num_names, title
        self.rows = [[visible(str(cell), one_line=True) for cell in row] for row in rows]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        widths = [self._widths(index) for index in range(len(self.headings))]
        names = self._name_widths(widths, options.max_width)
        room = options.max_width - sum(names) - _SPACE * len(names)
        for number, group in enumerate(self._groups(widths, room)):
            yield self._part(names, widths, group, room, "" if number else self.title)

    def _widths(self, index: int) -> _Widths:
        heading = visible(self.headings[index], one_line=True)
        cells = max((cell_len(row[index]) for row in self.rows), default=0)
        words = max(map(cell_len, heading.split()), default=0)
        return _Widths(max(cells, words), max(cells, cell_len(heading)))

    def _name_widths(self, widths: Sequence[_Widths], room: int) -> list[int]:
        """Return the widths of the names: what they need, or, where not all fits, half of the room."""
        names, figures = ([*widths[: self.num_names]], [*widths[self.num_names :]])
        gaps = _SPACE * len(names)
        all_figures = sum(one.least + _SPACE for one in figures)
        largest = max((one.least + _SPACE for one in figures), default=0)
        given = min(max(room - gaps - all_figures, room // 2), room - gaps - largest)
        found = [one.whole for one in names]
        while sum(found) > max(given, len(found)):
            found[found.index(max(found))] -= 1
        return found

    def _groups(self, widths: Sequence[_Widths], room: int) -> Iterator[list[int]]:
        """Yield the columns of figures that stand beside each other; at least one."""
        group: list[int] = []
        for index in range(self.num_names, len(widths)):
            if group and sum(widths[one].least + _SPACE for one in (*group, index)) > room:
                yield group
                group = []
            group.append(index)
        yield group

    def _part(
        self, names: Sequence[int], widths: Sequence[_Widths], group: Sequence[int], room: int, title: str
    ) -> Table:
        table = ruled_table(title)
        for index, width in enumerate(names):
            table.add_column(plain(self.headings[index]), width=width, overflow="fold")
        fits = sum(widths[index].whole + _SPACE for index in group) <= room
        for index in group:
            width = widths[index].whole if fits else widths[index].least
            table.add_column(plain(self.headings[index]), width=width, justify="right", overflow="fold")
        for row in self.rows:
            table.add_row(*(plain(row[index]) for index in (*range(self.num_names), *group)))
        return table
