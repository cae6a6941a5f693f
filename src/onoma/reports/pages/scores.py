"""Predictions beside gold: scores, tests, and errors by kind with examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from onoma.comparison.predictions import Scored, ScoredPredictions
from onoma.metrics.examples import CONTEXT, ErrorExample, ErrorKind, Side, error_examples
from onoma.reports.comparison.tables import confusion_table, significance_matrix
from onoma.reports.kit.marked import Piece, mark_excerpt
from onoma.reports.kit.page import Page
from onoma.reports.kit.tables import MISSING, Cell, Table, cells, number, row
from onoma.reports.scores import flat_names
from onoma.reports.scores import number as found_number
from onoma.text import Span


def _view(scored: Scored, *, title: str, examples: int, command: str = "") -> Mapping[str, Any]:
    """Return what the template takes.

    Args:
        scored: the predictions with their scores.
        title: of the page.
        examples: of each kind of error, at most.
        command: that asked for it.
    """
    several = len(scored.predictions) > 1
    return {
        "title": title,
        "kicker": "Scores",
        "preferred": scored.preferred if several else "",
        "reason": scored.reason,
        "documents": len(scored.gold),
        "resamples": scored.evidence.resamples,
        "cautions": list(_cautions(scored)),
        "overview": _overview(scored),
        "pairs": significance_matrix(scored.evidence) if several else None,
        "labels": _label_bars(scored.predictions),
        "scores": _all_scores(scored.predictions),
        "errors": _error_counts(scored.predictions),
        "confusions": [
            (one.name, confusion_table(one.name, one.evaluation.entity_confusion))
            for one in scored.predictions
        ],
        "examples": [_examples(scored, one, examples) for one in scored.predictions] if examples else [],
        "command": command,
    }


PAGE = Page("scores.html", _view, script="sorting.js")


def _cautions(scored: Scored) -> Iterator[str]:
    yield from scored.undecided
    for one in scored.predictions:
        yield from (f"{one.name}: {line}." for line in one.lines())


def _overview(scored: Scored) -> Table:
    names = ("predictions", "precision", "recall", "F1", "95 % interval", "cost")
    rows = []
    for one in scored.predictions:
        micro, interval = one.evaluation.entity.micro, scored.evidence.intervals[one.name]
        rates = (number(rate, ".2f", 100) for rate in (micro.precision, micro.recall, micro.f1))
        bounds = f"{100 * interval.low:.2f}–{100 * interval.high:.2f}"
        css = "chosen" if one.name == scored.preferred and len(scored.predictions) > 1 else ""
        cost = number(one.cost, ",g")
        rows.append(row(one.name, *rates, Cell(bounds, sort=100 * interval.low), cost, css=css))
    return Table("predictions", cells(*names), rows, "overview", sortable=True)


def _label_bars(predictions: Sequence[ScoredPredictions]) -> Table:
    """F1 by label: a bar for each of the predictions, the commonest label first."""
    found = [one.evaluation.entity.per_label for one in predictions]
    gold = {label: score.gold for labels in found for label, score in labels.items()}
    rows = []
    for label in sorted(gold, key=lambda label: (-gold[label], label)):
        rates = [labels[label].f1 if label in labels else 0.0 for labels in found]
        bars = (Cell(f"{100 * rate:.1f}", share=rate) for rate in rates)
        rows.append(row(Cell(label, title=label), f"{gold[label]:,}", *bars))
    headings = cells("label", "gold", *(one.name for one in predictions))
    return Table("F1 by label, %", headings, rows, "bars rates")


def _all_scores(predictions: Sequence[ScoredPredictions]) -> Table:
    metrics = [one.evaluation.as_dict() for one in predictions]
    rows = []
    for key, name in flat_names().items():
        values = [found_number(one, key) for one in metrics]
        if any(value is not None for value in values):
            rows.append(row(name, *(number(value, ".2f", 100) for value in values)))
    headings = cells("score", *(one.name for one in predictions))
    return Table("scores", headings, rows, "figures", sortable=True)


def _error_counts(predictions: Sequence[ScoredPredictions]) -> Table:
    counts = [one.evaluation.errors.as_dict() for one in predictions]
    rows = [row(kind.replace("_", " "), *(number(one[kind]) for one in counts)) for kind in counts[0]]
    rows.append(row("without a place in gold's text", *(number(_without_place(one)) for one in predictions)))
    headings = cells("gold and predicted entities", *(one.name for one in predictions))
    return Table("errors by kind", headings, rows, "figures")


def _without_place(one: ScoredPredictions) -> int:
    return one.lost + one.placed.account.unplaced


def _examples(scored: Scored, one: ScoredPredictions, limit: int) -> Mapping[str, Any]:
    kinds = error_examples(scored.gold, one.placed.documents, limit)
    return {"name": one.name, "kinds": [_kind(kind) for kind in kinds if kind.count]}


def _kind(kind: ErrorKind) -> Mapping[str, Any]:
    shown = len(kind.examples)
    some = f", {shown} of them" if shown < kind.count else ""
    name = kind.name.replace("_", " ")
    return {
        "title": f"{name}: {kind.count:,}{some}",
        "examples": [_shown(one, name) for one in kind.examples],
    }


def _shown(example: ErrorExample, kind: str) -> Mapping[str, Any]:
    return {
        "document": example.document or MISSING,
        "gold": _marked(example, example.gold, kind),
        "predicted": _marked(example, example.predicted, kind),
    }


def _marked(example: ErrorExample, side: Side | None, kind: str) -> list[Piece]:
    start = min(one.start for one in (example.gold, example.predicted) if one is not None)
    span = None if side is None else Span(side.start, side.end, side.label, side.text, side.score)
    around = (example.before, example.text, example.after)
    return mark_excerpt(*around, start, span, kind, context=CONTEXT)
