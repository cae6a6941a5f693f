"""Scores and listings as tables that fit 80 columns, on a terminal and as plain text.

Rates are 0..1 in ``metrics.json`` and percent here. Names come from data: they never reach rich as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from onoma.reports.escapes import visible

Metrics = Mapping[str, Any]  # the M of metrics.json, read back from JSON

_PARTIAL_NAMES = {
    "strict": "strict: place and label",
    "exact": "exact: place, any label",
    "partial": "partial: overlap, any label",
    "type": "type: overlap and label",
}
_SCALARS = (
    ("token", "accuracy", "token accuracy"),
    ("token", "macro_f1", "token macro F1"),
    ("token", "batch_macro_f1", "token macro F1, mean of batches"),
    ("documents", "micro_f1", "document labels, micro F1"),
    ("documents", "macro_f1", "document labels, macro F1"),
    ("calibration", "ece", "calibration error (ECE)"),
)
_RUN_COLUMNS = (  # key of a row, heading, how to write a value
    ("dev_f1", "dev F1", "percent"),
    ("test_f1", "test F1", "percent"),
    ("precision", "P", "percent"),
    ("recall", "R", "percent"),
    ("parameters", "params", "count"),
    ("train_seconds", "train", "duration"),
    ("tokens_per_second", "tokens/s", "count"),
)


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
    scalars = [
        (name, _percent(metrics[part].get(key)))
        for part, key, name in _SCALARS
        if isinstance(metrics.get(part), Mapping) and metrics[part].get(key) is not None
    ]
    if scalars:
        page.add_row(_pairs_table("other scores", "%", scalars))
    errors: Mapping[str, int] = metrics.get("errors") or {}
    if errors:
        counts = [(name.replace("_", " "), f"{count:,}") for name, count in errors.items()]
        page.add_row(_pairs_table("gold and predicted entities", "count", counts))
    return page


def _entity_table(metrics: Metrics) -> Table:
    table = _table()
    table.add_column("entities, %", overflow="fold", min_width=30)
    for heading in ("precision", "recall", "F1", "gold"):
        table.add_column(heading, justify="right", no_wrap=True)
    entity = metrics["entity"]
    overall = {**entity, "gold": metrics.get("gold_entities")}
    table.add_row(*_score_cells("all, micro", overall), style="bold")
    if "macro_f1" in entity:
        table.add_row("all, macro", "", "", _percent(entity["macro_f1"]), "")
    table.add_section()
    for label, scores in sorted(
        entity.get("per_label", {}).items(), key=lambda item: (-(item[1].get("gold") or 0), item[0])
    ):
        table.add_row(*_score_cells(label, scores))
    table.add_section()
    for key, name in (("seen", "seen in training"), ("unseen", "not seen in training")):
        if metrics.get(key):
            table.add_row(*_score_cells(name, metrics[key]))
    table.add_section()
    for key, scores in (metrics.get("partial") or {}).items():
        if isinstance(scores, Mapping):
            table.add_row(*_score_cells(_PARTIAL_NAMES.get(key, key), scores))
    return table


def comparison_table(rows: Iterable[Mapping[str, Any]], *, title: str = "") -> Table:
    """Return runs side by side, in the given order; the best test F1 (else dev F1) is bold and has a ``*``.

    Args:
        rows: mappings with ``name`` and any of ``dev_f1``, ``test_f1``, ``precision``, ``recall`` (rates),
            ``parameters``, ``train_seconds`` and ``tokens_per_second``; None or missing shows as ``-``.
        title: what is compared.
    """
    rows = list(rows)
    table = _table(title)
    table.add_column("run", overflow="fold", min_width=12)
    for _, heading, _ in _RUN_COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    ranked_by = "test_f1" if any(_is_number(row.get("test_f1")) for row in rows) else "dev_f1"
    best = max((row[ranked_by] for row in rows if _is_number(row.get(ranked_by))), default=None)
    for row in rows:
        wins = best is not None and row.get(ranked_by) == best
        cells = [_FORMATS[kind](row.get(key)) for key, _, kind in _RUN_COLUMNS]
        name = _plain(f"{row['name']}{' *' if wins else ''}")
        table.add_row(name, *cells, style="bold" if wins else None)
    return table


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


def _score_cells(name: str, scores: Mapping[str, Any]) -> list[Text | str]:
    gold = scores.get("gold")
    rates = [_percent(scores.get(key)) for key in ("precision", "recall", "f1")]
    return [_plain(name), *rates, "" if gold is None else f"{gold:,}"]


def _plain(text: str, style: str = "") -> Text:
    return Text(visible(str(text), one_line=True), style=style)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and value == value


def _percent(rate: float | None) -> str:
    return f"{100 * rate:.2f}" if rate is not None and _is_number(rate) else "-"


def _count(number: float | None) -> str:
    """Return three significant figures: 812, 9.3k, 66k, 12.3M."""
    if number is None or not _is_number(number):
        return "-"
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        # 999.6k would round to 1000k.
        if number >= size * 0.9995:
            scaled = number / size
            return f"{scaled:.0f}{unit}" if scaled >= 99.95 else f"{scaled:.1f}{unit}"
    return f"{number:.0f}"


def _duration(seconds: float | None) -> str:
    if seconds is None or not _is_number(seconds):
        return "-"
    if seconds < 59.5:
        return f"{seconds:.1f}s" if seconds < 9.95 else f"{seconds:.0f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    return f"{minutes // 60}h{minutes % 60:02d}m"


_FORMATS = {"percent": _percent, "count": _count, "duration": _duration}
