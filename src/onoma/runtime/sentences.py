"""Sentences on their way through the network."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.features.batches import bucket_by_length
from onoma.features.word_types import Rows, WordTypes
from onoma.tags import TokenSpan
from onoma.text import Document

GROUP_TOKENS = 1 << 18
"""Tokens of sentences that are looked up at once; longer sentences are looked up while they are run."""


class Place(NamedTuple):
    """A sentence that is not empty: its document, its first token there, and the token after its last."""

    document: int
    first: int
    end: int


def group_sentences(documents: Sequence[Document], most: int = GROUP_TOKENS) -> Iterator[list[Place]]:
    """Yield the sentences of documents in groups of at most so many tokens; a longer sentence is alone."""
    group: list[Place] = []
    size = 0
    for index, document in enumerate(documents):
        num_tokens = document.num_tokens
        for first, end in document.sentences:
            place = Place(index, first, min(end, num_tokens))
            length = place.end - first
            if length <= 0:
                continue
            if group and size + length > most:
                yield group
                group, size = [], 0
            group.append(place)
            size += length
    if group:
        yield group


class Sentences(NamedTuple):
    """The S sentences of a group.

    Args:
        types: the table that their rows are of. It stays theirs to the end, whoever trims the features.
        rows: of all their words. [N]
        edges: where each sentence begins among them, and the last one ends. [S+1]
    """

    types: WordTypes
    rows: Rows
    edges: list[int]

    @classmethod
    def of(cls, documents: Sequence[Document], places: Sequence[Place], types: WordTypes) -> Sentences:
        """Look up the words of some sentences, all at once."""
        words: list[str] = []
        edges = [0]
        for place in places:
            words += documents[place.document].words_of(place.first, place.end)
            edges.append(len(words))
        return cls(types, types.rows(words), edges)

    def rows_of(self, sentence: int) -> Rows:
        """Return the rows of one sentence's words. [T]"""
        return self.rows[self.edges[sentence] : self.edges[sentence + 1]]

    def units(self) -> npt.NDArray[np.int64]:
        """Return the units of each sentence's words. [S]"""
        edges = np.array(self.edges, dtype=np.int64)  # [S+1]
        return self.types.units(self.rows, edges[:-1], edges[1:])

    def buckets(self, limit: int, overhead: int, **limits: Any) -> tuple[Iterable[list[int]], list[int]]:
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


def divide(
    documents: Sequence[Document], spans: Sequence[Sequence[TokenSpan]]
) -> dict[tuple[int, int], list[tuple[int, TokenSpan]]]:
    """Return by sentence (its document and first token) its spans, in its own tokens, each with its number.

    Args:
        documents: tokenised.
        spans: of each document, in its tokens; numbered within it.

    Raises:
        ValueError: a span lies in no sentence.
    """
    found: dict[tuple[int, int], list[tuple[int, TokenSpan]]] = {}
    for index, (document, own) in enumerate(zip(documents, spans, strict=True)):
        places = [place for group in group_sentences([document]) for place in group] if own else []
        firsts = [place.first for place in places]
        for number, (start, end, label) in enumerate(own):
            which = bisect_right(firsts, start) - 1
            if which < 0 or not start < end <= places[which].end:
                raise ValueError(f"span {(start, end, label)} of document {index} lies in no sentence")
            first = firsts[which]
            found.setdefault((index, first), []).append((number, (start - first, end - first, label)))
    return found
