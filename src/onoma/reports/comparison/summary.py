"""The comparison as a table, for the terminal."""

from __future__ import annotations

from onoma.comparison.result import Compared
from onoma.reports.comparison.columns import COLUMNS
from onoma.reports.figure_tables import FiguresTable


def summary_table(compared: Compared) -> FiguresTable:
    """Return a row a model; the recommended one has a ``*``."""
    shown = [column for column in COLUMNS if column.short]
    rows = []
    for model in compared.models:
        name = f"{model.name}{' *' if model.name == compared.decision.model else ''}"
        figures = (column.cell(model, compared).text for column in shown)
        rows.append([name, *(figure.replace("–", "-") for figure in figures)])
    headings = ("model", *(column.short for column in shown))
    return FiguresTable(headings, rows, title=f"{compared.title}, {compared.split}")
