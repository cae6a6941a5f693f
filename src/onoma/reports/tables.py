"""Scores and listings as tables that fit 80 columns, on a terminal and as plain text.

Names come from data: they never reach rich as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from onoma.reports.escapes import visible
from onoma.reports.scores import RATES, Metrics, ScoreRow, label_rows, match_rows, single_rows


def evaluation_table(metrics: Metrics, *, title: str = "") -> Table:
    """Return the scores of one evaluation, in percent: entities, labels, partial matches, tokens, errors.

    Args:
        metrics: M of ``metrics.json``. Parts that are missing or None are left out.
        title: what was evaluated.
    """
    page = Table.grid(padding=(0, 0))
    page.add_column()
    if title:
        page.add_row(_plain(title, "bold"))
    page.add_row(_entity_table(metrics))
    if singles := single_rows(metrics):
        page.add_row(_pairs_table("other scores", "%", singles))
    errors: Mapping[str, int] = metrics.get("errors") or {}
    if errors:
        counts = [(name.replace("_", " "), f"{count:,}") for name, count in errors.items()]
        page.add_row(_pairs_table("gold and predicted entities", "count", counts))
    return page


def _entity_table(metrics: Metrics) -> Table:
    table = _table()
    table.add_column("entities, %", overflow="fold", min_width=30)
    for heading in (*RATES.values(), "gold"):
        table.add_column(heading, justify="right", no_wrap=True)
    rows = list(match_rows(metrics))
    overall = [row for row in rows if row.group == "all"]
    _add_rows(table, [*overall, *label_rows(metrics["entity"]), *rows[len(overall) :]])
    return table


def _add_rows(table: Table, rows: Sequence[ScoreRow]) -> None:
    for index, row in enumerate(rows):
        if index and row.group != rows[index - 1].group:
            table.add_section()
        table.add_row(_plain(row.name), *row.cells("-"), style=None if index else "bold")


def listing_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> Table:
    """Return names and what they are, as `onoma models` and `onoma formats` show them.

    The first column is never broken; the last takes the room that is left.
    """
    table = _table(title)
    for index, heading in enumerate(headings):
        table.add_column(heading, no_wrap=index == 0, overflow="fold", style="bold" if index == 0 else None)
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    return table


def figures_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], num_names: int, *, title: str = ""
) -> Table:
    """Return names, broken where there is no room, and figures, which never are.

    Args:
        headings: of the columns.
        rows: their cells.
        num_names: how many columns, from the first on, are names.
        title: above it.
    """
    table = _table(title)
    for index, heading in enumerate(headings):
        is_name = index < num_names
        table.add_column(
            heading, no_wrap=not is_name, overflow="fold", justify="left" if is_name else "right"
        )
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    return table


def _table(title: str = "") -> Table:
    # Rules only, and no colour: the same on dark, light and no terminal.
    shown = _plain(title, "bold") if title else None
    return Table(
        title=shown,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        header_style="bold",
    )


def _pairs_table(heading: str, unit: str, pairs: Iterable[tuple[str, str]]) -> Table:
    table = _table()
    table.add_column(heading, overflow="fold", min_width=30)
    table.add_column(unit, justify="right", no_wrap=True)
    for name, value in pairs:
        table.add_row(_plain(name), value)
    return table


def _plain(text: str, style: str = "") -> Text:
    return Text(visible(str(text), one_line=True), style=style)
