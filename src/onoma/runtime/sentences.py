"""Sentences on their way through the network."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.decode.protocol import Floats
from onoma.features.batches import bucket_by_length
from onoma.features.context import Spread, find_passages
from onoma.features.passages import cut_sentences, members
from onoma.features.protocol import Features
from onoma.features.word_types import Batch, Rows, WordTypes
from onoma.tags import TokenSpan
from onoma.text import Document

Outputs = Mapping[str, Floats]
"""What a network puts out, by name. [B, T, ...]"""
GROUP_TOKENS = 1 << 18
"""Tokens of sentences that are looked up at once; longer sentences are looked up while they are run."""


class Place(NamedTuple):
    """A sentence that is not empty: its document, its first token there, and the token after its last."""

    document: int
    first: int
    end: int


def group_sentences(documents: Sequence[Document], most: int = GROUP_TOKENS) -> Iterator[list[Place]]:
    """Yield the sentences of documents in groups of at most so many tokens; a longer sentence is alone.

    A document is in several groups only where it is longer than one, so that what is read together is a
    matter of the document alone.
    """
    group: list[Place] = []
    size = 0
    for index, document in enumerate(documents):
        num_tokens = document.num_tokens
        if group and size + num_tokens > most:
            yield group
            group, size = [], 0
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
        places: where they are in their documents. [S]
        rows: of all words that are read for them. [N]
        starts: where each sentence begins among them. [S]
        ends: where it ends. [S]
        edges: the first sentence of each passage that is read at once, and S; None: each is read alone, as if
            it were a passage. [G + 1]
        reach: the words that are read for each passage, where there are some. [G]
    """

    types: WordTypes
    places: Sequence[Place]
    rows: Rows
    starts: list[int]
    ends: list[int]
    edges: npt.NDArray[np.int64] | None = None
    reach: Spread | None = None

    @classmethod
    def of(
        cls,
        documents: Sequence[Document],
        places: Sequence[Place],
        features: Features,
        room: int,
        types: WordTypes | None = None,
    ) -> Sentences:
        """Look up the words of some sentences, all at once.

        Args:
            documents: tokenised.
            places: of the sentences, in the order of the documents.
            features: say what is read together, and around it.
            room: units of an input.
            types: the table to look words up in; without one that which the features use.
        """
        types = features.types if types is None else types  # an empty one is false
        context = features.context
        words: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        if not context:
            for place in places:
                starts.append(len(words))
                words += documents[place.document].words_of(place.first, place.end)
                ends.append(len(words))
            return cls(types, places, types.rows(words), starts, ends)
        wholes: list[tuple[int, int]] = []  # what is looked up of each sentence's document
        for index, group in groupby(places, key=lambda place: place.document):
            own = list(group)
            first = max(0, own[0].first - context)
            end = min(documents[index].num_tokens, max(place.end for place in own) + context)
            moved = len(words) - first
            words += documents[index].words_of(first, end)
            starts += [place.first + moved for place in own]
            ends += [place.end + moved for place in own]
            wholes += [(first + moved, len(words))] * len(own)
        rows = types.rows(words)
        edges = np.array(wholes, dtype=np.int64).reshape(-1, 2)
        inside = Spread(np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64))
        whole = Spread(edges[:, 0], edges[:, 1])
        passages = find_passages(types.sizes(rows), inside, whole, context, room, features.together)
        return cls(types, places, rows, starts, ends, *passages)

    def batch(self, passages: Sequence[int]) -> Batch:
        """Gather the model inputs of some passages, and of what is read around them."""
        if self.reach is None:
            return self.types.batch(list(map(self.rows_of, passages)))
        return self.types.batch([self.rows[slice(*self.reach.part(one))] for one in passages])

    def of_passages(self, passages: Sequence[int]) -> Sequence[int]:
        """Return which sentences lie in some passages."""
        if self.edges is None:
            return passages
        found: list[int] = members(self.edges, np.array(passages, dtype=np.int64)).tolist()
        return found

    def apart(
        self, passages: Sequence[int], batch: Batch, outputs: Outputs
    ) -> Iterator[tuple[Sequence[int], Outputs, npt.NDArray[np.integer]]]:
        """Yield the sentences of some passages, what the network put out for these, and their lengths.

        Args:
            passages: which.
            batch: of them.
            outputs: [G, W, ...] each, by name; yielded are [B, T, ...].
        """
        sentences = self.of_passages(passages)
        if self.edges is None or self.reach is None:
            yield sentences, outputs, batch["lengths"]
            return
        chosen = np.array(passages, dtype=np.int64)
        firsts = self.reach.starts[chosen]  # [G]
        inputs = np.repeat(np.arange(len(chosen)), self.edges[chosen + 1] - self.edges[chosen])  # [B]
        starts = np.array([self.starts[one] for one in sentences], dtype=np.int64)
        lengths = np.array(list(map(self.length, sentences)), dtype=np.int64)
        for some, cut in cut_sentences(inputs, starts - firsts[inputs], lengths, batch["words"].shape):
            own = {name: cut(values) for name, values in outputs.items()}
            yield [sentences[one] for one in some.tolist()], own, cut.lengths

    def rows_of(self, sentence: int) -> Rows:
        """Return the rows of one sentence's words. [T]"""
        return self.rows[self.starts[sentence] : self.ends[sentence]]

    def length(self, sentence: int) -> int:
        """Return how many words one sentence has."""
        return self.ends[sentence] - self.starts[sentence]

    def units(self) -> npt.NDArray[np.int64]:
        """Return the units of each passage, and of what is read around it. [G]"""
        if self.reach is not None:
            return self.types.units(self.rows, *self.reach)
        starts, ends = (np.array(edges, dtype=np.int64) for edges in (self.starts, self.ends))  # [S]
        return self.types.units(self.rows, starts, ends)

    def buckets(self, limit: int, overhead: int, **limits: Any) -> tuple[Iterable[list[int]], list[int]]:
        """Return batches of the passages that have at most so many units, and the other passages.

        Args:
            limit: of a passage's units.
            overhead: units that each input has besides.
            limits: of a batch, see `bucket_by_length`.
        """
        units = self.units() + overhead  # [G]
        if len(units) == 1:  # one has no one to go with
            return ([[0]], []) if units[0] <= limit else ([], [0])
        fits = units <= limit  # [G]
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
