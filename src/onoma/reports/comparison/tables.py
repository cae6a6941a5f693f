"""The tables of a comparison, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onoma.comparison.decision import Constraints
from onoma.comparison.evidence import Evidence, Spread
from onoma.comparison.mistakes import Slice
from onoma.comparison.result import Compared, ModelResult
from onoma.metrics.confusion import Confusion
from onoma.reports.comparison.columns import COLUMNS, Column
from onoma.reports.kit.tables import MISSING, Cell, Row, Table, cells, heat_map, number, row
from onoma.reports.scores import flat_names

_LEVEL = 0.05
_CHOSEN = "chosen"


def limits_in_words(constraints: Constraints) -> str:
    """Return the constraints as a phrase."""
    limits = (
        ("p95 of one sentence at most", constraints.max_latency_ms, "ms"),
        ("size at most", constraints.max_size_mb, "MB"),
        ("memory at most", constraints.max_memory_mb, "MB"),
        ("throughput at least", constraints.min_throughput, "tokens/s"),
    )
    parts = [f"{name} {value:g} {unit}" for name, value, unit in limits if value is not None]
    return f"{', '.join(parts) or 'no limit on the cost'}; margin {constraints.margin:g} F1 points"


def models_table(compared: Compared) -> Table:
    """Return the main table: a row a model, with what is said of it before its figures."""
    columns = [column for column in COLUMNS if column.main]
    headings = cells("model", Cell("verdict", css="said"), *(column.heading for column in columns))
    rows = [_model_row(model, compared, columns, _verdict(model, compared)) for model in compared.models]
    return Table("models", headings, rows, "overview", sortable=True)


def more_figures(compared: Compared) -> Table:
    """Return what the main table has no room for."""
    columns = [column for column in COLUMNS if not column.main]
    rows = [_model_row(model, compared, columns) for model in compared.models]
    headings = cells("model", *(column.heading for column in columns))
    return Table("more figures of the models", headings, rows, "overview", sortable=True)


def _model_row(model: ModelResult, compared: Compared, columns: Sequence[Column], *said: Cell) -> Row:
    figures = (column.cell(model, compared) for column in columns)
    css = _CHOSEN if model.name == compared.decision.model else ""
    return row(model.name, *said, *figures, css=css)


def _verdict(model: ModelResult, compared: Compared) -> Cell:
    verdict = next(one for one in compared.decision.verdicts if one.name == model.name)
    chosen = model.name == compared.decision.model
    said = "recommended" if chosen else "not worse" if verdict.qualifies else verdict.why
    return Cell(said, sort=said, css="said")


def all_scores(models: Sequence[ModelResult]) -> Table:
    """Return a row for each score, a column for each model."""
    rows = [
        row(name, *(_spread(model.scores.get(key)) for model in models))
        for key, name in flat_names().items()
        if any(key in model.scores for model in models)
    ]
    headings = cells("score", *(model.name for model in models))
    return Table("scores by model", headings, rows, "figures", sortable=True)


def _spread(value: Spread | None) -> Cell:
    if value is None:
        return Cell(MISSING)
    sd = "" if value.sd is None else f" ± {100 * value.sd:.2f}"
    return Cell(f"{100 * value.mean:.2f}{sd}", sort=100 * value.mean)


def runs_table(compared: Compared) -> Table:
    """Return a row a run."""
    names = ("run", "model", "seed", "share, %", "dev F1", "test F1", "epochs", "kept epoch", "training, s")
    rows = []
    for model in compared.models:
        for run in (*model.runs.runs, *model.runs.partial):
            f1 = (number(_f1(run.metrics.get(split)), ".2f", 100) for split in ("dev", "test"))
            figures = (number(run.metrics.get(key)) for key in ("epochs", "best_epoch", "train_seconds"))
            trained = run.is_trained
            place = (
                number(run.seed if trained else None, ".0f"),
                number(run.share if trained else None, "g", 100),
            )
            css = _CHOSEN if model.name == compared.decision.model else ""
            rows.append(row(run.folder.name, model.name, *place, *f1, *figures, css=css))
    return Table("runs", cells(*names), rows, "overview", sortable=True)


def _f1(evaluation: Any) -> float | None:
    return float(evaluation["entity"]["f1"]) if evaluation else None


def recall_by_kind(slices: Sequence[Slice], names: Sequence[str]) -> Table:
    """Return a row for each kind of mention, a column for each model."""
    rows = [
        row(
            f"{item.property}: {item.value}",
            number(item.number),
            *(number(recall, ".1f", 100) for recall in item.recalls),
        )
        for item in slices
    ]
    headings = cells("mentions", "number", *names)
    return Table("recall by kind of mention", headings, rows, "figures", sortable=True)


def label_bars(compared: Compared) -> Table:
    """Return F1 by label: a bar for each model, the commonest label first."""
    golds: dict[str, int] = {}
    for model in compared.models:
        for label, (_, gold) in model.labels.items():
            golds[label] = max(golds.get(label, 0), gold)
    rows = []
    for label in sorted(golds, key=lambda label: (-golds[label], label)):
        means = [model.labels.get(label, (Spread(0.0, None), 0))[0].mean for model in compared.models]
        bars = (Cell(f"{100 * mean:.1f}", share=mean) for mean in means)
        rows.append(row(Cell(label, title=label), f"{golds[label]:,}", *bars))
    headings = cells("label", "gold", *(model.name for model in compared.models))
    return Table("F1 by label, %", headings, rows, "bars rates")


def significance_matrix(evidence: Evidence) -> Table:
    """Return the differences between every two models with their p-values."""
    rows = [
        row(one, *(_difference(evidence, one, other) for other in evidence.names)) for one in evidence.names
    ]
    return Table("differences between models", cells("", *evidence.names), rows, "pairs")


def _difference(evidence: Evidence, one: str, other: str) -> Cell:
    if one == other:
        return Cell(MISSING)
    found = evidence.difference(one, other)
    sure = found.p_value < _LEVEL
    kind, sign = ("better", " ▲") if found.value > 0 else ("worse", " ▼")
    return Cell(
        f"{100 * found.value:+.2f}{sign if sure else ''}",
        note="p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.3f}",
        title=f"{one} less {other}: 95 % interval {100 * found.low:+.2f} to {100 * found.high:+.2f}",
        css=kind if sure else "",
    )


def confusion_table(name: str, confusion: Confusion) -> Table:
    """Return which labels are taken for which, with missed and spurious ones; the darker the more."""
    counts = {
        (row, column): int(confusion.counts[i, j])
        for i, row in enumerate(confusion.rows)
        for j, column in enumerate(confusion.columns)
    }
    return heat_map(confusion.rows, confusion.columns, counts, caption=f"confusion of labels, {name}")


def intervals_table(evidence: Evidence) -> Table:
    """Return each model's micro F1 of document labels with its interval."""
    rows = [
        row(name, f"{100 * one.score:.2f}", f"{100 * one.low:.2f} to {100 * one.high:.2f}")
        for name, one in ((name, evidence.intervals[name]) for name in evidence.names)
    ]
    return Table("document labels", cells("model", "micro F1, %", "95 % interval"), rows, "figures")
