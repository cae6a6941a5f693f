"""From a wanted recall to the score from which on candidates are given, with a guarantee.

Conformal risk control (Angelopoulos, Bates, Fisch, Lei and Schuster, "Conformal risk control", 2022, arXiv
2208.02814): of n exchangeable units and a loss of each that is at most B and never rises as the threshold
falls, let R be their mean loss. The highest threshold at which ``(n R + B) / (n + 1) <= alpha`` has an
expected loss of at most alpha on the next unit. Here a unit is a document with an entity, its loss the share
of its entities that is missed, and B is 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from onoma.metrics.spans import FloatArray
from onoma.text import Document, Span

ASKED = (
    *(round(1 - share / 1000, 3) for share in range(1, 50)),
    *(round(1 - share / 100, 2) for share in range(5, 20)),
    *(round(1 - share / 20, 2) for share in range(4, 11)),
)
"""Recalls that are likely to be asked for: there the curve has its points. Others get the next higher one."""
MAX_RISK_POINTS = len(ASKED) + 1
_ROUNDING = 1e-12


class RiskCurve(NamedTuple):
    """What is missed at each of P thresholds, from low to high.

    Args:
        thresholds: lowest score of a candidate that is given. [P]
        missed: mean over documents of the share of their entities that is not found. [P]
        documents: how many there are with an entity.
    """

    thresholds: Sequence[float]
    missed: Sequence[float]
    documents: int


def risk_curve(values: Sequence[FloatArray], floor: float, lost: float = 0.0) -> RiskCurve | None:
    """Return what is missed by threshold; None without an entity.

    Thresholds lie midway between two values, so that another processor's rounding changes nothing.

    Args:
        values: a document's entities, each the highest threshold at which it is found, 0 where it is at none;
            documents without any say nothing.
        floor: lowest threshold that can be asked for; values below it are 0.
        lost: share of all entities that no document has, since they were lost on reading; missed as well.
    """
    filled = [one for one in values if len(one)]
    if not filled:
        return None
    weights = np.concatenate([np.full(len(one), 1 / len(one)) for one in filled]) / len(filled)  # [E]
    found = np.concatenate(filled)  # [E]
    levels, where = np.unique(found[found > 0], return_inverse=True)  # [V], rising
    if not len(levels):
        return RiskCurve([floor], [1.0], len(filled))
    gained = np.bincount(where, weights[found > 0])  # [V]
    missed = 1 - np.cumsum(gained[::-1])[::-1].clip(0, 1)  # [V], at each level as the threshold
    missed = missed * (1 - lost) + lost
    targets = ((len(filled) + 1) * (1 - np.array(ASKED)) - 1) / len(filled)  # shares that may be missed
    highest = np.searchsorted(missed, targets + _ROUNDING, side="right") - 1  # the highest threshold of each
    chosen = np.unique(highest[highest > 0])
    below = (levels[chosen] + levels[chosen - 1]) / 2
    between = np.where(below > levels[chosen - 1], below, levels[chosen])  # [P - 1]
    return RiskCurve([floor, *between.tolist()], [float(missed[0]), *missed[chosen].tolist()], len(filled))


def choose_point(curve: RiskCurve, recall: float) -> int | None:
    """Return the point of the highest threshold that promises the recall; None where none does."""
    reached = [point for point in range(len(curve.missed)) if _promised(curve, point) >= recall - _ROUNDING]
    return max(reached, default=None)


def best_recall(curve: RiskCurve) -> float:
    """Return the highest recall, in thousandths, that can be promised; 0 where there is none."""
    return max(0.0, math.floor(1000 * (_promised(curve, 0) + _ROUNDING)) / 1000)


def documents_needed(recall: float) -> float:
    """Return how many documents the promise of a recall takes at least, even where nothing is missed."""
    return math.ceil(1 / (1 - recall) - 1 - 1e-9) if recall < 1 else math.inf


def _promised(curve: RiskCurve, point: int) -> float:
    return 1 - (curve.documents * curve.missed[point] + 1) / (curve.documents + 1)


def cover_values(document: Document, candidates: Sequence[Span]) -> FloatArray:
    """Return for each gold entity the highest threshold at which candidates cover it; 0 for none. [E]

    An entity is covered when each of its characters that is no white space is in some candidate.

    Args:
        document: with gold.
        candidates: of the same text, with scores.
    """
    highest = np.zeros(len(document.text))  # [characters]
    for span in candidates:
        np.maximum(highest[span.start : span.end], span.score or 0.0, out=highest[span.start : span.end])
    return np.array([_lowest(highest, document.text, gold) for gold in document.entities], np.float64)


def _lowest(highest: FloatArray, text: str, gold: Span) -> float:
    places = gold.fragments or ((gold.start, gold.end),)
    return min(
        (float(highest[at]) for start, end in places for at in range(start, end) if not text[at].isspace()),
        default=0.0,
    )


class Coverage(NamedTuple):
    """How much of the gold is covered by what was given.

    Args:
        documents: with an entity.
        entities: gold ones, those that were lost on reading included.
        by_document: mean over documents of the share of their entities that is covered.
        by_entity: share of all entities that is covered.
    """

    documents: int
    entities: int
    by_document: float
    by_entity: float


def measure_coverage(
    gold: Sequence[Document], given: Sequence[Document], num_unread: int = 0
) -> Coverage | None:
    """Return how much of the gold lies in the entities that were given, whatever their labels; None without
    gold.

    Args:
        gold: documents with gold.
        given: the same documents as tagged.
        num_unread: gold entities lost on reading; missed.
    """
    covered = [
        cover_values(document, [span._replace(score=1.0) for span in one.entities])
        for document, one in zip(gold, given, strict=True)
        if document.entities
    ]
    if not covered:
        return None
    num_read = sum(map(len, covered))
    entities = num_read + num_unread
    kept = num_read / entities
    by_document = float(np.mean([one.mean() for one in covered])) * kept
    return Coverage(len(covered), entities, by_document, float(sum(one.sum() for one in covered)) / entities)
