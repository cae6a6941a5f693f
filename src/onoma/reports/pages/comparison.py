"""A comparison: which model to ship, and all that this rests on. Its only script sorts tables."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from onoma.comparison.cautions import cautions
from onoma.comparison.evidence import Evidence
from onoma.comparison.mistakes import Hard, Mistakes
from onoma.comparison.result import Compared, ModelResult
from onoma.comparison.runs import LoadedRun
from onoma.metrics.learning_curve import LearningCurve
from onoma.reports.comparison import tables
from onoma.reports.comparison.export import run_as_dict
from onoma.reports.kit.charts import Fitted, Line, Point, learning_chart, line_chart, scatter
from onoma.reports.kit.marked import mark_entities
from onoma.reports.kit.page import Page
from onoma.reports.kit.tables import Table, row
from onoma.reports.outcomes import find_outcomes

_CURVE_POINTS = 40
_SCATTERS = (
    ("latency_p50_ms", "median ms for one sentence (log scale)"),
    ("bundle_mb", "size in MB (log scale)"),
)


def _view(compared: Compared, mistakes: Mistakes) -> Mapping[str, Any]:
    decision, models, labels = compared.decision, compared.models, compared.label_evidence
    return {
        "title": compared.title,
        "kicker": "Which model to ship",
        "decision": decision,
        "limits": tables.limits_in_words(decision.constraints),
        "split": compared.split,
        "evidence": compared.evidence,
        "cautions": [*cautions(compared), *([mistakes.note] if mistakes.note else [])],
        "failed": compared.failed,
        "models": tables.models_table(compared) if models else None,
        "more_figures": tables.more_figures(compared) if models else None,
        "scatters": list(_scatters(compared)),
        "pairs": _pairs(compared.evidence),
        "label_intervals": tables.intervals_table(labels) if labels else None,
        "label_pairs": _pairs(labels),
        "conclusions": compared.conclusions,
        "learning": _learning(models),
        "more_labels": compared.more_labels,
        "labels": tables.label_bars(compared),
        "scores": tables.all_scores(models),
        "curves": list(_curves(models)),
        "runs": tables.runs_table(compared),
        "slices": tables.recall_by_kind(mistakes.slices, mistakes.names) if mistakes.slices else None,
        "confusions": [
            (name, tables.confusion_table(name, one)) for name, one in mistakes.confusions.items()
        ],
        "shown": mistakes.shown,
        "examples": [_example(hard, mistakes.names) for hard in mistakes.examples],
        "command": compared.command,
        "made": [item for model in models for item in _made(model)],
    }


PAGE = Page("comparison.html", _view, script="sorting.js")


def _pairs(evidence: Evidence | None) -> Table | None:
    return tables.significance_matrix(evidence) if evidence and len(evidence.names) > 1 else None


def _scatters(compared: Compared) -> Iterator[Mapping[str, str]]:
    for axis, name in _SCATTERS:
        points = [
            Point(
                model.name,
                cost,
                100 * model.scores["entity.f1"].mean,
                100 * compared.evidence.intervals[model.name].low,
                100 * compared.evidence.intervals[model.name].high,
                model.name == compared.decision.model,
            )
            for model in compared.models
            if compared.evidence is not None and (cost := model.cost_of(axis)) is not None
        ]
        if points:
            front = compared.front(axis)
            yield {
                "drawing": scatter(points, front, name),
                "caption": f"F1 against {name.partition(' (')[0]}; on the front: {', '.join(front)}.",
            }


def _learning(models: Sequence[ModelResult]) -> str:
    lines = [
        Line(
            model.name,
            tuple(100 * share for share in model.curve),
            tuple(100 * value.mean for value in model.curve.values()),
            "share",
            tuple(100 * (value.sd or 0.0) for value in model.curve.values()),
            _drawn(model.fitted, min(model.curve)) if model.fitted else None,
        )
        for model in models
        if len(model.curve) > 1
    ]
    return learning_chart(lines) if lines else ""


def _drawn(curve: LearningCurve, first: float) -> Fitted:
    """The fitted curve from the smallest share to twice the data, in percent."""
    shares = np.geomspace(first, 2.0, _CURVE_POINTS).tolist()
    band = curve.band(shares)
    low, high = (tuple((100 * end).tolist()) for end in band) if band else ((), ())
    return Fitted(tuple(100 * share for share in shares), tuple((100 * curve.at(shares)).tolist()), low, high)


def _curves(models: Sequence[ModelResult]) -> Iterator[Mapping[str, str]]:
    rows = [row for model in models for run in model.runs.runs for row in run.history]
    losses = [
        float(row[key]) for row in rows for key in ("train_loss", "dev_loss") if row.get(key) is not None
    ]
    top, bottom = max(losses, default=1.0), min([0.0, *losses])
    accuracies = [row[key] for row in rows for key in ("train_accuracy", "dev_accuracy") if row.get(key)]
    # Most of it is tokens of no entity.
    lowest = min([0.99, *accuracies])
    for model in models:
        if not any(run.history for run in model.runs.runs):
            continue  # it was not trained here
        loss: list[Line] = []
        f1: list[Line] = []
        accuracy: list[Line] = []
        for run in model.runs.runs:
            epochs = tuple(float(row["epoch"]) for row in run.history)
            for key, kind in (("train_loss", "train"), ("dev_loss", "dev")):
                loss.append(Line(f"{kind}, seed {run.seed}", epochs, _column(run.history, key), kind))
            for key, kind, lines in (
                ("train_f1", "train", f1),
                ("dev_f1", "dev", f1),
                ("train_accuracy", "train", accuracy),
                ("dev_accuracy", "dev", accuracy),
            ):
                scores = tuple(None if y is None else 100 * y for y in _column(run.history, key))
                if any(y is not None for y in scores):
                    lines.append(Line(f"{kind}, seed {run.seed}", epochs, scores, kind))
        yield {
            "name": model.name,
            "loss": line_chart(
                loss, label=f"loss of {model.name} by epoch", y_name="loss", top=top, bottom=bottom
            ),
            "f1": line_chart(f1, label=f"F1 of {model.name} by epoch", y_name="F1, %", top=100),
            "accuracy": line_chart(
                accuracy,
                label=f"accuracy of {model.name} by epoch",
                y_name="accuracy of tokens, %",
                top=100,
                bottom=100 * lowest,
            )
            if accuracy
            else "",
        }


def _column(history: Sequence[Mapping[str, Any]], key: str) -> tuple[float | None, ...]:
    return tuple(None if row.get(key) is None else float(row[key]) for row in history)


def _example(hard: Hard, names: Sequence[str]) -> Mapping[str, Any]:
    outcomes = find_outcomes(hard.gold, hard.predicted)
    errors = ", ".join(f"{name} {count}" for name, count in zip(names, hard.errors, strict=True))
    return {
        "text": hard.gold.text,
        "gold": mark_entities(hard.gold, outcomes.gold).pieces,
        "predicted": mark_entities(hard.predicted, outcomes.predicted).pieces,
        "errors": f"{hard.gold.id}; errors: {errors}",
    }


def _made(model: ModelResult) -> Iterator[Mapping[str, Any]]:
    """How each run can be made again, and from what it was."""
    for run in (*model.runs.runs, *model.runs.partial):
        facts = run_as_dict(run)
        environment = facts["environment"]
        packages = environment.get("packages") or {}
        versions = {"onoma": environment.get("onoma"), "python": environment.get("python"), **packages}
        threads = f", {environment['threads']} threads" if "threads" in environment else ""
        rows = [
            ("versions", ", ".join(f"{name} {value}" for name, value in versions.items() if value)),
            ("machine", f"{environment.get('processor', '?')}{threads}"),
            ("manifest of the bundle", f"sha256 {facts['bundle_manifest_sha256'] or 'not there'}"),
            *((str(path), f"sha256 {digest}") for path, digest in facts["inputs"].items()),
        ]
        yield {
            "name": run.folder.name,
            "command": shlex.join(_command(run)),
            "facts": Table(f"facts of {run.folder.name}", (), [row(*pair) for pair in rows]),
        }


def _command(run: LoadedRun) -> list[str]:
    """What makes the run again, or scores the model that was only scored."""
    if run.judged is not None:
        return [str(word) for word in run.judged.get("command", ())]
    words = ["onoma", "train", "--config", str(run.folder / "config.toml"), "--out", "OTHER"]
    if run.environment.get("precision_step_seconds"):  # a second measurement may come out otherwise
        words += ["--precision", str(run.environment.get("precision"))]
    return words
