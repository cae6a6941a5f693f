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
        page.add_row(plain(title, "bold"))
    page.add_row(_entity_table(metrics))
    if singles := single_rows(metrics):
        page.add_row(_pairs_table("other scores", "%", singles))
    errors: Mapping[str, int] = metrics.get("errors") or {}
    if errors:
        counts = [(name.replace("_", " "), f"{count:,}") for name, count in errors.items()]
        page.add_row(_pairs_table("gold and predicted entities", "count", counts))
    return page


def _entity_table(metrics: Metrics) -> Table:
    table = ruled_table()
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
        table.add_row(plain(row.name), *row.cells("-"), style=None if index else "bold")


def listing_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> Table:
    """Return names and what is to be told of them.

    Only the last column is ever broken: it takes the room that is left.
    """
    table = ruled_table(title)
    for index, heading in enumerate(headings):
        is_last = index == len(headings) - 1
        table.add_column(heading, no_wrap=not is_last, overflow="fold", style=None if index else "bold")
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    return table


def ruled_table(title: str = "") -> Table:
    """Return an empty table with rules only, and no colour: the same on dark, light and no terminal."""
    shown = plain(title, "bold") if title else None
    return Table(
        title=shown,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        header_style="bold",
    )


def _pairs_table(heading: str, unit: str, pairs: Iterable[tuple[str, str]]) -> Table:
    table = ruled_table()
    table.add_column(heading, overflow="fold", min_width=30)
    table.add_column(unit, justify="right", no_wrap=True)
    for name, value in pairs:
        table.add_row(plain(name), value)
    return table


def plain(text: str, style: str = "") -> Text:
    """Return a text of the data, which is no markup."""
    return Text(visible(str(text), one_line=True), style=style)
