"""In what way a gold entity was not found, or a predicted one is not gold: for showing, not for scoring."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import accumulate

from onoma.text import Span


class Difference(StrEnum):
    """How an entity stands to those of the other side; the values are what readers see."""

    EXACT = "exact"
    LABEL = "other label"
    BOUNDARY = "other boundary"
    BOTH = "other label and boundary"
    MISSED = "missed"
    SPURIOUS = "spurious"


def compare_spans(
    gold: Iterable[Span], predicted: Iterable[Span]
) -> tuple[list[Difference], list[Difference]]:
    """Return the kind of difference of every gold and of every predicted span, in their order.

    Spans with an exact partner are set aside first. Each other one is described by the span of the other
    side, also without an exact partner, that it overlaps most; without any it is missed or spurious.
    """
    gold, predicted = list(gold), list(predicted)
    shared = {span.key for span in gold} & {span.key for span in predicted}
    return (
        _differences(gold, predicted, shared, Difference.MISSED),
        _differences(predicted, gold, shared, Difference.SPURIOUS),
    )


def _differences(
    spans: Sequence[Span], others: Iterable[Span], shared: set[tuple[int, int, str]], alone: Difference
) -> list[Difference]:
    candidates = sorted((span for span in others if span.key not in shared), key=lambda span: span.start)
    starts = [span.start for span in candidates]
    # The furthest end up to each candidate: where it lies before a span's start, nothing earlier can overlap.
    furthest = list(accumulate((span.end for span in candidates), max))

    def difference(span: Span) -> Difference:
        if span.key in shared:
            return Difference.EXACT
        best, most = None, (0, False, False)
        index = bisect_left(starts, span.end) - 1
        while index >= 0 and furthest[index] > span.start:
            other = candidates[index]
            overlap = min(span.end, other.end) - max(span.start, other.start)
            same_place = (other.start, other.end) == (span.start, span.end)
            likeness = (overlap, same_place, other.label == span.label)
            if overlap > 0 and likeness > most:
                best, most = other, likeness
            index -= 1
        if best is None:
            return alone
        if most[1]:
            return Difference.LABEL
        return Difference.BOUNDARY if best.label == span.label else Difference.BOTH

    return [difference(span) for span in spans]
