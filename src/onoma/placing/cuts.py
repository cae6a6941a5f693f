"""Documents that are the same texts, cut otherwise: a file of sentences beside a file of articles."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from onoma.placing.texts import squeeze
from onoma.text import Document, Span


def cut_like(gold: Sequence[Document], predicted: Sequence[Document]) -> tuple[list[Document], int] | None:
    """Return predictions as one document for each gold one, if both are the same texts one after another.

    White space is not looked at. An entity over the edge of a gold document is in none.

    Returns:
        the documents, with gold's ids and texts, and how many entities are lost at edges; None where the
        texts are others.
    """
    if not gold or "".join(squeeze(one.text) for one in gold) != "".join(
        squeeze(one.text) for one in predicted
    ):
        return None
    # A character's number counts all characters but white space, over all documents.
    places = [[i for i, char in enumerate(one.text) if not char.isspace()] for one in gold]
    firsts = list(accumulate(map(len, places), initial=0))
    entities: list[list[Span]] = [[] for _ in gold]
    lost = before = 0
    for document in predicted:
        numbers = list(accumulate((not char.isspace() for char in document.text), initial=before))
        before = numbers[-1]
        for span in document.entities:
            first, end = numbers[span.start], numbers[span.end]
            owner = bisect_right(firsts, first) - 1
            if first == end or owner >= len(gold) or end > firsts[owner + 1]:
                lost += 1
                continue
            start, stop = places[owner][first - firsts[owner]], places[owner][end - 1 - firsts[owner]] + 1
            text = gold[owner].text[start:stop]
            entities[owner].append(span._replace(start=start, end=stop, text=text, fragments=(), id=None))
    cut = [Document(one.id, one.text).with_entities(found) for one, found in zip(gold, entities, strict=True)]
    return cut, lost
