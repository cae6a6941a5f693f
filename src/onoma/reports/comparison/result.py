"""Everything that a comparison finds, and its files for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from onoma.errors import ModelError, OnomaError
from onoma.files import write_text
from onoma.reports.comparison.decision import Candidate, Constraints, Decision, decide, pareto_front
from onoma.reports.comparison.evidence import (
    RESAMPLES,
    Evidence,
    Spread,
    flatten_figures,
    spread,
    spread_of_scores,
    weigh,
)
from onoma.reports.comparison.runs import LoadedRun, ModelRuns, shared_split
from onoma.reports.comparison.tasks import conclude
from onoma.training.suites.cost import Cost, manifest_hash

COST_AXES = ("latency_p50_ms", "bundle_mb", "memory_mb")
"""Costs that a Pareto front is drawn against; less is better."""

_FIGURES = (
    "parameters",
    "train_seconds",
    "train_tokens_per_second",
    "peak_memory_mb",
    "bundle_bytes",
    "epochs",
    "best_epoch",
)


@dataclass(frozen=True)
class ModelResult:
    """A model in the comparison.

    Args:
        runs: of the model.
        scores: figures of the split by dotted name (``entity.f1``), over the seeds.
        figures: of the training, over the seeds.
        labels: F1 by label, over the seeds, and the gold mentions of each.
        cost: of prediction; None where it could not be measured.
        cost_note: why not.
        curve: share of train to F1 over the seeds; the whole is 1.
    """

    runs: ModelRuns
    scores: dict[str, Spread]
    figures: dict[str, Spread]
    labels: dict[str, tuple[Spread, int]]
    cost: Cost | None
    cost_note: str = ""
    curve: dict[float, Spread] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name."""
        return self.runs.name

    @property
    def first(self) -> LoadedRun:
        """The run that stands for all in costs, confusions and examples."""
        return self.runs.runs[0]


@dataclass(frozen=True)
class Compared:
    """A whole comparison.

    Args:
        title: of the report.
        split: that the scores are of.
        models: those with runs on all data, in the given order.
        failed: run and message of what failed.
        evidence: intervals and tests; None without a finished run.
        decision: what to ship.
        command: that made this.
        label_evidence: intervals and tests on document labels, of the models that give some.
        conclusions: on one network for two tasks, in sentences.
    """

    title: str
    split: str
    models: list[ModelResult]
    failed: list[tuple[str, str]]
    evidence: Evidence | None
    decision: Decision
    command: str = ""
    label_evidence: Evidence | None = None
    conclusions: Sequence[str] = ()

    def front(self, axis: str) -> list[str]:
        """Return the names on the Pareto front of F1 against a cost, by rising cost."""
        known = [
            (model.name, model.scores["entity.f1"].mean, getattr(model.cost, axis))
            for model in self.models
            if model.cost is not None
        ]
        return [known[index][0] for index in pareto_front([(f1, cost) for _, f1, cost in known])]


def compare(
    groups: Sequence[ModelRuns],
    costs: Mapping[str, Cost | str],
    constraints: Constraints,
    *,
    title: str,
    command: str = "",
    resamples: int = RESAMPLES,
) -> Compared:
    """Compare models.

    Args:
        groups: the models with their runs.
        costs: of the models by name, or why there is none.
        constraints: of the recommendation.
        title: of the report.
        command: that asked for it.
        resamples: of bootstrap and tests.

    Raises:
        ModelError: the runs were not scored on the same documents.
    """
    failed = [failure for group in groups for failure in group.failures]
    whole = [group for group in groups if group.runs]
    if not whole:
        return Compared(title, "", [], failed, None, decide([], _nothing, constraints), command)
    split = shared_split(whole)
    models = [_result(group, split, costs.get(group.name, "not measured")) for group in whole]
    evidence = weigh(whole, split, resamples=resamples)
    candidates = [
        Candidate(model.name, evidence.intervals[model.name].score, model.cost, len(model.runs.runs))
        for model in models
    ]
    decision = decide(candidates, evidence.difference, constraints)
    labels = _label_evidence(whole, split, resamples)
    conclusions = conclude(models, evidence, labels)
    return Compared(title, split, models, failed, evidence, decision, command, labels, conclusions)


def _label_evidence(groups: Sequence[ModelRuns], split: str, resamples: int) -> Evidence | None:
    giving = [group for group in groups if all(run.gives_labels(split) for run in group.runs)]
    if not giving:
        return None
    return weigh(giving, split, resamples=resamples, read_counts=LoadedRun.label_counts)


def _nothing(one: str, other: str) -> Any:
    raise AssertionError("there are no models to compare")


def _result(group: ModelRuns, split: str, cost: Cost | str) -> ModelResult:
    evaluations = [run.metrics[split] for run in group.runs]
    labels: dict[str, tuple[Spread, int]] = {}
    for label in sorted({label for one in evaluations for label in one["entity"].get("per_label", {})}):
        rows = [one["entity"]["per_label"].get(label, {}) for one in evaluations]
        gold = max(int(row.get("gold") or 0) for row in rows)
        labels[label] = (spread([float(row.get("f1") or 0.0) for row in rows]), gold)
    return ModelResult(
        group,
        spread_of_scores(evaluations),
        {
            name: spread([float(run.metrics[name]) for run in group.runs])
            for name in _FIGURES
            if all(isinstance(run.metrics.get(name), int | float) for run in group.runs)
        },
        labels,
        cost if isinstance(cost, Cost) else None,
        "" if isinstance(cost, Cost) else cost,
        _curve(group, split),
    )


def _curve(group: ModelRuns, split: str) -> dict[float, Spread]:
    found: dict[float, list[float]] = {}
    for run in (*group.partial, *(group.runs if group.partial else ())):
        if isinstance(run.metrics.get(split), Mapping):
            found.setdefault(run.share, []).append(float(run.metrics[split]["entity"]["f1"]))
    return {share: spread(values) for share, values in sorted(found.items())}


def as_dict(compared: Compared) -> dict[str, Any]:
    """Return the object of ``results.json``; rates are 0..1, differences too."""
    evidence, labels = compared.evidence, compared.label_evidence
    return {
        "title": compared.title,
        "command": compared.command,
        "split": compared.split,
        "documents": evidence.num_documents if evidence else 0,
        "resamples": evidence.resamples if evidence else 0,
        "recommendation": compared.decision.as_dict(),
        "pareto": {axis: compared.front(axis) for axis in COST_AXES},
        "models": [_model_as_dict(model, evidence) for model in compared.models],
        "comparisons": _pairs_as_dicts(evidence),
        "document_labels": {
            "f1": {name: asdict(one) for name, one in labels.intervals.items()} if labels else {},
            "comparisons": _pairs_as_dicts(labels),
        },
        "conclusions": list(compared.conclusions),
        "failed": [{"run": run, "message": message} for run, message in compared.failed],
    }


def _pairs_as_dicts(evidence: Evidence | None) -> list[dict[str, Any]]:
    if evidence is None:
        return []
    names = evidence.names
    return [
        {**asdict(pair), "first": names[pair.first], "second": names[pair.second]}
        for pair in evidence.comparisons
    ]


def decision_as_dict(compared: Compared) -> dict[str, Any]:
    """Return the recommendation with all that it rests on: each model's F1, interval, cost and verdict."""
    decision = compared.decision.as_dict()
    verdicts = {verdict.name: asdict(verdict) for verdict in compared.decision.verdicts}
    decision["models"] = [
        {
            **verdicts[model.name],
            "f1": asdict(compared.evidence.intervals[model.name]) if compared.evidence else None,
            "cost": model.cost.as_dict() if model.cost else None,
            "pareto": [axis for axis in COST_AXES if model.name in compared.front(axis)],
        }
        for model in compared.models
    ]
    return decision | {
        "split": compared.split,
        "pareto": {axis: compared.front(axis) for axis in COST_AXES},
        "failed": [{"run": run, "message": message} for run, message in compared.failed],
    }


def _model_as_dict(model: ModelResult, evidence: Evidence | None) -> dict[str, Any]:
    interval = evidence.intervals[model.name] if evidence else None
    return {
        "name": model.name,
        "id": model.first.model_id,
        "seeds": [run.seed for run in model.runs.runs],
        "f1": asdict(interval) if interval else None,
        "scores": {name: value.as_dict() for name, value in model.scores.items()},
        "labels": {
            label: {"f1": value.as_dict(), "gold": gold} for label, (value, gold) in model.labels.items()
        },
        "training": {name: value.as_dict() for name, value in model.figures.items()},
        "cost": model.cost.as_dict() if model.cost else None,
        "cost_note": model.cost_note,
        "learning_curve": {f"{share:g}": value.as_dict() for share, value in model.curve.items()},
        "runs": [run_as_dict(run) for run in (*model.runs.runs, *model.runs.partial)],
    }


def run_as_dict(run: LoadedRun) -> dict[str, Any]:
    """Return how a run was made: folder, seed, settings, versions, and hashes of data and model."""
    try:
        bundle = manifest_hash(run.folder)
    except OnomaError:
        bundle = None
    return {
        "folder": str(run.folder),
        "seed": run.seed,
        "share": run.share,
        "config": run.config,
        "inputs": run.environment.get("inputs", {}),
        "bundle_manifest_sha256": bundle,
        "environment": {
            name: value for name, value in run.environment.items() if name not in ("inputs", "arguments")
        },
    }


def write_results(compared: Compared, folder: Path) -> None:
    """Write ``results.json`` and ``results.csv`` (a row a run, all figures).

    Raises:
        OutputError: the folder cannot be written.
    """
    write_text(folder / "results.json", json.dumps(as_dict(compared), ensure_ascii=False, indent=1) + "\n")
    write_text(folder / "results.csv", _csv(compared))


def _csv(compared: Compared) -> str:
    rows: list[dict[str, object]] = []
    for model in compared.models:
        cost = {f"cost.{name}": value for name, value in (model.cost.as_dict() if model.cost else {}).items()}
        for run in (*model.runs.runs, *model.runs.partial):
            named = {"model": model.name, "rung": run.model_id, "share": run.share, "status": "finished"}
            rows.append({"run": run.folder.name, **named, **flatten_figures(run.metrics), **cost})
    rows += [{"run": run, "status": "failed", "message": message} for run, message in compared.failed]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    sink = io.StringIO()
    writer = csv.DictWriter(sink, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


def sentences_of(models: Sequence[ModelRuns]) -> list[str]:
    """Return the sentences of the split that the models are compared on, as texts, for measuring cost.

    Raises:
        ModelError: no run's data can be read again.
    """
    whole = [model for model in models if model.runs]
    if not whole:
        raise ModelError("there is no finished run")
    documents = whole[0].runs[0].gold(shared_split(whole))
    texts = [
        document.text[document.tokens[first].start : document.tokens[end - 1].end]
        for document in documents
        for first, end in document.sentences
        if end > first
    ]
    return [text for text in texts if text.strip()]
