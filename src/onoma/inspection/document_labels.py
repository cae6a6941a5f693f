"""Labels of whole documents: how often, and which together."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from onoma.inspection.lengths import distribution
from onoma.inspection.report import DocumentLabels, LabelPair

_MAX_PAIRS = 50_000


class DocumentLabelTally:
    """Counts document labels as documents pass."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.sizes: Counter[int] = Counter()

    def add(self, labels: tuple[str, ...] | None) -> None:
        """Count the labels of a document; None, not annotated, counts nowhere."""
        if labels is None:
            return
        distinct = sorted(set(labels))
        self.sizes[len(distinct)] += 1
        self.counts.update(distinct)
        for pair in combinations(distinct, 2):
            if pair in self.pairs or len(self.pairs) < _MAX_PAIRS:
                self.pairs[pair] += 1

    def report(self) -> DocumentLabels | None:
        """Return the figures, None where no document is annotated."""
        if not self.sizes:
            return None
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        pairs = sorted(self.pairs.items(), key=lambda item: (-item[1], item[0]))
        return DocumentLabels(
            annotated=self.sizes.total(),
            counts=dict(ranked),
            pairs=tuple(LabelPair(first, second, count) for (first, second), count in pairs),
            per_document=distribution(self.sizes),
        )
