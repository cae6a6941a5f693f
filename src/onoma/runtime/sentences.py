"""Sentences on their way through the network."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.features.batches import bucket_by_length
from onoma.features.context import Spread, spread
from onoma.features.word_types import Batch, Rows, WordTypes
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
        reach: how far the words lie that are read for each sentence, of its document; None: it is read alone.
    """

    types: WordTypes
    owners: list[tuple[int, int]]
    rows: Rows
    starts: list[int]
    ends: list[int]
    reach: Spread | None = None

    @classmethod
    def of(
        cls, documents: Sequence[Document], types: WordTypes, context: int = 0, room: int = 0
    ) -> Sentences:
        """Look up the words of tokenised documents, all at once.

        Args:
            documents: tokenised.
            types: the table to look them up in.
            context: words of its document that are read on either side of a sentence.
            room: units that a sentence has with these.
        """
        words: list[str] = []
        edges = [0]
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
            edges.append(len(words))
        sentences = cls(types, owners, types.rows(words), starts, ends)
        return sentences._in_context(edges, context, room) if context and owners else sentences

    def _in_context(self, edges: list[int], context: int, room: int) -> Sentences:
        """Return the sentences with what is read around them; ``edges`` are those of the documents. [D+1]"""
        owners = np.array([document for document, _ in self.owners])  # [S]
        places = np.array(edges, dtype=np.int64)
        own = Spread(np.array(self.starts, dtype=np.int64), np.array(self.ends, dtype=np.int64))
        whole = Spread(places[owners], places[owners + 1])
        return self._replace(reach=spread(self.types.sizes(self.rows), own, whole, context, room))

    def batch(self, indices: Sequence[int]) -> Batch:
        """Gather the model inputs of some sentences, and of what is read around them."""
        rows = list(map(self.rows_of, indices))
        if self.reach is None:
            return self.types.batch(rows)
        around = [
            self.reach.around(self.rows, index, self.starts[index], self.ends[index]) for index in indices
        ]
        return self.types.batch(rows, around)

    def rows_of(self, sentence: int) -> Rows:
        """Return the rows of one sentence's words. [T]"""
        return self.rows[self.starts[sentence] : self.ends[sentence]]

    def length(self, sentence: int) -> int:
        """Return how many words one sentence has."""
        return self.ends[sentence] - self.starts[sentence]

    def units(self) -> npt.NDArray[np.int64]:
        """Return the units of each sentence's words, and of those that are read around it. [S]"""
        if self.reach is not None:
            return self.types.units(self.rows, *self.reach)
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
