"""Parts of web pages: tables, heat maps. What comes from data is escaped here and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from onoma.reports.escapes import visible

HEAT_LEVELS = 6
_TALL = 30  # rows of text from which on a table scrolls in itself


class Markup(str):
    """Text that is HTML already: made here, not taken from data."""

    __slots__ = ()


Cell = str
"""Plain text, which is escaped, or `Markup`, which is not."""


def escaped(text: Cell) -> Markup:
    """Return data safe to stand in element content and in quoted attributes."""
    return text if isinstance(text, Markup) else Markup(escape(visible(text, one_line=True), quote=True))


def isolated(text: str) -> Markup:
    """Return data in an element of its own: its writing direction does not reorder what is around it."""
    return Markup(f"<bdi>{escaped(text)}</bdi>")


def table(headings: Sequence[Cell], rows: Iterable[str], *, caption: str, css_class: str = "") -> Markup:
    """Return a table in a box that scrolls sideways when it is too wide.

    Args:
        headings: of the columns, the first one's above the row headings.
        rows: as `row` and `section_row` make them.
        caption: says what the table is; read out, not shown.
        css_class: of the table.
    """
    cells = "".join(f'<th scope="col">{escaped(heading)}</th>' for heading in headings)
    lines = list(rows)
    body = "".join(lines)
    box = "wide tall" if len(lines) > _TALL and css_class == "text" else "wide"
    return Markup(
        f'<div class="{box}" role="region" tabindex="0" aria-label="{escaped(caption)}">'
        f'<table class="{css_class}"><thead><tr>{cells}</tr></thead>\n<tbody>{body}</tbody></table></div>\n'
    )


def row(name: Cell, cells: Iterable[Cell]) -> Markup:
    """Return a row with its heading."""
    inner = "".join(f"<td>{escaped(cell)}</td>" for cell in cells)
    return Markup(f'<tr><th scope="row">{escaped(name)}</th>{inner}</tr>\n')


def section_row(title: str, num_columns: int) -> Markup:
    """Return a row that stands above those it is the title of."""
    return Markup(f'<tr class="section"><th colspan="{num_columns}">{escaped(title)}</th></tr>\n')


def heat_map(
    rows: Sequence[str], columns: Sequence[str], counts: Mapping[tuple[str, str], int], *, caption: str
) -> Markup:
    """Return a table of counts whose cells are the darker the higher the count, on a logarithmic scale.

    Args:
        rows: names from top to bottom.
        columns: names from left to right.
        counts: by (row, column); what is missing stays empty.
        caption: says what is counted; read out, not shown.
    """
    highest = max((counts.get((one, other), 0) for one in rows for other in columns), default=0)
    heads = "".join(
        f'<th scope="col" title="{escaped(name)}"><span>{escaped(name)}</span></th>' for name in columns
    )
    lines = []
    for name in rows:
        cells = []
        for other in columns:
            count = counts.get((name, other), 0)
            cells.append(
                f'<td class="h{_level(count, highest)}" title="{escaped(f"{name} / {other}: {count:,}")}">'
                f"{short_count(count)}</td>"
                if count
                else "<td></td>"
            )
        lines.append(
            f'<tr><th scope="row" title="{escaped(name)}">{isolated(name)}</th>{"".join(cells)}</tr>\n'
        )
    return Markup(
        f'<div class="wide" role="region" tabindex="0" aria-label="{escaped(caption)}"><table class="heat">'
        f"<thead><tr><td></td>{heads}</tr></thead>\n<tbody>{''.join(lines)}</tbody></table></div>\n"
    )


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
