"""How formats compete for a file: each says how much of its beginning only it explains, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

CERTAIN, STRONG, SHARED, FAINT = 1.0, 0.8, 0.5, 0.2
"""Usual shares: content that no other format has; content that hardly any other has; a form that several
formats share; nothing that contradicts."""


class Evidence(NamedTuple):
    """What speaks for a format.

    Args:
        share: how much of the sample only this format explains, 0 to 1; see `CERTAIN` to `FAINT`.
        reason: what was seen, as a user would say it: "entities as [start, end, label]".
    """

    share: float
    reason: str


NONE = Evidence(0.0, "")
"""Nothing speaks for the format."""


def weigh(values: Iterable[Any], judge: Callable[[Any], float], reason: str) -> Evidence:
    """Return the mean of what ``judge`` finds in each value of a sample (0: it cannot be of this format).

    Args:
        values: parsed records; anything may be among them.
        judge: 0 to 1 for one value.
        reason: what speaks for the format, where something does.
    """
    shares = [judge(value) for value in values]
    share = sum(shares) / len(shares) if shares else 0.0
    return Evidence(share, reason) if share > 0 else NONE


def known_share(record: dict[str, Any], known: Iterable[str]) -> float:
    """Return which share of a record's keys a format knows."""
    return len(record.keys() & set(known)) / len(record) if record else 0.0
