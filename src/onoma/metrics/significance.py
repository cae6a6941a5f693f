"""How sure a score is, and whether two models differ: resampling over documents, without new predictions.

All functions work on counts: an array [S, D, 3] a model, with the correct, gold and predicted mentions of
each of D documents for each of S seeds. A model's score is the mean over its seeds of micro F1. Resamples are
the same for all models, so differences between models are paired.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onoma.metrics.exact import DocumentCounts
from onoma.metrics.power import LEVEL, documents_to_settle

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

_CHUNK = 1 << 24
"""Random numbers drawn at a time: bounds memory to some hundred megabytes."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A score with its uncertainty from the sample of documents.

    Args:
        score: on the documents as they are.
        low: lower end of the interval.
        high: upper end.
        sample_sd: standard deviation over resamples of the documents.
        seed_sd: standard deviation over the seeds; None for a single one.
    """

    score: float
    low: float
    high: float
    sample_sd: float
    seed_sd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two models on the same documents.

    Args:
        first: index of the one model.
        second: index of the other.
        difference: score of the first less that of the second.
        low: lower end of the bootstrap interval of the difference.
        high: upper end.
        p_value: of the paired randomisation test, two-sided.
        adjusted: the p-value after Holm's correction over all pairs.
        documents_needed: documents that would settle it if the difference is what it seems, at the level that
            is left to the first of all pairs; None where no number would.
    """

    first: int
    second: int
    difference: float
    low: float
    high: float
    p_value: float
    adjusted: float
    documents_needed: int | None


def stack_counts(seeds: Sequence[DocumentCounts]) -> Counts:
    """Return the counts [S, D, 3] of a model's runs.

    Raises:
        ValueError: the runs are of different numbers of documents.
    """
    if len({len(counts.gold) for counts in seeds}) != 1:
        raise ValueError("runs must be scored on the same documents")
    return np.stack(
        [np.stack([counts.correct, counts.gold, counts.predicted], axis=-1) for counts in seeds]
    ).astype(np.int64)


def mean_f1_of_counts(totals: NDArray[np.generic]) -> Floats:
    """Return the mean over seeds of F1, [...], from total counts [..., S, 3]; 0 where there is nothing."""
    values = np.asarray(totals, dtype=np.float64)
    made = values[..., 1] + values[..., 2]  # [..., S]
    scores: Floats = np.divide(2 * values[..., 0], made, out=np.zeros_like(made), where=made > 0)
    mean: Floats = scores.mean(axis=-1)
    return mean


def bootstrap(models: Sequence[Counts], *, resamples: int = 10_000, seed: int = 13) -> Floats:
    """Return the scores [M, R] of M models on R samples of documents with replacement (Efron 1979).

    Args:
        models: counts [S, D, 3] each, S may differ.
        resamples: R.
        seed: of the samples.

    Raises:
        ValueError: the models are of different documents, or of none.
    """
    num_documents = _num_documents(models)
    table = _columns(models)  # [D, C]
    rng = np.random.default_rng(seed)
    scores = np.empty((len(models), resamples))
    for first, end in _chunks(resamples, num_documents):
        drawn = rng.integers(num_documents, size=(end - first, num_documents))  # [r, D]
        drawn += np.arange(end - first)[:, None] * num_documents
        times = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)  # [r, D]
        totals = times.astype(np.float64) @ table  # [r, C]
        for index, sums in enumerate(_split(totals, models)):
            scores[index, first:end] = mean_f1_of_counts(sums)
    return scores


def randomisation_p_value(one: Counts, other: Counts, *, rounds: int = 10_000, seed: int = 13) -> float:
    """Return the two-sided p-value of the paired approximate randomisation test (Noreen 1989; Yeh 2000).

    In each round every document's counts change sides with probability one half, in all seeds at once; the
    p-value is (1 + rounds with at least the observed difference) / (1 + rounds). With S seeds each, the
    first of the one is paired with the first of the other, and so on; of unequal numbers both lists are
    repeated up to the least common multiple, so that all seeds count, and count alike.

    Args:
        one: [S, D, 3]
        other: [S, D, 3]
        rounds: R.
        seed: of the changes.

    Raises:
        ValueError: the models are of different documents, or of none.
    """
    num_documents = _num_documents([one, other])
    num_seeds = math.lcm(len(one), len(other))
    one, other = (np.tile(counts, (num_seeds // len(counts), 1, 1)) for counts in (one, other))
    totals = (one.sum(axis=1), other.sum(axis=1))  # [S, 3] each
    observed = abs(float(mean_f1_of_counts(totals[0]) - mean_f1_of_counts(totals[1])))
    moved = _columns([one]) - _columns([other])  # [D, S*3]
    # Documents on which both agree stay where they are whatever the coin says.
    moved = moved[moved.any(axis=1)]
    rng = np.random.default_rng(seed)
    extreme = 0
    for first, end in _chunks(rounds, max(1, len(moved)), num_documents):
        flips = rng.integers(2, size=(end - first, len(moved)), dtype=np.int8)  # [r, D]
        shift = (flips.astype(np.float64) @ moved).reshape(end - first, num_seeds, 3)
        changed = mean_f1_of_counts(totals[0] - shift) - mean_f1_of_counts(totals[1] + shift)  # [r]
        extreme += int(np.count_nonzero(np.abs(changed) >= observed - 1e-12))
    return (1 + extreme) / (1 + rounds)


def intervals(models: Sequence[Counts], scores: Floats, *, level: float = 0.95) -> list[Interval]:
    """Return each model's score with the percentile interval of its resampled scores [M, R].

    A single document says nothing of how others would differ: the interval is all that F1 may be then.
    """
    tails = (50 * (1 - level), 50 * (1 + level))
    found = []
    for counts, row in zip(models, scores, strict=True):
        each = mean_f1_of_counts(counts.sum(axis=1)[:, None, :])  # [S]
        low, high = np.percentile(row, tails) if counts.shape[1] > 1 else (0.0, 1.0)
        seed_sd = float(each.std(ddof=1)) if len(each) > 1 else None
        found.append(Interval(float(each.mean()), float(low), float(high), float(row.std(ddof=1)), seed_sd))
    return found


def compare_all(
    models: Sequence[Counts],
    scores: Floats,
    *,
    rounds: int = 10_000,
    seed: int = 13,
    level: float = 0.95,
) -> list[Comparison]:
    """Compare every two models: difference with interval, and a test corrected for the number of pairs.

    Args:
        models: counts of each.
        scores: what `bootstrap` returned for them. [M, R]
        rounds: of the test.
        seed: of the test.
        level: of the intervals.
    """
    pairs = [(first, second) for first in range(len(models)) for second in range(first + 1, len(models))]
    p_values = [
        randomisation_p_value(models[first], models[second], rounds=rounds, seed=seed)
        for first, second in pairs
    ]
    tails = (50 * (1 - level), 50 * (1 + level))
    totals = [float(mean_f1_of_counts(counts.sum(axis=1))) for counts in models]
    comparisons = []
    for (first, second), p_value, adjusted in zip(pairs, p_values, holm(p_values), strict=True):
        several = models[first].shape[1] > 1
        low, high = np.percentile(scores[first] - scores[second], tails) if several else (-1.0, 1.0)
        difference = totals[first] - totals[second]
        comparisons.append(
            Comparison(
                first=first,
                second=second,
                difference=difference,
                low=float(low),
                high=float(high),
                p_value=p_value,
                adjusted=adjusted,
                documents_needed=documents_to_settle(models[first], models[second], level=LEVEL / len(pairs)),
            )
        )
    return comparisons


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number by Holm's step-down rule (Holm 1979), in the given order."""
    order = np.argsort(p_values, kind="stable")  # [N]
    factors = len(p_values) - np.arange(len(p_values))  # [N]
    stepped = np.minimum(1.0, np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * factors))
    adjusted = np.empty(len(p_values))
    adjusted[order] = stepped
    return [float(value) for value in adjusted]


def _num_documents(models: Sequence[Counts]) -> int:
    sizes = {counts.shape[1] for counts in models}
    if len(sizes) != 1 or 0 in sizes:
        raise ValueError(f"models must be scored on the same documents, at least one; found {sorted(sizes)}")
    return int(sizes.pop())


def _columns(models: Sequence[Counts]) -> Floats:
    """All counts of a document side by side. [D, C]"""
    return np.concatenate(
        [counts.transpose(1, 0, 2).reshape(counts.shape[1], -1) for counts in models], axis=1
    ).astype(np.float64)


def _split(totals: Floats, models: Sequence[Counts]) -> Iterator[Floats]:
    """Undo `_columns` for sums over documents: [r, S, 3] a model."""
    place = 0
    for counts in models:
        width = len(counts) * 3
        yield totals[:, place : place + width].reshape(len(totals), len(counts), 3)
        place += width


def _chunks(rounds: int, *widths: int) -> Iterator[tuple[int, int]]:
    size = max(1, _CHUNK // max(widths))
    for first in range(0, rounds, size):
        yield first, min(rounds, first + size)
