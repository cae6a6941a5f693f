"""Mentions: the texts of entities, with the labels they bear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from operator import itemgetter

from onoma.inspection.report import AmbiguousMention, Mentions
from onoma.inspection.sampling import SampledCounter
from onoma.text import Span

MAX_MENTIONS = 100_000
_MAX_PENDING = 20_000
_MAX_EXAMPLES = 20
_surface_and_label = itemgetter(3, 2)


class MentionTally:
    """Counts mentions by surface (the text, letter by letter) and label.

    Args:
        capacity: distinct pairs held exactly; beyond it figures are estimated.
    """

    def __init__(self, capacity: int = MAX_MENTIONS) -> None:
        # By surface, so that all labels of a surface are in the sample, or none.
        self.table: SampledCounter[tuple[str, str]] = SampledCounter(capacity, itemgetter(0))
        self.capitalised = 0
        self._pending: Counter[tuple[str, str]] = Counter()

    def add(self, spans: Iterable[Span]) -> None:
        """Count the entities of a document."""
        self._pending.update(map(_surface_and_label, spans))
        if len(self._pending) > _MAX_PENDING:
            self.settle()

    def settle(self) -> None:
        """Bring all figures up to date."""
        for (surface, _), count in self._pending.items():
            if surface[:1].isupper():
                self.capitalised += count
        self.table.add(self._pending)
        self._pending.clear()

    def report(self, train: MentionTally | None) -> Mentions:
        """Return the figures, compared with the mentions of train."""
        labels_of: dict[str, dict[str, int]] = {}
        for (surface, label), count in self.table.counts.items():
            labels_of.setdefault(surface, {})[label] = count
        several = [(surface, labels) for surface, labels in labels_of.items() if len(labels) > 1]
        # The more often a surface bears a label that is not its usual one, the more there is to look at.
        several.sort(key=lambda item: (max(item[1].values()) - sum(item[1].values()), item[0]))
        return Mentions(
            distinct=self.table.scaled(len(labels_of)),
            capitalised=self.capitalised,
            seen_share=None if train is None else self._seen_share(train),
            seen_share_distinct=None if train is None else self._seen_share(train, distinct=True),
            ambiguous=self.table.scaled(len(several)),
            ambiguous_examples=tuple(
                AmbiguousMention(surface, dict(Counter(labels).most_common()))
                for surface, labels in several[:_MAX_EXAMPLES]
            ),
            estimated=self.table.estimated,
        )

    def _seen_share(self, train: MentionTally, *, distinct: bool = False) -> float | None:
        """The share of mentions (or of distinct surfaces) whose surface is one of train, any label."""
        level = max(self.table.level, train.table.level)
        known = {surface for surface, _ in train.table.at(level)}
        own: Counter[str] = Counter()
        for (surface, _), count in self.table.at(level).items():
            own[surface] += count
        if not own:
            return None
        if distinct:
            return len(own.keys() & known) / len(own)
        return sum(count for surface, count in own.items() if surface in known) / own.total()
