"""Sentences on their way through the network."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.features.batches import bucket_by_length
from onoma.features.word_types import Rows, WordTypes
from onoma.tags import TokenSpan
from onoma.text import Document


class Sentences(NamedTuple):
    """The S sentences of some documents, none of them empty.

    Args:
        types: the table that their rows are of. It stays theirs to the end, whoever trims the features.
        owners: document and first token of each. [S]
        rows: of all words of the documents. [N]
        starts: where each sentence begins among them. [S]
        ends: where it ends. [S]
    """

    types: WordTypes
    owners: list[tuple[int, int]]
    rows: Rows
    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, documents: Sequence[Document], types: WordTypes) -> Sentences:
        """Look up the words of tokenised documents, all at once."""
        words: list[str] = []
        owners: list[tuple[int, int]] = []
        starts: list[int] = []
        ends: list[int] = []
        for index, document in enumerate(documents):
            before = len(words)
            words += document.words
            for first, end in document.sentences:
                if before + first < min(before + end, len(words)):
                    owners.append((index, first))
                    starts.append(before + first)
                    ends.append(min(before + end, len(words)))
        return cls(types, owners, types.rows(words), starts, ends)

    def rows_of(self, sentence: int) -> Rows:
        """Return the rows of one sentence's words. [T]"""
        return self.rows[self.starts[sentence] : self.ends[sentence]]

    def length(self, sentence: int) -> int:
        """Return how many words one sentence has."""
        return self.ends[sentence] - self.starts[sentence]

    def units(self) -> npt.NDArray[np.int64]:
        """Return the units of each sentence's words. [S]"""
        edges = (np.array(places, dtype=np.int64) for places in (self.starts, self.ends))
        return self.types.units(self.rows, *edges)

    def buckets(self, limit: int, overhead: int, **limits: int) -> tuple[Iterable[list[int]], list[int]]:
        """Return batches of the sentences that have at most so many units, and the other sentences.

        Args:
            limit: of a sentence's units.
            overhead: units that each input has besides.
            limits: of a batch, see `bucket_by_length`.
        """
        units = self.units() + overhead  # [S]
        if len(units) == 1:  # one sentence has no one to go with
            return ([[0]], []) if units[0] <= limit else ([], [0])
        fits = units <= limit  # [S]
        short = np.flatnonzero(fits)
        chosen = bucket_by_length(units[short], **limits)
        return (short[batch].tolist() for batch in chosen), np.flatnonzero(~fits).tolist()

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
                if place < 0 or not start < end <= first + self.length(sentences[document][place]):
                    raise ValueError(f"span {(start, end, label)} of document {document} lies in no sentence")
                moved = (start - first, end - first, label)
                found.setdefault(sentences[document][place], []).append((number, moved))
        return found
