"""Words: how many distinct, and how they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from operator import itemgetter

from onoma.inspection.sampling import SampledCounter
from onoma.text import Token

CASE_KINDS = ("lower", "title", "upper", "mixed", "number", "punctuation", "uncased")
MAX_WORDS = 200_000
_MAX_PENDING = 50_000
_text_of = itemgetter(0)


def case_kind(word: str) -> str:
    """Return one of `CASE_KINDS`.

    ``title`` begins with a capital (``Anna``, ``I``, ``Jean-Paul``), ``upper`` has two letters or more and
    only capitals, ``mixed`` has both in another order, ``uncased`` letters of a script without case. Digits
    beside letters do not matter; ``number`` has digits and no letters, ``punctuation`` neither.
    """
    if word.islower():
        return "lower"
    if word.istitle() and not (word.isupper() and sum(map(str.isalpha, word)) > 1):
        return "title"
    if word.isupper():
        return "upper"
    if any(map(str.isalpha, word)):
        return "mixed" if word.lower() != word else "uncased"
    return "number" if any(map(str.isnumeric, word)) else "punctuation"


class WordTally:
    """Counts words as they pass.

    Args:
        capacity: distinct words held exactly; beyond it figures are estimated.
    """

    def __init__(self, capacity: int = MAX_WORDS) -> None:
        self.table: SampledCounter[str] = SampledCounter(capacity, str)
        self.kinds: Counter[str] = Counter()
        self._pending: Counter[str] = Counter()

    def add(self, tokens: Iterable[Token]) -> None:
        """Count the words of a document."""
        # Counting a whole document at once, and looking at each distinct word later, is the fast way.
        self._pending.update(map(_text_of, tokens))
        if len(self._pending) > _MAX_PENDING:
            self.settle()

    def settle(self) -> None:
        """Bring all figures up to date."""
        for word, count in self._pending.items():
            self.kinds[case_kind(word)] += count
        self.table.add(self._pending)
        self._pending.clear()

    def known_share(self, train: WordTally) -> float | None:
        """Return the share of tokens whose word, letter by letter, stands in train; None without tokens."""
        level = max(self.table.level, train.table.level)
        own, known = self.table.at(level), train.table.at(level)
        total = sum(own.values())
        return sum(count for word, count in own.items() if word in known) / total if total else None
