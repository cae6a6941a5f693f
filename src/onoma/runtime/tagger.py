"""The one prediction path: dev evaluation, the command line, services and tools all tag through `Tagger`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from onoma.decode.documents import DocumentDecoder, Pools
from onoma.decode.protocol import ATTENTION, EMISSIONS, VALUES, Decoder, Floats, Found
from onoma.features.batches import bucket_by_length
from onoma.features.protocol import Features
from onoma.features.windows import DEFAULT_WINDOW, OVERLAP, Window, split_windows
from onoma.features.words import Batch, Rows
from onoma.text import Document, Span
from onoma.tokenize import tokenize_document

CHUNK_TOKENS = 65_536
"""Tokens gathered before a stream is tagged: enough to fill buckets, little enough to stay small."""

_BATCH_SENTENCES = 64
_BATCH_TOKENS = 4_096

Outputs = Mapping[str, Floats]


class Backend(Protocol):
    """What runs the network."""

    def outputs(self, batch: Batch) -> Outputs:
        """Return its outputs [B, T, ...] by name for a batch of features; padding may hold anything."""
        ...


class Tagger:
    """A model ready to tag.

    Args:
        backend: runs the network.
        features: words to model inputs.
        decoder: emissions to entities; None for a model of document labels alone.
        documents: votes to document labels; None for a model that gives none.
        window: units (words or pieces) that the model sees at once; 0 is `DEFAULT_WINDOW`. A longer sentence
            goes through the model in overlapping windows and is decoded as a whole.

    Raises:
        ValueError: the window has no room for anything.
    """

    def __init__(
        self,
        backend: Backend,
        features: Features,
        decoder: Decoder | None,
        documents: DocumentDecoder | None = None,
        *,
        window: int = 0,
    ) -> None:
        self.backend = backend
        self.features = features
        self.decoder = decoder
        self.documents = documents
        self.window = window or DEFAULT_WINDOW
        if self.window <= features.overhead:
            raise ValueError(f"a window of {window} units has no room for a word")

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity labels the model can give."""
        return self.decoder.labels if self.decoder else ()

    def __call__(self, text: str | Document) -> Document:
        """Tag one text; tokens and sentences of a tokenised document are respected."""
        self.features.trim()
        return self.tag([text])[0]

    def pipe(
        self, items: Iterable[str | Document], *, chunk_tokens: int = CHUNK_TOKENS
    ) -> Iterator[Document]:
        """Tag a stream in order, in memory that does not grow with its length."""
        chunk: list[Document] = []
        size = 0
        for item in items:
            document = _as_document(item, len(chunk))
            chunk.append(document)
            size += len(document.tokens) + 1
            if size >= chunk_tokens:
                self.features.trim()
                yield from self.tag(chunk)
                chunk, size = [], 0
        if chunk:
            yield from self.tag(chunk)

    def tag(self, items: Sequence[str | Document]) -> list[Document]:
        """Tag a list of texts or documents at once.

        Returns:
            New documents whose entities and labels are the model's; gold of the input is not looked at.
        """
        documents = [_as_document(item, index) for index, item in enumerate(items)]
        entities, pools = self._run(documents, self.decoder)
        labels: list[tuple[str, ...] | None] = [None] * len(documents)
        if self.documents and pools:
            labels = [self.documents.decide(row) for row in pools.probabilities()]
        return [
            replace(document.with_entities(spans), labels=given)
            for document, spans, given in zip(documents, entities, labels, strict=True)
        ]

    def document_probabilities(self, documents: Sequence[Document]) -> npt.NDArray[np.float64]:
        """Return the probability of each document label. [D, L]

        Raises:
            ValueError: the model gives no document labels.
        """
        _, pools = self._run(documents, None)
        if pools is None:
            raise ValueError("the model gives no document labels")
        return pools.probabilities()

    def _run(
        self, documents: Sequence[Document], decoder: Decoder | None
    ) -> tuple[list[list[Span]], Pools | None]:
        """Return the entities of each document, and what its words say about its labels."""
        owners: list[tuple[int, int]] = []  # document index, first token
        rows: list[Rows] = []
        for index, document in enumerate(documents):
            words = document.words
            for first, end in document.sentences:
                if end > first:
                    owners.append((index, first))
                    rows.append(self.features.rows(words[first:end]))
        entities: list[list[Span]] = [[] for _ in documents]
        pools = self.documents.new_pools(len(documents)) if self.documents else None
        for found in self._batches(rows, [index for index, _ in owners], decoder, pools):
            index, base = owners[found.row]
            document = documents[index]
            start, end = document.tokens[base + found.start].start, document.tokens[base + found.end - 1].end
            entities[index].append(Span(start, end, found.label, document.text[start:end], found.score))
        return entities, pools

    def _batches(
        self, rows: list[Rows], owners: list[int], decoder: Decoder | None, pools: Pools | None
    ) -> Iterator[Found]:
        """Run sentences bucket by bucket, then the long ones; votes go to the pools of their owners."""
        units = self._units(rows)  # [N]
        fits = units <= self.window  # [N]
        short = np.flatnonzero(fits)
        for chosen in bucket_by_length(
            units[short], max_sentences=_BATCH_SENTENCES, max_tokens=_BATCH_TOKENS
        ):
            indices = short[chosen]
            batch = self.features.batch([rows[index] for index in indices])
            lengths = batch["lengths"]
            outputs = self.backend.outputs(batch)
            if pools:
                for row, (index, length) in enumerate(zip(indices.tolist(), lengths.tolist(), strict=True)):
                    _vote(pools, owners[index], outputs, row, slice(0, length))
            if decoder:
                for found in decoder.decode(outputs[EMISSIONS], lengths):
                    yield found._replace(row=int(indices[found.row]))
        for index in np.flatnonzero(~fits).tolist():
            windows = self._windows(rows[index], owners[index], pools)
            if decoder:
                for found in decoder.decode_windows(windows, len(rows[index])):
                    yield found._replace(row=index)
            deque(windows, maxlen=0)  # what the decoder left: without one, all of them

    def _units(self, rows: list[Rows]) -> npt.NDArray[np.int64]:
        """Units of each sentence, none of which is empty. [N]"""
        if not rows:
            return np.zeros(0, dtype=np.int64)
        starts = np.cumsum([0, *(len(row) for row in rows[:-1])])  # [N]
        sizes = self.features.sizes(np.concatenate(rows))
        units: npt.NDArray[np.int64] = np.add.reduceat(sizes, starts) + self.features.overhead
        return units

    def _windows(self, rows: Rows, owner: int, pools: Pools | None) -> Iterator[tuple[Window, Floats]]:
        """Run one sentence that the model cannot see at once; yields windows with their emissions."""
        limit = self.window - self.features.overhead
        windows = split_windows(self.features.sizes(rows), limit, min(OVERLAP, limit // 4))
        at_once = max(1, _BATCH_TOKENS // self.window)
        for first in range(0, len(windows), at_once):
            group = windows[first : first + at_once]
            batch = self.features.batch([rows[window.start : window.end] for window in group])
            outputs = self.backend.outputs(batch)
            for row, window in enumerate(group):
                if pools:
                    kept = slice(window.keep_start - window.start, window.keep_end - window.start)
                    _vote(pools, owner, outputs, row, kept)
                if EMISSIONS in outputs:
                    yield window, outputs[EMISSIONS][row]


def _vote(pools: Pools, document: int, outputs: Outputs, row: int, words: slice) -> None:
    pools.add(document, outputs[ATTENTION][row, words], outputs[VALUES][row, words])


def _as_document(item: str | Document, index: int) -> Document:
    """Tokenise what is not tokenised yet."""
    return tokenize_document(Document(str(index), item) if isinstance(item, str) else item)
