"""What a comparison finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from onoma.comparison.decision import Decision, pareto_front
from onoma.comparison.evidence import Evidence, Spread
from onoma.comparison.runs import LoadedRun, ModelRuns
from onoma.metrics.learning_curve import LearningCurve
from onoma.runtime.given_cost import AnyCost

COST_AXES = ("latency_p50_ms", "bundle_mb", "memory_mb")
"""Costs that a Pareto front is drawn against; less is better."""


@dataclass(frozen=True, kw_only=True)
class ModelResult:
    """A model in the comparison.

    Args:
        runs: of the model.
        scores: figures of the split by dotted name (``entity.f1``), over the seeds.
        figures: of the training, over the seeds.
        labels: F1 by label, over the seeds, and the gold mentions of each.
        cost: of prediction, measured or given; None where it is not known.
        cost_note: why not.
        curve: share of train to F1 over the seeds; the whole is 1.
        fitted: a curve through the runs on shares and on all.
        fitted_note: why there is none; empty too where there are no runs on shares.
    """

    runs: ModelRuns
    scores: dict[str, Spread]
    figures: dict[str, Spread]
    labels: dict[str, tuple[Spread, int]]
    cost: AnyCost | None
    cost_note: str = ""
    curve: dict[float, Spread] = field(default_factory=dict)
    fitted: LearningCurve | None = None
    fitted_note: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return self.runs.name

    def cost_of(self, figure: str) -> float | None:
        """Return a figure of its cost; None where it is not known."""
        return None if self.cost is None else self.cost.figure(figure)

    @property
    def first(self) -> LoadedRun:
        """The run that stands for all in costs, confusions and examples."""
        return self.runs.runs[0]


@dataclass(frozen=True, kw_only=True)
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
        left_out: models whose runs are all on other shares of train than the compared ones, in sentences.
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
    left_out: Sequence[str] = ()

    @property
    def more_labels(self) -> list[str]:
        """What twice the labels would probably buy each model, in sentences; none without runs on shares."""
        said = [
            (model.name, model.fitted.in_words if model.fitted else model.fitted_note)
            for model in self.models
        ]
        return [f"{name}: {words}" for name, words in said if words]

    def front(self, axis: str) -> list[str]:
        """Return the names on the Pareto front of F1 against a cost, by rising cost."""
        known = [
            (model.name, model.scores["entity.f1"].mean, cost)
            for model in self.models
            if (cost := model.cost_of(axis)) is not None
        ]
        return [known[index][0] for index in pareto_front([(f1, cost) for _, f1, cost in known])]
