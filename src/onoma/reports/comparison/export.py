"""A comparison's files for programs."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

from onoma.comparison.cautions import cautions, cost_cautions, undecided_models
from onoma.comparison.evidence import Evidence, flatten_figures
from onoma.comparison.result import COST_AXES, Compared, ModelResult
from onoma.comparison.runs import LoadedRun
from onoma.errors import OnomaError
from onoma.files import write_json, write_text
from onoma.runtime.bundle import manifest_hash
from onoma.runtime.given_cost import AnyCost
from onoma.runtime.loading import find_bundle

RESULTS, TABLE = "results.json", "results.csv"


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
        "cautions": list(cautions(compared)),
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
        "undecided": list(undecided_models(compared)),
        "cautions": [*compared.left_out, *cost_cautions(compared)],
        "pareto": {axis: compared.front(axis) for axis in COST_AXES},
        "failed": [{"run": run, "message": message} for run, message in compared.failed],
    }


def _model_as_dict(model: ModelResult, evidence: Evidence | None) -> dict[str, Any]:
    interval = evidence.intervals[model.name] if evidence else None
    return {
        "name": model.name,
        "id": model.first.model_id,
        "seeds": [run.seed for run in model.runs.trained],
        "judged": model.first.judged,
        "f1": asdict(interval) if interval else None,
        "scores": {name: value.as_dict() for name, value in model.scores.items()},
        "labels": {
            label: {"f1": value.as_dict(), "gold": gold} for label, (value, gold) in model.labels.items()
        },
        "training": {name: value.as_dict() for name, value in model.figures.items()},
        "cost": model.cost.as_dict() if model.cost else None,
        "cost_note": model.cost_note,
        "learning_curve": {f"{share:g}": value.as_dict() for share, value in model.curve.items()},
        "fitted_curve": model.fitted.as_dict() if model.fitted else None,
        "more_labels": model.fitted.in_words if model.fitted else model.fitted_note,
        "runs": [run_as_dict(run) for run in (*model.runs.runs, *model.runs.partial)],
    }


def run_as_dict(run: LoadedRun) -> dict[str, Any]:
    """Return how a run was made: folder, seed, settings, versions, and hashes of data and model."""
    try:
        bundle = manifest_hash(find_bundle(run.bundle)) if run.bundle else None
    except OnomaError:
        bundle = None
    return {
        "folder": str(run.folder),
        "seed": run.seed if run.is_trained else None,
        "share": run.share if run.is_trained else None,
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
    write_json(folder / RESULTS, as_dict(compared))
    write_text(folder / TABLE, _csv(compared))


def _flat_cost(cost: AnyCost) -> dict[str, float]:
    """Each figure, and its lowest and highest round, by dotted names."""
    figures = cost.as_dict()
    bounds = figures.pop("intervals", {})
    for name, ends in bounds.items():
        figures |= {f"{name}.{end}": value for end, value in zip(("low", "high"), ends, strict=True)}
    return {f"cost.{name}": value for name, value in figures.items()}


def _csv(compared: Compared) -> str:
    rows: list[dict[str, object]] = []
    for model in compared.models:
        cost = _flat_cost(model.cost) if model.cost else {}
        for run in (*model.runs.runs, *model.runs.partial):
            share = run.share if run.is_trained else None
            named = {"model": model.name, "rung": run.model_id, "share": share, "status": "finished"}
            rows.append({"run": run.folder.name, **named, **flatten_figures(run.metrics), **cost})
    rows += [{"run": run, "status": "failed", "message": message} for run, message in compared.failed]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    sink = io.StringIO()
    writer = csv.DictWriter(sink, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()
