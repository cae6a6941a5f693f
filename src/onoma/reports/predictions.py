"""Several sets of predictions in tables."""

from __future__ import annotations

from collections.abc import Iterator

from onoma.comparison.predictions import Scored
from onoma.metrics.power import LEVEL
from onoma.reports.figure_tables import FiguresTable
from onoma.reports.scores import flat_names, number, percent


def prediction_tables(scored: Scored, title: str) -> Iterator[FiguresTable]:
    """Yield the tables of predictions that are compared: overview, scores, labels, errors and differences."""
    yield _overview(scored, title)
    metrics = {one.name: one.evaluation.as_dict() for one in scored.predictions}
    names = list(metrics)
    rows = [
        [name, *(percent(number(metrics[one], key)) for one in names)]
        for key, name in flat_names().items()
        if any(number(metrics[one], key) is not None for one in names)
    ]
    yield FiguresTable(["scores, %", *names], rows)
    labels = {one.name: one.evaluation.entity.per_label for one in scored.predictions}
    gold = {label: score.gold for found in labels.values() for label, score in found.items()}
    rows = [
        [
            label,
            f"{gold[label]:,}",
            *(percent(labels[one][label].f1 if label in labels[one] else 0.0) for one in names),
        ]
        for label in sorted(gold, key=lambda label: (-gold[label], label))
    ]
    yield FiguresTable(["F1 by label, %", "gold", *names], rows)
    errors = {one.name: one.evaluation.errors.as_dict() for one in scored.predictions}
    rows = [
        [kind.replace("_", " "), *(f"{errors[one][kind]:,}" for one in names)] for kind in errors[names[0]]
    ]
    yield FiguresTable(["gold and predicted entities", *names], rows)
    yield _differences(scored)


def _overview(scored: Scored, title: str) -> FiguresTable:
    costs = any(one.cost is not None for one in scored.predictions)
    rows = []
    for one in scored.predictions:
        micro, interval = one.evaluation.entity.micro, scored.evidence.intervals[one.name]
        name = f"{one.name}{' *' if one.name == scored.preferred else ''}"
        cost = ["-" if one.cost is None else f"{one.cost:g}"] if costs else []
        rates = (percent(rate) for rate in (micro.precision, micro.recall, micro.f1))
        rows.append([name, *rates, f"{percent(interval.low)} to {percent(interval.high)}", *cost])
    headings = ["predictions", "precision", "recall", "F1", "95 % interval", *(["cost"] if costs else [])]
    return FiguresTable(headings, rows, title=title)


def _differences(scored: Scored) -> FiguresTable:
    names = scored.evidence.names
    rows = [
        [
            f"{names[pair.first]} less {names[pair.second]}",
            f"{100 * pair.difference:+.2f}{' *' if pair.adjusted < LEVEL else ''}",
            f"{100 * pair.low:+.2f} to {100 * pair.high:+.2f}",
            "< 0.001" if pair.adjusted < 0.001 else f"{pair.adjusted:.3f}",
        ]
        for pair in scored.evidence.comparisons
    ]
    return FiguresTable(["differences", "F1 points", "95 % interval", "p (Holm)"], rows)
