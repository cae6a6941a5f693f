"""Sentences on their way through the network."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.features.word_types import Rows, WordTypes
from onoma.tags import TokenSpan
from onoma.text import Document


class Sentences(NamedTuple):
    """The sentences of some documents, none of them empty.

    Args:
        types: the table that their rows are of. It stays theirs to the end, whoever trims the features.
        owners: document and first token of each.
        rows: its words' rows. [T] each
    """

    types: WordTypes
    owners: list[tuple[int, int]]
    rows: list[Rows]

    @classmethod
    def of(cls, documents: Sequence[Document], types: WordTypes) -> Sentences:
        """Look up the words of tokenised documents."""
        owners: list[tuple[int, int]] = []
        rows: list[Rows] = []
        for index, document in enumerate(documents):
            words = document.words
            for first, end in document.sentences:
                if end > first:
                    owners.append((index, first))
                    rows.append(types.rows(words[first:end]))
        return cls(types, owners, rows)

    def units(self) -> npt.NDArray[np.int64]:
        """Return the units of each sentence's words. [N]"""
        if not self.rows:
            return np.zeros(0, dtype=np.int64)
        starts = np.cumsum([0, *(len(row) for row in self.rows[:-1])])  # [N]
        sizes = self.types.sizes(np.concatenate(self.rows))
        units: npt.NDArray[np.int64] = np.add.reduceat(sizes, starts)
        return units

    def divide(self, spans: Sequence[Sequence[TokenSpan]]) -> dict[int, list[tuple[int, TokenSpan]]]:
        """Return by sentence its spans, in its own tokens, each with its number in its document.

        Args:
            spans: of each document, in its tokens.

        Raises:
            ValueError: a span lies in no sentence.
        """
        firsts: list[list[int]] = [[] for _ in spans]
        sentences: list[list[int]] = [[] for _ in spans]
        for sentence, (document, first) in enumerate(self.owners):
            firsts[document].append(first)
            sentences[document].append(sentence)
        found: dict[int, list[tuple[int, TokenSpan]]] = {}
        for document, own in enumerate(spans):
            for number, (start, end, label) in enumerate(own):
                place = bisect_right(firsts[document], start) - 1
                first = firsts[document][place] if place >= 0 else 0
                if place < 0 or not start < end <= first + len(self.rows[sentences[document][place]]):
                    raise ValueError(f"span {(start, end, label)} of document {document} lies in no sentence")
                moved = (start - first, end - first, label)
                found.setdefault(sentences[document][place], []).append((number, moved))
        return found
