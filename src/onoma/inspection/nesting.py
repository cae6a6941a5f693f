"""Entities inside entities, crossing ones, and several on one span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from onoma.inspection.report import Nesting, NestingPair
from onoma.text import Span

_MAX_PAIRS = 10_000


class NestingTally:
    """Counts how entities lie to each other, by their hulls (start to end)."""

    def __init__(self) -> None:
        self.inside = self.involved = self.same_span = self.crossing = 0
        self.depths: Counter[int] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()

    def add(self, spans: Sequence[Span]) -> None:
        """Count the entities of a document, sorted as a `Document` has them."""
        alone = len(spans)
        for cluster in _clusters(spans):
            self._add_cluster(cluster)
            alone -= len(cluster)
        self.depths[1] += alone

    def _add_cluster(self, spans: Sequence[Span]) -> None:
        depths = [1] * len(spans)
        holders: list[Span | None] = [None] * len(spans)  # the shortest that holds each
        involved, same, crossing = set(), set(), set()
        for j, inner in enumerate(spans):
            for i in range(j):
                outer = spans[i]  # begins before, or with it and is not shorter
                if outer.end <= inner.start:
                    continue
                if (outer.start, outer.end) == (inner.start, inner.end):
                    same |= {i, j}
                elif outer.end >= inner.end:
                    involved |= {i, j}
                    depths[j] = max(depths[j], depths[i] + 1)
                    holder = holders[j]
                    if holder is None or outer.end - outer.start < holder.end - holder.start:
                        holders[j] = outer
                else:
                    crossing |= {i, j}
        self.involved += len(involved)
        self.same_span += len(same)
        self.crossing += len(crossing)
        self.depths.update(depths)
        for span, holder in zip(spans, holders, strict=True):
            if holder is not None:
                self.inside += 1
                pair = (span.label, holder.label)
                if pair in self.pairs or len(self.pairs) < _MAX_PAIRS:
                    self.pairs[pair] += 1

    def report(self) -> Nesting:
        """Return the figures."""
        pairs = sorted(self.pairs.items(), key=lambda item: (-item[1], item[0]))
        return Nesting(
            inside=self.inside,
            involved=self.involved,
            depth=max((depth for depth, count in self.depths.items() if count), default=0),
            depths={depth: count for depth, count in sorted(self.depths.items()) if count},
            same_span=self.same_span,
            crossing=self.crossing,
            pairs=tuple(NestingPair(inner, outer, count) for (inner, outer), count in pairs),
        )


def _clusters(spans: Sequence[Span]) -> Iterator[Sequence[Span]]:
    """Yield the runs of two or more entities that hang together by overlaps."""
    first, reached = 0, -1
    for index, span in enumerate(spans):
        if span.start >= reached:
            if index - first > 1:
                yield spans[first:index]
            first = index
        reached = max(reached, span.end)
    if len(spans) - first > 1:
        yield spans[first:]
