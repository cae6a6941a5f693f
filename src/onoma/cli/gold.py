"""Gold documents on the way past the tagger, which returns documents without them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain

from onoma.text import Document

_LOOK_AHEAD = 100


class GoldQueue:
    """Keeps documents from when they are read until they are shown: as many as the tagger holds at a time.

    Args:
        wanted: whether gold is shown; None decides for each input by its first documents, since a sentence
            without entities says nothing: it is raw in one file, and annotated with none in another.
    """

    def __init__(self, wanted: bool | None = None) -> None:
        self._wanted = wanted
        self._waiting: deque[Document | None] = deque()

    def watch(self, documents: Iterator[Document]) -> Iterator[Document]:
        """Yield the documents of one input, and keep them; None in place of those that have no gold."""
        ahead: list[Document] = []
        shown = self._wanted
        if shown is None:
            shown = False
            for document in documents:
                ahead.append(document)
                shown = bool(document.entities or document.labels)
                if shown or len(ahead) == _LOOK_AHEAD:
                    break
        for document in chain(ahead, documents):
            self._waiting.append(document if shown else None)
            yield document

    def __iter__(self) -> Iterator[Document | None]:
        """Yield what was kept, in order, each once; to be asked after the tagger for every document."""
        while self._waiting:
            yield self._waiting.popleft()
