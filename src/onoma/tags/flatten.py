"""From nested or crossing spans to a flat set, by a named policy."""

from __future__ import annotations

from collections.abc import Sequence

from onoma.errors import ConfigError, did_you_mean
from onoma.tags.convert import TokenSpan

NESTED_POLICIES = ("outermost", "innermost")


def flatten_spans(spans: Sequence[TokenSpan], policy: str = "outermost") -> list[int]:
    """Choose spans of which no two share a token.

    Longer spans win under ``outermost``, shorter ones under ``innermost``; among equals the earlier, then
    the alphabetically first label, so that the choice never depends on the order of the input.

    Returns:
        Indices into ``spans`` of those kept, in text order.

    Raises:
        ConfigError: no such policy.
    """
    if policy not in NESTED_POLICIES:
        raise ConfigError(
            f"unknown policy for nested entities '{policy}'{did_you_mean(policy, NESTED_POLICIES)}"
        )
    sign = -1 if policy == "outermost" else 1
    order = sorted(range(len(spans)), key=lambda i: (sign * (spans[i][1] - spans[i][0]), spans[i]))
    taken: set[int] = set()
    kept = []
    for index in order:
        first, end, _ = spans[index]
        places = range(first, end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(index)
    return sorted(kept, key=lambda i: spans[i][0])
