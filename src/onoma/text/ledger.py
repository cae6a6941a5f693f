"""What was read, and what became of each of its entities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from onoma.text.documents import Document

DUPLICATE = "duplicate-entity"
"""The reason for which a reader drops the second copy of one and the same entity."""
UNWANTED = "unwanted-label"
"""The reason for which entities are dropped whose label the user maps to nothing."""


def _no_counts() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of every gold entity that was read: nothing vanishes silently.

    Each mapping is reason -> count. ``read`` must equal the sum of the rest (`balanced`).

    Args:
        read: gold entities found in the input.
        kept: taken over unchanged.
        adjusted: taken over with changed boundaries (expanded to tokens, hull of a discontinuous mention).
        dropped: not taken over; the reason says why.
        flattened: left out because a longer or shorter mention covers it in a flat scheme.
        unreachable: kept as gold, but no output of the model can match it.
    """

    read: int = 0
    kept: int = 0
    adjusted: Mapping[str, int] = field(default_factory=_no_counts)
    dropped: Mapping[str, int] = field(default_factory=_no_counts)
    flattened: Mapping[str, int] = field(default_factory=_no_counts)
    unreachable: Mapping[str, int] = field(default_factory=_no_counts)

    @property
    def balanced(self) -> bool:
        """Whether every entity read is accounted for."""
        fates = (self.adjusted, self.dropped, self.flattened, self.unreachable)
        return self.read == self.kept + sum(sum(counts.values()) for counts in fates)

    @property
    def num_unread(self) -> int:
        """Entities that were lost although they are wanted; a repeated one is there still."""
        return sum(count for reason, count in self.dropped.items() if reason not in (DUPLICATE, UNWANTED))

    def __add__(self, other: Ledger) -> Ledger:
        return Ledger(
            self.read + other.read,
            self.kept + other.kept,
            _add_counts(self.adjusted, other.adjusted),
            _add_counts(self.dropped, other.dropped),
            _add_counts(self.flattened, other.flattened),
            _add_counts(self.unreachable, other.unreachable),
        )

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON-ready values."""
        return {
            "read": self.read,
            "kept": self.kept,
            "adjusted": dict(self.adjusted),
            "dropped": dict(self.dropped),
            "flattened": dict(self.flattened),
            "unreachable": dict(self.unreachable),
        }

    def __str__(self) -> str:
        parts = [f"{self.read} entities read", f"{self.kept} kept"]
        for name in ("adjusted", "dropped", "flattened", "unreachable"):
            counts: Mapping[str, int] = getattr(self, name)
            if counts:
                reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()))
                parts.append(f"{sum(counts.values())} {name} ({reasons})")
        return ", ".join(parts)


def _add_counts(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    total = dict(left)
    for reason, count in right.items():
        total[reason] = total.get(reason, 0) + count
    return total


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of one split, in memory or in a file, with the ledger of how they were read.

    It can be gone through, and has a length, as its documents.
    """

    documents: Sequence[Document]
    ledger: Ledger
    name: str = ""

    def __iter__(self) -> Iterator[Document]:
        return iter(self.documents)

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def num_entities(self) -> int:
        """Gold entities over all documents."""
        return sum(len(document.entities) for document in self.documents)

    @property
    def entity_labels(self) -> tuple[str, ...]:
        """Sorted labels that occur on entities."""
        return tuple(sorted({span.label for document in self.documents for span in document.entities}))
