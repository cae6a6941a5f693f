"""What is said of a model side by side with others: on the page, and a part of it on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from onoma.comparison.result import Compared, ModelResult
from onoma.metrics.significance import Interval
from onoma.reports.kit.tables import Cell, number


class Column(NamedTuple):
    """A figure of a model.

    Args:
        heading: of the column.
        cell: the figure, written.
        short: whether the terminal, too, has room for it; by this heading.
        main: whether it is in the page's first table; the others stand folded below it.
    """

    heading: str
    cell: Callable[[ModelResult, Compared], Cell]
    short: str = ""
    main: bool = False


def _interval(model: ModelResult, compared: Compared) -> Interval:
    assert compared.evidence is not None
    return compared.evidence.intervals[model.name]


def _score(key: str) -> Callable[[ModelResult, Compared], Cell]:
    def cell(model: ModelResult, compared: Compared) -> Cell:
        return number(model.scores[key].mean if key in model.scores else None, ".2f", 100)

    return cell


def _figure(key: str) -> Callable[[ModelResult, Compared], Cell]:
    return lambda model, compared: number(model.figures[key].mean if key in model.figures else None)


def _cost(name: str, form: str = ",.0f") -> Callable[[ModelResult, Compared], Cell]:
    """A figure with the lowest and highest of its rounds."""

    def cell(model: ModelResult, compared: Compared) -> Cell:
        value = model.cost_of(name)
        if model.cost is None or value is None:
            return number(None)
        low, high = (format(end, form) for end in model.cost.interval(name))
        note = (f"{low}–{high}" if low != high else "") if model.cost.is_measured else "given"
        return replace(number(value, form), note=note)

    return cell


def _spread(model: ModelResult, compared: Compared) -> Cell:
    """How far the rounds of the median latency lie from it, in percent."""
    value = model.cost_of("latency_p50_ms")
    if model.cost is None or value is None or not model.cost.is_measured:
        return number(None)
    return number(100 * max(abs(end / value - 1) for end in model.cost.interval("latency_p50_ms")))


def _bounds(model: ModelResult, compared: Compared) -> Cell:
    interval = _interval(model, compared)
    return Cell(f"{100 * interval.low:.2f}–{100 * interval.high:.2f}", sort=100 * interval.low)


COLUMNS = (
    Column(
        "F1", lambda model, compared: number(_interval(model, compared).score, ".2f", 100), "F1", main=True
    ),
    Column("95 % interval", _bounds, "95 % interval", main=True),
    Column(
        "seed sd", lambda model, compared: number(_interval(model, compared).seed_sd, ".2f", 100), "seed sd"
    ),
    Column("P", _score("entity.precision")),
    Column("R", _score("entity.recall")),
    Column("unseen F1", _score("unseen.f1"), main=True),
    Column("ms p50", _cost("latency_p50_ms", ".2f"), "ms p50", main=True),
    Column("p50 ±, %", _spread, "±, %"),
    Column("ms p95", _cost("latency_p95_ms", ".2f"), "ms p95", main=True),
    Column("size, MB", _cost("bundle_mb", ".1f"), "MB", main=True),
    Column("tokens/s", _cost("tokens_per_second"), "tokens/s", main=True),
    Column("start, s", _cost("cold_start_seconds", ".1f")),
    Column("memory, MB", _cost("memory_mb")),
    Column("parameters", _figure("parameters")),
    Column("training, s", _figure("train_seconds")),
    Column("training tokens/s", _figure("train_tokens_per_second")),
    Column("peak, MB", _figure("peak_memory_mb")),
    Column("seeds", lambda model, compared: number(len(model.runs.trained) or None)),
)
