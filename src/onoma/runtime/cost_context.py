"""What a model is given while its cost is measured: texts or, where it reads context, texts within documents.

A sentence by itself would leave such a model without the work that it has in use. Where texts are tagged one
by one, each has the words of its neighbours in the list around it; these are read, and not tagged. Where many
are tagged, neighbours are one document, as they are in use: a model reads its sentences together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from onoma.text import Document, document_from_sentences

if TYPE_CHECKING:
    from onoma.runtime.tagger import Tagger

_TOGETHER = 16
"""Neighbouring texts that are a document: about as many sentences as one of news has."""


class Surroundings:
    """Texts in the order in which they stand in some data.

    Args:
        tagger: what will tag them.
        texts: all of them.
    """

    def __init__(self, tagger: Tagger, texts: Sequence[str]) -> None:
        self._tokenizer = tagger.tokenizer
        self._context = tagger.features.context
        self._texts = texts
        self._words: list[str] = []
        self._edges = [0]
        if self._context:
            found = [tagger.tokenizer.document_of(text, "").words for text in texts]
            self._words = [word for words in found for word in words]
            self._edges = list(accumulate(map(len, found), initial=0))

    def __call__(self, index: int) -> str | Document:
        """Return a text as it is or, for a model with context, cut into words, with others around it."""
        text = self._texts[index]
        if not self._context:
            return text
        own = self._tokenizer.document_of(text, "")
        start, end = self._edges[index], self._edges[index + 1]
        before = self._words[max(0, start - self._context) : start]
        after = self._words[end : end + self._context]
        whole = document_from_sentences("", [before, *own.sentence_words(), after])
        return whole.with_tokens(whole.tokens, whole.sentences[1:-1])

    def in_bulk(self, order: Sequence[int]) -> list[Sequence[int]]:
        """Return which texts are to be one document each, where many are tagged; without context each is one.

        Args:
            order: in which texts are taken.
        """
        if not self._context:
            return [[index] for index in order]
        count = len(self._texts)
        firsts = (index for index in order if index % _TOGETHER == 0)
        return [range(first, min(count, first + _TOGETHER)) for first in firsts]

    def document(self, indices: Sequence[int]) -> str | Document:
        """Return some texts that are one document."""
        if not self._context:
            return self._texts[indices[0]]
        cut = (self._tokenizer.document_of(self._texts[index], "").sentence_words() for index in indices)
        return document_from_sentences("", [words for sentences in cut for words in sentences])
