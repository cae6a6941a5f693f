"""How sure the scores of several models are, from the counts of their runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from onoma.comparison.runs import LoadedRun, ModelRuns
from onoma.errors import ModelError
from onoma.metrics.exact import DocumentCounts
from onoma.metrics.power import LEVEL
from onoma.metrics.significance import (
    Comparison,
    Counts,
    Interval,
    bootstrap,
    compare_all,
    intervals,
    stack_counts,
)

RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better one model is than another, in F1 (0..1).

    Args:
        value: observed.
        low: lower end of the 95 % interval over documents.
        high: upper end.
        p_value: of the paired randomisation test, corrected for the number of pairs.
    """

    value: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What resampling finds.

    Args:
        split: the scores are of.
        num_documents: that were resampled.
        intervals: a model, by name.
        comparisons: of every two models, by index.
        names: of the models.
        resamples: how many were drawn, and rounds of each test.
    """

    split: str
    num_documents: int
    intervals: dict[str, Interval]
    comparisons: list[Comparison]
    names: tuple[str, ...]
    resamples: int

    def difference(self, one: str, other: str) -> Difference:
        """Return by how much ``one`` is better than ``other``."""
        if one == other:
            return Difference(0.0, 0.0, 0.0, 1.0)
        first, second = self.names.index(one), self.names.index(other)
        for pair in self.comparisons:
            if (pair.first, pair.second) == (first, second):
                return Difference(pair.difference, pair.low, pair.high, pair.adjusted)
            if (pair.first, pair.second) == (second, first):
                return Difference(-pair.difference, -pair.high, -pair.low, pair.adjusted)
        raise KeyError((one, other))

    @property
    def best(self) -> str:
        """The name of the model with the highest score."""
        return max(self.names, key=lambda name: self.intervals[name].score)

    def undecided(self) -> Iterator[tuple[str, str, Comparison]]:
        """Yield each model that cannot be told from the best: the best, it, and how they compare."""
        best = self.names.index(self.best)
        for pair in self.comparisons:
            if best in (pair.first, pair.second) and pair.adjusted >= LEVEL:
                other = pair.second if pair.first == best else pair.first
                yield self.names[best], self.names[other], pair


ReadCounts = Callable[[LoadedRun, str], tuple[tuple[str, ...], DocumentCounts]]
"""From a run and a split to documents' names and counts."""


def weigh(
    models: Sequence[ModelRuns],
    split: str,
    *,
    resamples: int = RESAMPLES,
    read_counts: ReadCounts = LoadedRun.counts,
) -> Evidence:
    """Return intervals for each model and a test for each pair.

    Args:
        models: with at least one run each.
        split: scores of which.
        resamples: of the bootstrap, and rounds of the tests.
        read_counts: what is counted; entities when not given.

    Raises:
        ModelError: counts are missing, or runs were scored on different documents.
    """
    reference: tuple[str, ...] | None = None
    stacked = []
    for model in models:
        seeds: list[DocumentCounts] = []
        for run in model.runs:
            documents, counts = read_counts(run, split)
            gold = counts.gold.tolist()
            if reference is None:
                reference, reference_gold, reference_folder = documents, gold, run.folder
            elif documents != reference or gold != reference_gold:
                raise ModelError(
                    f"{run.folder}: scored on other {split} documents than {reference_folder}; compare runs "
                    f"on the same {split} file"
                )
            seeds.append(counts)
        stacked.append(stack_counts(seeds))
    return resample([model.name for model in models], stacked, split, resamples)


def resample(
    names: Sequence[str], models: Sequence[Counts], split: str, resamples: int = RESAMPLES
) -> Evidence:
    """Return intervals and tests from counts [S, D, 3] of each model on the same documents."""
    scores = bootstrap(models, resamples=resamples)
    found = intervals(models, scores)
    return Evidence(
        split,
        models[0].shape[1],
        dict(zip(names, found, strict=True)),
        compare_all(models, scores, rounds=resamples),
        tuple(names),
        resamples,
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over a model's seeds: mean, and standard deviation where there are several."""

    mean: float
    sd: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Return plain JSON-ready values."""
        return {"mean": self.mean, "sd": self.sd}


def spread(values: Sequence[float]) -> Spread:
    """Return mean and standard deviation (n - 1) of at least one value."""
    array = np.asarray(values, dtype=np.float64)
    return Spread(float(array.mean()), float(array.std(ddof=1)) if len(array) > 1 else None)


def spread_of_scores(evaluations: Sequence[Mapping[str, Any]]) -> dict[str, Spread]:
    """Return every single figure of evaluations (M of ``metrics.json``) over the seeds, by dotted name."""
    rows = [flatten_figures(evaluation) for evaluation in evaluations]
    return {name: spread([row[name] for row in rows]) for name in rows[0] if all(name in row for row in rows)}


def flatten_figures(table: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the numbers in nested tables by dotted names, scores by label left out."""
    figures: dict[str, float] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            if key not in ("per_label", "vectors", "init_from"):
                figures |= flatten_figures(value, f"{prefix}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            figures[f"{prefix}{key}"] = value
    return figures
