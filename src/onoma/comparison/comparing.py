"""From finished runs to what a comparison finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onoma.comparison.decision import Candidate, Constraints, decide
from onoma.comparison.evidence import RESAMPLES, Evidence, Spread, spread, spread_of_scores, weigh
from onoma.comparison.result import Compared, ModelResult
from onoma.comparison.runs import LoadedRun, ModelRuns, shared_split
from onoma.comparison.tasks import conclude
from onoma.errors import ModelError, excerpt
from onoma.metrics.learning_curve import fit_learning_curve
from onoma.runtime.given_cost import AnyCost

_SHOWN = 8
_FIGURES = (
    "parameters",
    "train_seconds",
    "train_tokens_per_second",
    "peak_memory_mb",
    "bundle_bytes",
    "epochs",
    "best_epoch",
)


def compare(
    groups: Sequence[ModelRuns],
    costs: Mapping[str, AnyCost | str],
    constraints: Constraints,
    *,
    title: str,
    command: str = "",
    resamples: int = RESAMPLES,
) -> Compared:
    """Compare models.

    Args:
        groups: the models with their runs.
        costs: of the models by name, or why there is none; what was given for one stands in for it.
        constraints: of the recommendation.
        title: of the report.
        command: that asked for it.
        resamples: of bootstrap and tests.

    Raises:
        ModelError: the runs were not scored on the same documents and labels.
    """
    failed = [failure for group in groups for failure in group.failures]
    whole = [group for group in groups if group.runs]
    if not whole:
        return Compared(
            title=title,
            split="",
            models=[],
            failed=failed,
            evidence=None,
            decision=decide([], _nothing, constraints),
            command=command,
        )
    split = shared_split(whole)
    models = [
        _result(group, split, group.given_cost or costs.get(group.name, "not measured")) for group in whole
    ]
    _check_gold_labels(whole, split)
    evidence = weigh(whole, split, resamples=resamples)
    candidates = [
        Candidate(model.name, evidence.intervals[model.name].score, model.cost, len(model.runs.trained))
        for model in models
    ]
    decision = decide(candidates, evidence.difference, constraints)
    labels = _label_evidence(whole, split, resamples)
    conclusions = conclude(models, evidence, labels)
    return Compared(
        title=title,
        split=split,
        models=models,
        failed=failed,
        evidence=evidence,
        decision=decision,
        command=command,
        label_evidence=labels,
        conclusions=conclusions,
        left_out=[_left_out(group, whole) for group in groups if group.partial and not group.runs],
    )


def _left_out(group: ModelRuns, whole: Sequence[ModelRuns]) -> str:
    """Say of a model that it has no run on the share of train that the others learned from."""
    compared = max((run.share for other in whole for run in other.trained), default=1.0)
    shares = " and ".join(f"{share:.4g} %" for share in sorted({100 * run.share for run in group.partial}))
    others = "all of it" if compared == 1 else f"{100 * compared:.4g} %"
    return (
        f"{group.name} is left out: its runs are on {shares} of train, those that are compared on {others}."
    )


def _check_gold_labels(groups: Sequence[ModelRuns], split: str) -> None:
    """Refuse runs whose gold has other labels, as after another ``--map``; other names alone do no harm.

    Raises:
        ModelError: the scores are of other tasks.
    """
    runs = [run for group in groups for run in group.runs]
    first, *others = [_gold_labels(run, split) for run in runs]
    for run, labels in zip(runs[1:], others, strict=True):
        if sorted(labels.values()) != sorted(first.values()):
            raise ModelError(
                f"{run.folder}: its {split} gold has other labels ({_listed(labels)}) than that of "
                f"{runs[0].folder} ({_listed(first)}); score all on one file with --gold"
            )


def _gold_labels(run: LoadedRun, split: str) -> dict[str, int]:
    rows = run.metrics[split]["entity"].get("per_label", {})
    return {label: int(row["gold"]) for label, row in rows.items() if row.get("gold")}


def _listed(labels: Mapping[str, int]) -> str:
    shown = [f"{excerpt(label, 40)} {count:,}" for label, count in sorted(labels.items())[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else "")


def _label_evidence(groups: Sequence[ModelRuns], split: str, resamples: int) -> Evidence | None:
    giving = [group for group in groups if all(run.gives_labels(split) for run in group.runs)]
    if not giving:
        return None
    return weigh(giving, split, resamples=resamples, read_counts=LoadedRun.label_counts)


def _nothing(one: str, other: str) -> Any:
    raise AssertionError("there are no models to compare")


def _result(group: ModelRuns, split: str, cost: AnyCost | str) -> ModelResult:
    evaluations = [run.metrics[split] for run in group.runs]
    labels: dict[str, tuple[Spread, int]] = {}
    for label in sorted({label for one in evaluations for label in one["entity"].get("per_label", {})}):
        rows = [one["entity"]["per_label"].get(label, {}) for one in evaluations]
        gold = max(int(row.get("gold") or 0) for row in rows)
        labels[label] = (spread([float(row.get("f1") or 0.0) for row in rows]), gold)
    runs = _shares(group, split)
    fitted = fit_learning_curve(runs) if runs else ""
    return ModelResult(
        runs=group,
        scores=spread_of_scores(evaluations),
        figures={
            name: spread([float(run.metrics[name]) for run in group.runs])
            for name in _FIGURES
            if all(isinstance(run.metrics.get(name), int | float) for run in group.runs)
        },
        labels=labels,
        cost=None if isinstance(cost, str) else cost,
        cost_note=cost if isinstance(cost, str) else "",
        curve=_curve(runs),
        fitted=None if isinstance(fitted, str) else fitted,
        fitted_note=fitted if isinstance(fitted, str) else "",
    )


def _shares(group: ModelRuns, split: str) -> list[tuple[float, float]]:
    """Share of train and F1 of each run, where there are runs on shares."""
    return [
        (run.share, float(run.metrics[split]["entity"]["f1"]))
        for run in (*group.partial, *(group.runs if group.partial else ()))
        if isinstance(run.metrics.get(split), Mapping)
    ]


def _curve(runs: Sequence[tuple[float, float]]) -> dict[float, Spread]:
    found: dict[float, list[float]] = {}
    for share, f1 in runs:
        found.setdefault(share, []).append(f1)
    return {share: spread(values) for share, values in sorted(found.items())}


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
