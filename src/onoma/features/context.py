"""What a model reads around a sentence: words of the same document, before it and behind it.

The units of an input are then those of the words before, of the sentence, and of the words behind. Only the
sentence's words count: to them states are pooled, for them there are labels, losses and scores.

Source: Schweter and Akbik 2020 (FLERT, arXiv 2011.06993), where 64 words on either side are read.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.features.word_types import Around, Rows

Ids = npt.NDArray[np.int64]

MAX_CONTEXT = 65_536
"""Most words on either side that a model can ask for; its window is what bounds them."""


class Spread(NamedTuple):
    """The parts of some documents that are read for S sentences; each holds its sentence.

    Args:
        starts: first word of each. [S]
        ends: one behind its last word. [S]
    """

    starts: Ids
    ends: Ids

    def around(self, rows: Rows, index: int, start: int, end: int) -> Around:
        """Return what is read around one sentence.

        Args:
            rows: of all words of the documents.
            index: of the sentence.
            start: its first word.
            end: one behind its last word.
        """
        return Around(rows[self.starts[index] : start], rows[end : self.ends[index]])


def spread(units: Ids, sentences: Spread, documents: Spread, num_words: int, room: int) -> Spread:
    """Return how far sentences are read around: as far as asked for, and as there is room.

    Of what room a sentence leaves, either side has half, and what the other one does not use. A sentence that
    leaves none is read alone. It depends on nothing but the sentence's own document.

    Args:
        units: of each word of all documents in a row, at least 1. [N]
        sentences: first word of each sentence, and one behind its last.
        documents: first and last word of each sentence's document, likewise.
        num_words: that are wanted on either side.
        room: units of a sentence with all that is read around it.
    """
    before = np.concatenate([[0], np.cumsum(units)])  # [N+1], units before each word
    own_start, own_end = before[sentences.starts], before[sentences.ends]  # [S]
    left = own_start - before[np.maximum(documents.starts, sentences.starts - num_words)]  # [S] wanted
    right = before[np.minimum(documents.ends, sentences.ends + num_words)] - own_end  # [S] wanted
    free = np.maximum(room - (own_end - own_start), 0)  # [S]
    left = np.minimum(left, np.maximum(free // 2, free - right))
    right = np.minimum(right, free - left)
    return Spread(
        np.searchsorted(before, own_start - left).astype(np.int64),
        np.searchsorted(before, own_end + right, side="right").astype(np.int64) - 1,
    )
