"""What a model reads around a sentence: the words of its document before it and behind it.

A model with context reads *passages*: sentences of a document that stand in a row, as many as the window has
room for, and so many words on either side of them as are asked for. So each sentence is read once, with its
neighbours, and not again as the context of each of these. To a network all are words alike; only for the
sentences' own words there are labels, losses and scores.

Source: Schweter and Akbik 2020 (FLERT, arXiv 2011.06993), where 64 words on either side are read, for
each sentence anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.features.word_types import Rows

Ids = npt.NDArray[np.int64]

MAX_CONTEXT = 65_536
"""Most words on either side that a model can ask for; its window is what bounds them."""

_MARGIN = 4
"""What part of the room the context on one side can keep from the sentences of a passage."""


class Around(NamedTuple):
    """Rows of the words that are read before a passage, and of those behind it."""

    before: Rows
    after: Rows


class Spread(NamedTuple):
    """Parts of some documents, by their words.

    Args:
        starts: first word of each. [S]
        ends: one behind its last word. [S]
    """

    starts: Ids
    ends: Ids

    def part(self, index: int) -> tuple[int, int]:
        """Return the first word of one part, and one behind its last."""
        return int(self.starts[index]), int(self.ends[index])

    def around(self, rows: Rows, index: int, start: int, end: int) -> Around:
        """Return what one part has around some of its words.

        Args:
            rows: of all words of the documents.
            index: of the part.
            start: first of the words.
            end: one behind the last of them.
        """
        return Around(rows[self.starts[index] : start], rows[end : self.ends[index]])


def find_passages(
    units: Ids, sentences: Spread, documents: Spread, num_words: int, room: int, together: bool = True
) -> tuple[Ids, Spread]:
    """Put sentences together into passages, from each document's first one on, and say what each reads.

    A sentence joins the one before it as long as the whole fits with its context, of which either side may
    claim a quarter of the room: the more is repeated, the more it costs. A passage depends on nothing but its
    own document.

    Args:
        units: of each word of all documents in a row, at least 1. [N]
        sentences: first word of each sentence, and one behind its last. [S]
        documents: first and last word of each sentence's document, likewise. [S]
        num_words: of context that are wanted on either side.
        room: units of a passage with its context.
        together: whether sentences are put together at all; else each is a passage.

    Returns:
        The first sentence of each passage, and behind these the number of sentences [G + 1]; and the words
        that are read for each passage [G].
    """
    before = _running(units)
    wanted = _wanted(sentences, documents, num_words)
    own_start, own_end = before[sentences.starts], before[sentences.ends]  # [S]
    most = room // _MARGIN
    first_unit = own_start - np.minimum(own_start - before[wanted.starts], most)
    last_unit = own_end + np.minimum(before[wanted.ends] - own_end, most)
    left, right = first_unit.tolist(), last_unit.tolist()
    joins = np.zeros(len(sentences.starts), dtype=np.bool_)
    joins[1:] = (
        together
        & (sentences.starts[1:] == sentences.ends[:-1])
        & (documents.starts[1:] == documents.starts[:-1])
    )
    edges: list[int] = []
    for index, may_join in enumerate(joins.tolist()):
        if not may_join or right[index] - left[edges[-1]] > room:
            edges.append(index)
    firsts = np.array(edges, dtype=np.int64)
    edges.append(len(joins))
    lasts = np.array(edges[1:], dtype=np.int64) - 1
    own = Spread(sentences.starts[firsts], sentences.ends[lasts])
    whole = Spread(documents.starts[firsts], documents.ends[firsts])
    return np.array(edges, dtype=np.int64), spread(units, own, whole, num_words, room)


def spread(units: Ids, parts: Spread, documents: Spread, num_words: int, room: int) -> Spread:
    """Return how far parts of documents are read around: as far as asked for, and as there is room.

    Of what room a part leaves, either side has half, and what the other one does not use. One that leaves
    none is read alone. It depends on nothing but the part's own document.

    Args:
        units: of each word of all documents in a row, at least 1. [N]
        parts: first word of each part, and one behind its last. [S]
        documents: first and last word of each part's document, likewise. [S]
        num_words: that are wanted on either side.
        room: units of a part with all that is read around it.
    """
    before = _running(units)
    own_start, own_end = before[parts.starts], before[parts.ends]  # [S]
    wanted = _wanted(parts, documents, num_words)
    left, right = own_start - before[wanted.starts], before[wanted.ends] - own_end  # [S]
    free = np.maximum(room - (own_end - own_start), 0)  # [S]
    left = np.minimum(left, np.maximum(free // 2, free - right))
    right = np.minimum(right, free - left)
    return Spread(
        np.searchsorted(before, own_start - left).astype(np.int64),
        np.searchsorted(before, own_end + right, side="right").astype(np.int64) - 1,
    )


def context_state(context: int, together: bool) -> dict[str, Any]:
    """Return JSON-ready values for `read_context`: none without context, as before there was any.

    Args:
        context: words that are read on either side of a sentence.
        together: whether sentences are then read in passages.
    """
    if not context:
        return {}
    return {"context": context} | ({"passages": True} if together else {})


def read_context(state: Mapping[str, Any]) -> tuple[int, bool]:
    """Return the words of context, and whether sentences are read in passages, from stored features.

    Models that were stored before there were passages read each sentence anew.

    Raises:
        ValueError: they are not what `context_state` returns.
    """
    context, together = state.get("context", 0), state.get("passages", False)
    if type(context) is not int or not 0 <= context <= MAX_CONTEXT:
        raise ValueError(f"features have 'context', a number from 0 to {MAX_CONTEXT}")
    if not isinstance(together, bool):
        raise ValueError("features have true or false as 'passages'")
    return context, together or not context


def _running(units: Ids) -> Ids:
    """Units before each word, and all. [N + 1]"""
    before: Ids = np.concatenate([[0], np.cumsum(units)])
    return before


def _wanted(parts: Spread, documents: Spread, num_words: int) -> Spread:
    """The words that are to be read for each part, were there room without end."""
    return Spread(
        np.maximum(documents.starts, parts.starts - num_words),
        np.minimum(documents.ends, parts.ends + num_words),
    )
