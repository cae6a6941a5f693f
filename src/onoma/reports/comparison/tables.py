"""The tables of a comparison's page: texts to show and values to sort by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

from onoma.reports.comparison.decision import Constraints
from onoma.reports.comparison.evidence import Evidence, Spread
from onoma.reports.comparison.mistakes import Slice
from onoma.reports.comparison.result import Compared, ModelResult
from onoma.reports.page_parts import Markup, escaped, isolated, row, table
from onoma.reports.svg import bar

_LEVEL = 0.05
_SCORES = {
    "entity.precision": "precision",
    "entity.recall": "recall",
    "entity.f1": "F1, micro",
    "entity.macro_f1": "F1, macro over labels",
    "seen.f1": "F1, mentions seen in train",
    "unseen.f1": "F1, mentions not seen in train",
    "partial.strict.f1": "F1, partial match: strict",
    "partial.exact.f1": "F1, partial match: exact",
    "partial.partial.f1": "F1, partial match: partial",
    "partial.type.f1": "F1, partial match: type",
    "token.accuracy": "token accuracy",
    "token.macro_f1": "token macro F1",
    "token.batch_macro_f1": "token macro F1, mean of batches",
    "documents.micro_f1": "document labels, micro F1",
    "documents.macro_f1": "document labels, macro F1",
    "calibration.ece": "calibration error (ECE)",
}


class Cell(TypedDict):
    """What is shown, and what it is sorted by: a number, a text, or nothing for a missing value."""

    text: str
    sort: float | str


class Row(TypedDict):
    """Cells, the first one a heading; ``chosen`` is of the recommended model."""

    cells: list[Cell]
    chosen: bool


class Grid(TypedDict):
    """A table that can be sorted."""

    headings: list[str]
    rows: list[Row]


def _text(value: str) -> Cell:
    return {"text": value, "sort": value}


def _number(value: float | None, form: str = ",.0f", factor: float = 1.0) -> Cell:
    if value is None:
        return {"text": "–", "sort": ""}
    return {"text": format(factor * value, form), "sort": factor * value}


def _spread(value: Spread | None, form: str = ".2f", factor: float = 100.0) -> Cell:
    if value is None:
        return {"text": "–", "sort": ""}
    shown = format(factor * value.mean, form)
    if value.sd is not None:
        shown += f" ± {format(factor * value.sd, form)}"
    return {"text": shown, "sort": factor * value.mean}


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


def cautions(compared: Compared) -> Iterator[str]:
    """Yield what a reader has to know to judge the figures."""
    models = compared.models
    if any(len(model.runs.runs) == 1 for model in models):
        yield "Some models have a single seed: how much they depend on it is not known."
    if compared.evidence and compared.evidence.num_documents < 50:
        yield f"Only {compared.evidence.num_documents} documents: the intervals are rough."
    if compared.split == "test" and len(models) > 1:
        yield "The choice rests on the scores that are reported, so those of the chosen are a little kind."
    for model in models:
        if model.cost is None:
            yield f"{model.name}: no cost: {model.cost_note}."
        elif compared.evidence:
            counted = compared.evidence.intervals[model.name].score
            if abs(counted - model.scores["entity.f1"].mean) > 1e-9:
                yield f"{model.name}: intervals leave out gold mentions lost on reading; scores count them."
    if any(model.runs.failures for model in models):
        yield "Some runs failed: their models are judged by fewer seeds."


def overview(compared: Compared) -> Grid:
    """Return the main table: a row a model."""
    headings = [
        *("model", "F1", "seed sd", "95 % interval", "P", "R", "unseen F1", "ms p50", "ms p95", "tokens/s"),
        *("start, s", "memory, MB", "size, MB", "parameters", "training, s", "training tokens/s", "peak, MB"),
        *("seeds", "verdict"),
    ]
    return {"headings": headings, "rows": [_overview_row(model, compared) for model in compared.models]}


def _overview_row(model: ModelResult, compared: Compared) -> Row:
    assert compared.evidence is not None
    interval, cost = compared.evidence.intervals[model.name], model.cost
    verdict = next(one for one in compared.decision.verdicts if one.name == model.name)
    chosen = model.name == compared.decision.model
    said = "recommended" if chosen else "not worse" if verdict.qualifies else verdict.why
    scores, figures = model.scores, model.figures

    def mean(values: dict[str, Spread], name: str) -> float | None:
        return values[name].mean if name in values else None

    cells: list[Cell] = [
        _text(model.name),
        _number(interval.score, ".2f", 100),
        _number(interval.seed_sd, ".2f", 100),
        {"text": f"{100 * interval.low:.2f}–{100 * interval.high:.2f}", "sort": 100 * interval.low},
        *(
            _number(mean(scores, name), ".2f", 100)
            for name in ("entity.precision", "entity.recall", "unseen.f1")
        ),
        _number(cost.latency_p50_ms if cost else None, ".2f"),
        _number(cost.latency_p95_ms if cost else None, ".2f"),
        _number(cost.tokens_per_second if cost else None),
        _number(cost.cold_start_seconds if cost else None, ".1f"),
        _number(cost.memory_mb if cost else None),
        _number(cost.bundle_mb if cost else None, ".1f"),
        _number(mean(figures, "parameters")),
        _number(mean(figures, "train_seconds")),
        _number(mean(figures, "train_tokens_per_second")),
        _number(mean(figures, "peak_memory_mb")),
        _number(len(model.runs.runs)),
        _text(said),
    ]
    return {"cells": cells, "chosen": chosen}


def all_scores(models: Sequence[ModelResult]) -> Grid:
    """Return a row for each score, a column for each model."""
    rows: list[Row] = []
    for key, name in _SCORES.items():
        if any(key in model.scores for model in models):
            cells = [_text(name), *(_spread(model.scores.get(key)) for model in models)]
            rows.append({"cells": cells, "chosen": False})
    return {"headings": ["score", *(model.name for model in models)], "rows": rows}


def runs(compared: Compared) -> Grid:
    """Return a row a run."""
    headings = [
        "run",
        "model",
        "seed",
        "share, %",
        "dev F1",
        "test F1",
        "epochs",
        "best epoch",
        "training, s",
    ]
    rows: list[Row] = []
    for model in compared.models:
        for run in (*model.runs.runs, *model.runs.partial):
            found = run.metrics
            cells = [
                _text(run.folder.name),
                _text(model.name),
                _number(run.seed, ".0f"),
                _number(run.share, "g", 100),
                *(_number(_f1(found.get(split)), ".2f", 100) for split in ("dev", "test")),
                *(_number(found.get(key)) for key in ("epochs", "best_epoch", "train_seconds")),
            ]
            rows.append({"cells": cells, "chosen": model.name == compared.decision.model})
    return {"headings": headings, "rows": rows}


def _f1(evaluation: Any) -> float | None:
    return float(evaluation["entity"]["f1"]) if evaluation else None


def recall_by_kind(slices: Sequence[Slice], names: Sequence[str]) -> Grid:
    """Return a row for each kind of mention, a column for each model."""
    rows: list[Row] = [
        {
            "cells": [
                _text(f"{item.property}: {item.value}"),
                _number(item.number),
                *(_number(recall, ".1f", 100) for recall in item.recalls),
            ],
            "chosen": False,
        }
        for item in slices
    ]
    return {"headings": ["mentions", "number", *names], "rows": rows}


def label_bars(compared: Compared) -> Markup:
    """Return F1 by label: a bar for each model, the commonest label first."""
    models = compared.models
    golds: dict[str, int] = {}
    for model in models:
        for label, (_, gold) in model.labels.items():
            golds[label] = max(golds.get(label, 0), gold)
    rows = []
    for label in sorted(golds, key=lambda label: (-golds[label], label)):
        cells = [f"{golds[label]:,}"]
        for model in models:
            value, _ = model.labels.get(label, (Spread(0.0, None), 0))
            shown = Markup(f"<span>{100 * value.mean:.1f}</span>")
            cells.append(Markup(f'<div class="cell">{bar(value.mean)}{shown}</div>'))
        rows.append(row(Markup(f'<bdi title="{escaped(label)}">{escaped(label)}</bdi>'), cells))
    headings = ["label", "gold", *(isolated(model.name) for model in models)]
    return table(headings, rows, caption="F1 by label, %", css_class="bars")


def significance_matrix(evidence: Evidence) -> Markup:
    """Return the differences between every two models with their p-values."""
    heads = "".join(f'<th scope="col">{isolated(name)}</th>' for name in evidence.names)
    lines = []
    for one in evidence.names:
        cells = []
        for other in evidence.names:
            if one == other:
                cells.append("<td>–</td>")
                continue
            found = evidence.difference(one, other)
            sure = found.p_value < _LEVEL
            kind, sign = ("better", " ▲") if found.value > 0 else ("worse", " ▼")
            interval = f"95 % interval {100 * found.low:+.2f} to {100 * found.high:+.2f}"
            p_value = "p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.3f}"
            title = escaped(f"{one} less {other}: {interval}")
            cells.append(
                f'<td class="{kind if sure else "even"}" title="{title}">'
                f"{100 * found.value:+.2f}{sign if sure else ''}<small>{escaped(p_value)}</small></td>"
            )
        lines.append(f'<tr><th scope="row">{isolated(one)}</th>{"".join(cells)}</tr>\n')
    return Markup(
        '<div class="wide" role="region" tabindex="0" aria-label="differences between models">'
        f'<table class="pairs"><thead><tr><td></td>{heads}</tr></thead>\n'
        f"<tbody>{''.join(lines)}</tbody></table></div>\n"
    )
