"""What is said of a model side by side with others: on the page, and a part of it on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from onoma.metrics.significance import Interval
from onoma.reports.comparison.result import Compared, ModelResult
from onoma.reports.kit.tables import Cell, number
from onoma.runtime.cost import Cost


class Column(NamedTuple):
    """A figure of a model.

    Args:
        heading: of the column.
        cell: the figure, written.
        short: whether the terminal, too, has room for it; by this heading.
    """

    heading: str
    cell: Callable[[ModelResult, Compared], Cell]
    short: str = ""


def _interval(model: ModelResult, compared: Compared) -> Interval:
    assert compared.evidence is not None
    return compared.evidence.intervals[model.name]


def _score(key: str) -> Callable[[ModelResult, Compared], Cell]:
    def cell(model: ModelResult, compared: Compared) -> Cell:
        return number(model.scores[key].mean if key in model.scores else None, ".2f", 100)

    return cell


def _figure(key: str) -> Callable[[ModelResult, Compared], Cell]:
    return lambda model, compared: number(model.figures[key].mean if key in model.figures else None)


def _cost(get: Callable[[Cost], float], form: str = ",.0f") -> Callable[[ModelResult, Compared], Cell]:
    return lambda model, compared: number(get(model.cost) if model.cost else None, form)


def _bounds(model: ModelResult, compared: Compared) -> Cell:
    interval = _interval(model, compared)
    return Cell(f"{100 * interval.low:.2f}–{100 * interval.high:.2f}", sort=100 * interval.low)


COLUMNS = (
    Column("F1", lambda model, compared: number(_interval(model, compared).score, ".2f", 100), "F1"),
    Column("95 % interval", _bounds, "95 % interval"),
    Column(
        "seed sd", lambda model, compared: number(_interval(model, compared).seed_sd, ".2f", 100), "seed sd"
    ),
    Column("P", _score("entity.precision")),
    Column("R", _score("entity.recall")),
    Column("unseen F1", _score("unseen.f1")),
    Column("ms p50", _cost(lambda cost: cost.latency_p50_ms, ".2f"), "ms p50"),
    Column("ms p95", _cost(lambda cost: cost.latency_p95_ms, ".2f"), "ms p95"),
    Column("size, MB", _cost(lambda cost: cost.bundle_mb, ".1f"), "MB"),
    Column("tokens/s", _cost(lambda cost: cost.tokens_per_second), "tokens/s"),
    Column("start, s", _cost(lambda cost: cost.cold_start_seconds, ".1f")),
    Column("memory, MB", _cost(lambda cost: cost.memory_mb)),
    Column("parameters", _figure("parameters")),
    Column("training, s", _figure("train_seconds")),
    Column("training tokens/s", _figure("train_tokens_per_second")),
    Column("peak, MB", _figure("peak_memory_mb")),
    Column("seeds", lambda model, compared: number(len(model.runs.runs))),
)
