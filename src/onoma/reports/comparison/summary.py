"""The comparison in 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from onoma.reports.comparison.result import Compared
from onoma.reports.tables import listing_table

if TYPE_CHECKING:
    from onoma.reports.comparison.result import ModelResult

_HEADINGS = ("model", "F1", "95 % interval", "seed sd", "ms p50", "ms p95", "MB", "tokens/s")


def summary_table(compared: Compared) -> Table:
    """Return a row a model; the recommended one has a ``*``."""
    rows = [_row(model, compared) for model in compared.models]
    return listing_table(_HEADINGS, rows, title=f"{compared.title}, {compared.split}")


def _row(model: ModelResult, compared: Compared) -> list[str]:
    assert compared.evidence is not None
    interval, cost = compared.evidence.intervals[model.name], model.cost
    costs = ["-"] * 4
    if cost is not None:
        costs = [f"{cost.latency_p50_ms:.2f}", f"{cost.latency_p95_ms:.2f}", f"{cost.bundle_mb:.1f}"]
        costs.append(f"{cost.tokens_per_second:,.0f}")
    return [
        f"{model.name}{' *' if model.name == compared.decision.model else ''}",
        f"{100 * interval.score:.2f}",
        f"{100 * interval.low:.2f}-{100 * interval.high:.2f}",
        "-" if interval.seed_sd is None else f"{100 * interval.seed_sd:.2f}",
        *costs,
    ]
