"""Which predicted document is which gold one: by id, else by text, without white space, in one normal form.

An id alone proves little: files that number their documents give the same numbers to other texts. So it
counts where the texts agree, and where they differ a little when nothing else fits.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from onoma.placing.forms import normalised
from onoma.placing.texts import align_texts, squeeze
from onoma.text import Document

LIKENESS = 0.6
"""Share of characters that two texts of one id must have in common to be taken for the same document."""

BY_ID, BY_TEXT, BY_WORDS = "id", "text", "text without white space"
BY_LETTERS = "text in another normal form"


@dataclass(frozen=True, slots=True)
class Matching:
    """Which documents belong together.

    Args:
        partners: [D] for each gold document the index of its prediction, or None.
        ways: how many were matched in which way.
        extra: indices of the predicted documents that gold does not have.
    """

    partners: tuple[int | None, ...]
    ways: Counter[str]
    extra: tuple[int, ...]

    @property
    def missing(self) -> list[int]:
        """Indices of the gold documents without a prediction."""
        return [index for index, partner in enumerate(self.partners) if partner is None]


def match_documents(gold: Sequence[Document], predicted: Sequence[Document]) -> Matching:
    """Match documents; each is in one pair at most, and equals are taken in their order."""
    matcher = _Matcher(gold, predicted)
    matcher.by_key(BY_ID, lambda document: (document.id, squeeze(document.text)))
    matcher.by_key(BY_TEXT, lambda document: document.text)
    matcher.by_key(BY_WORDS, lambda document: squeeze(document.text))
    if matcher.left:
        matcher.by_key(BY_ID, lambda document: (document.id, _letters(document)))
        matcher.by_key(BY_LETTERS, _letters)
    matcher.by_likeness()
    return Matching(tuple(matcher.partners), matcher.ways, tuple(sorted(matcher.left)))


def _letters(document: Document) -> str:
    return squeeze(normalised(document.text))


class _Matcher:
    def __init__(self, gold: Sequence[Document], predicted: Sequence[Document]) -> None:
        self.partners: list[int | None] = [None] * len(gold)
        self.left = dict.fromkeys(range(len(predicted)))
        self.ways: Counter[str] = Counter()
        self._gold, self._predicted = gold, predicted

    def by_key(self, way: str, key: Callable[[Document], Hashable]) -> None:
        """Match what is left and has the same key."""
        waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for index in self.left:
            waiting[key(self._predicted[index])].append(index)
        for index, document in enumerate(self._gold):
            if waiting and self.partners[index] is None and (found := waiting.get(key(document))):
                self._take(index, found.popleft(), way)

    def by_likeness(self) -> None:
        """Match what is left, has the same id and nearly the same text."""
        waiting: defaultdict[str, list[int]] = defaultdict(list)
        for index in self.left:
            waiting[self._predicted[index].id].append(index)
        for index, document in enumerate(self._gold):
            if self.partners[index] is not None:
                continue
            for other in waiting.get(document.id, ()):
                text = self._predicted[other].text
                if other in self.left and align_texts(text, document.text).likeness >= LIKENESS:
                    self._take(index, other, BY_ID)
                    break

    def _take(self, index: int, partner: int, way: str) -> None:
        self.partners[index] = partner
        del self.left[partner]
        self.ways[way] += 1
