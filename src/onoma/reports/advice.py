"""What to train on data, in lines and rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it imports torch
    from onoma.training.advice.advising import Advice, Advised


_WAITED = 0.1
"""Share of the time of a probe that others took, from which on that is said."""


def advice_lines(advice: Advice) -> Iterator[str]:
    """Yield the advice as lines for a terminal."""
    for place, one in enumerate(advice.models):
        yield f"{'best' if not place else 'or'}: {in_words(one)}"
        yield f"  {one.choice.why}"
        yield f"  {one.command}"
    yield from advice.rests_on


def in_words(one: Advised) -> str:
    """Return model, epochs and minutes as a phrase."""
    choice = one.choice
    passes = f", each {one.passes} times through train" if one.passes > 1 else ""
    return f"{choice.model}, {choice.epochs} epochs{passes} ({one.updates:,} updates), {time_in_words(one)}"


def time_in_words(one: Advised) -> str:
    """Return how long it takes here, and how long if nothing else ran where that is another time."""
    now = f"about {shown_minutes(one.minutes)} here"
    if one.rates.waited <= _WAITED:
        return now
    return f"{now} as busy as it is, {shown_minutes(one.alone_minutes)} if nothing else ran"


def shown_minutes(minutes: float) -> str:
    """Return minutes with the digits that such an estimate has."""
    if minutes < 1:
        return f"{max(1, round(60 * minutes)):,} seconds"
    if minutes < 10:
        return f"{minutes:.1f} minutes"
    return f"{minutes:,.0f} minutes" if minutes < 180 else f"{minutes / 60:,.1f} hours"
