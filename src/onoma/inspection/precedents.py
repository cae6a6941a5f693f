"""How texts were labelled elsewhere: the precedents of a place in gold.

A model that has learned one reading of a text by heart contradicts another with confidence, whatever stands
around it. Where train knows both readings the model has decided by the context, and its contradiction weighs
more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from onoma.text import Document

NOTHING = ""
"""The class of a place without an entity."""

Precedents = Mapping[str, Mapping[str, int]]
"""By text: how often it is an entity of each label, and how often it stands outside of all (`NOTHING`)."""


def count_precedents(documents: Iterable[Document], texts: Collection[str]) -> Precedents:
    """Count how texts are labelled in gold; letter by letter, case counts.

    Args:
        documents: tokenised, with gold.
        texts: that are counted; where one is not whole tokens, only its entities are seen.
    """
    found: dict[str, Counter[str]] = {text: Counter() for text in texts}
    longest = max(map(len, texts), default=0)
    for document in documents:
        for span in document.entities:
            text = document.text[span.start : span.end]
            if text in found:
                found[text][span.label] += 1
        for text in _outside(document, found, longest):
            found[text][NOTHING] += 1
    return found


def _outside(document: Document, texts: Collection[str], longest: int) -> Iterator[str]:
    """Yield the texts that stand on token edges and overlap with no entity, each as often as it does."""
    starts, ends = [token.start for token in document.tokens], [token.end for token in document.tokens]
    covered = {place for span in document.entities for place in range(span.start, span.end)}
    for first, start in enumerate(starts):
        for last in range(first, len(ends)):
            text = document.text[start : ends[last]]
            if len(text) > longest or ends[last] - 1 in covered or start in covered:
                break
            if text in texts and covered.isdisjoint(range(start, ends[last])):
                yield text
