"""One network for entities and document labels against one for each, in words."""

from __future__ import annotations

from collections.abc import Sequence

from onoma.comparison.evidence import Difference, Evidence
from onoma.comparison.result import ModelResult

_LEVEL = 0.05
_SAME = ("base", "head", "encoder")
"""Options that must agree for two models to be the same network with other tasks."""


def conclude(models: Sequence[ModelResult], entities: Evidence, labels: Evidence | None) -> list[str]:
    """Say of each joint model what it gains and saves against the models of one task alone.

    Args:
        models: all of the comparison.
        entities: evidence on entity F1.
        labels: evidence on micro F1 of document labels.
    """
    if labels is None:
        return []
    sentences = []
    for joint in (model for model in models if _task(model) == "both"):
        alone = {_task(model): model for model in models if _kind(model) == _kind(joint)}
        parts = []
        if (one := alone.get("entities")) is not None:
            parts.append(f"entity F1 {_against(entities, joint, one)}")
        if (other := alone.get("documents")) is not None:
            parts.append(f"micro F1 of document labels {_against(labels, joint, other)}")
        if parts:
            sentences.append(f"{joint.name}: {'; '.join(parts)}.")
        if one is not None and other is not None:
            sentences.append(f"{joint.name}: one network {_savings(joint, one, other)}.")
    return sentences


def _task(model: ModelResult) -> str:
    return str(model.first.config["model"].get("tasks", "")) if model.first.model_id == "joint" else ""


def _kind(model: ModelResult) -> tuple[object, ...]:
    options = model.first.config["model"]
    return tuple(options.get(name) for name in _SAME)


def _against(evidence: Evidence, joint: ModelResult, alone: ModelResult) -> str:
    one, other = (100 * evidence.intervals[model.name].score for model in (joint, alone))
    difference = evidence.difference(joint.name, alone.name)
    return (
        f"{one:.2f} against {other:.2f} alone ({100 * difference.value:+.2f}, 95 % interval "
        f"{100 * difference.low:+.2f} to {100 * difference.high:+.2f}, p {difference.p_value:.4f}): "
        f"{_verdict(difference)}"
    )


def _verdict(difference: Difference) -> str:
    if difference.p_value >= _LEVEL:
        return "no difference can be shown"
    return "better" if difference.value > 0 else "worse"


def _savings(joint: ModelResult, one: ModelResult, other: ModelResult) -> str:
    parts = []
    kinds = (("parameters", "million parameters", 1e6), ("train_seconds", "s of training", 1.0))
    for name, unit, scale in kinds:
        figures = [model.figures.get(name) for model in (joint, one, other)]
        if all(figure is not None for figure in figures):
            own, *both = (figure.mean / scale for figure in figures if figure is not None)
            parts.append(_saved(own, sum(both), unit))
    rates = [rate for model in (joint, one, other) if (rate := model.cost_of("tokens_per_second"))]
    if len(rates) == 3:
        own, *both = (1e6 / rate for rate in rates)
        parts.append(_saved(own, sum(both), "s for a million tokens"))
    return "takes " + ", ".join(parts)


def _saved(own: float, both: float, unit: str) -> str:
    less = 100 * (1 - own / both)
    return f"{own:.2f} {unit} where two take {both:.2f} ({abs(less):.0f} % {'less' if less >= 0 else 'more'})"
