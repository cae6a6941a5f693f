"""How much of a text word vectors know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

KINDS = ("exact", "case", "subword", "none")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts by how a word's vector was found, over tokens and over distinct words.

    ``exact``: as written; ``case``: in another case form; ``subword``: composed of n-grams; ``none``: zeros.
    """

    tokens: Counter[str]
    types: Counter[str]

    def as_dict(self) -> dict[str, dict[str, float | int]]:
        """Return counts, and the share of those that have a vector, for tokens and types."""
        return {name: _counts(counter) for name, counter in (("tokens", self.tokens), ("types", self.types))}

    def __str__(self) -> str:
        parts = []
        for name, counter in (("tokens", self.tokens), ("types", self.types)):
            total = max(1, counter.total())
            shares = ", ".join(f"{kind} {counter[kind] / total:.1%}" for kind in KINDS if counter[kind])
            parts.append(f"{counter.total():,} {name}: {shares or 'none'}")
        return "; ".join(parts)


def _counts(counter: Counter[str]) -> dict[str, float | int]:
    total = counter.total()
    counts: dict[str, float | int] = {kind: counter[kind] for kind in KINDS}
    return {"total": total, **counts, "share": (total - counter["none"]) / total if total else 0.0}
