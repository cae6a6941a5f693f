"""Distributions of lengths, exact, from counts by length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_QUANTILES = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Distribution:
    """How long things are, in tokens.

    Args:
        count: how many there are; all other figures are 0 when there is none.
        quantiles: the smallest length that at least this share does not exceed (nearest rank).
        counts: number by length, ascending.
    """

    count: int = 0
    mean: float = 0.0
    min: int = 0
    max: int = 0
    quantiles: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(_QUANTILES, 0))
    counts: Mapping[int, int] = field(default_factory=dict)


def distribution(counts: Mapping[int, int]) -> Distribution:
    """Return the distribution of lengths, given how often each occurs."""
    total = sum(counts.values())
    if not total:
        return Distribution()
    ordered = dict(sorted(counts.items()))
    wanted = list(_QUANTILES.items())
    found: dict[str, int] = {}
    seen = 0
    for length, number in ordered.items():
        seen += number
        while wanted and seen >= wanted[0][1] * total:
            found[wanted.pop(0)[0]] = length
    mean = sum(length * number for length, number in ordered.items()) / total
    return Distribution(total, mean, min(ordered), max(ordered), found, ordered)
