"""Sentences that went through the network, and their way back into documents."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from onoma.decode.protocol import Decoder, Floats, Found, SpanQuery
from onoma.features.windows import Window
from onoma.runtime.sentences import Place
from onoma.text import Document, Span


@dataclass(frozen=True, slots=True)
class Part:
    """Sentences that went through the network: a bucket of them, or one in windows.

    Args:
        indices: of the sentences, those of all documents in a row. [B]
        places: where they are in the documents. [B]
        lengths: tokens of each. [B]
        emissions: [B, T, ...] of a bucket.
        windows: of a long sentence, still to be run.
    """

    indices: list[int]
    places: list[Place]
    lengths: npt.NDArray[np.integer]
    emissions: Floats | None
    windows: Iterable[tuple[Window, Floats]] = ()

    def decode(self, decoder: Decoder) -> Iterator[Found]:
        """Yield the entities, their rows counted within the part."""
        if self.emissions is not None:
            return decoder.decode(self.emissions, self.lengths)
        return decoder.decode_windows(self.windows, int(self.lengths[0]))

    def candidates(self, decoder: Decoder, floor: float) -> Iterator[Found]:
        """Yield all entities of at least this probability, their rows counted within the part."""
        if self.emissions is not None:
            return decoder.candidates(self.emissions, self.lengths, floor)
        return decoder.window_candidates(self.windows, int(self.lengths[0]), floor)

    def probabilities(self, decoder: Decoder, queries: Sequence[SpanQuery]) -> npt.NDArray[np.float64]:
        """Return the probability of each place, its row counted within the part. [S]"""
        if self.emissions is not None:
            return decoder.probabilities(self.emissions, self.lengths, queries)
        return decoder.window_probabilities(self.windows, int(self.lengths[0]), queries)

    def close(self) -> None:
        """Run what the decoder left, or would have used: the votes of all windows count."""
        deque(self.windows, maxlen=0)

    def in_text(self, documents: Sequence[Document], found: Found) -> tuple[int, Span]:
        """Return the document of an entity, and its span there."""
        row, start, end, label, score = found
        index, base, _ = self.places[row]
        return index, documents[index].span_of_tokens(base + start, base + end, label, score)
