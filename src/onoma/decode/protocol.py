"""From what a network puts out to entities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from onoma.features.windows import Window
from onoma.text import Document

Floats = npt.NDArray[np.float32]

EMISSIONS, ATTENTION, VALUES = "emissions", "document_attention", "document_values"
"""Names of a network's outputs: scores of tags or spans, and the words' votes on document labels."""

LARGEST_SCORE = 1e20
"""Beyond it no output of a network, and no score that is added after it, is believed.

A path of 10^9 tokens sums up to 2e29: within single precision, and above the -1e30 that stands for minus
infinity.
"""

NOTHING = ""
"""The label that stands for "no entity here" where probabilities are asked for."""

SpanQuery = tuple[int, int, int, str]
"""(row, first token, end token, label or `NOTHING`), half-open."""


def are_scores(values: npt.NDArray[np.floating]) -> bool:
    """Whether all numbers are finite and at most `LARGEST_SCORE` from zero."""
    # One comparison for all; what is not a number compares as false.
    return bool(np.abs(values).max(initial=0) <= LARGEST_SCORE)


class Found(NamedTuple):
    """An entity: row of the batch, first token, token after the last, label, probability if asked for."""

    row: int
    start: int
    end: int
    label: str
    score: float | None


class Decoder(Protocol):
    """See `TagDecoder` and `SpanDecoder`."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity labels that can come out, sorted."""
        ...

    def with_temperature(self, temperature: float) -> Decoder:
        """Return the same decoder, whose probabilities are those of all scores divided by ``temperature``.

        What is decoded stays the same.
        """
        ...

    def decode(self, emissions: Floats, lengths: npt.NDArray[np.integer]) -> Iterator[Found]:
        """Yield the entities of a batch.

        Args:
            emissions: [B, T, ...]; what stands beyond a length is never read.
            lengths: tokens of each row. [B]
        """
        ...

    def decode_windows(self, windows: Iterable[tuple[Window, Floats]], num_tokens: int) -> Iterator[Found]:
        """Yield the entities of one sentence that went through the model in overlapping windows.

        Args:
            windows: each with its emissions, from left to right; the parts to keep cover the sentence.
            num_tokens: of the sentence.
        """
        ...

    @property
    def nested(self) -> bool:
        """Whether an entity may lie within another."""
        ...

    def candidates(
        self, emissions: Floats, lengths: npt.NDArray[np.integer], floor: float
    ) -> Iterator[Found]:
        """Yield every entity whose probability is at least ``floor``, decoded or not; they may overlap.

        Args:
            emissions: [B, T, ...]
            lengths: [B]
            floor: above 0.
        """
        ...

    def window_candidates(
        self, windows: Iterable[tuple[Window, Floats]], num_tokens: int, floor: float
    ) -> Iterator[Found]:
        """Yield the same of one sentence that went through the model in windows."""
        ...

    def probabilities(
        self, emissions: Floats, lengths: npt.NDArray[np.integer], queries: Sequence[SpanQuery]
    ) -> npt.NDArray[np.float64]:
        """Return the probability of each query: of the entity with just these tokens and this label. [S]

        With `NOTHING` as its label it is that of no entity: for tags on any of the tokens, for spans with
        just these tokens. A label that the model does not know gets 0.

        Raises:
            ValueError: a query outside its sentence.
        """
        ...

    def window_probabilities(
        self, windows: Iterable[tuple[Window, Floats]], num_tokens: int, queries: Sequence[SpanQuery]
    ) -> npt.NDArray[np.float64]:
        """Return the same of queries in one sentence that went through the model in windows. [S]"""
        ...


class Pools(Protocol):
    """What the words of some documents say, gathered batch by batch."""

    def add(self, document: int, outputs: Mapping[str, Floats]) -> None:
        """Add the outputs of some words, [T, ...] each by name, to a document."""
        ...

    def probabilities(self) -> npt.NDArray[np.float64]:
        """Return what was gathered, as numbers a document. [D, L]"""
        ...


class DocumentsDecoder(Protocol):
    """Turns what words say into what documents are given; see `onoma.decode.documents.DocumentDecoder`."""

    def new_pools(self, num_documents: int) -> Any:
        """Return empty `Pools` for so many documents."""
        ...

    def finish(self, documents: Sequence[Document], pools: Any) -> list[Document]:
        """Return the documents with what was decided from their pools."""
        ...
