"""The one prediction path: dev evaluation, the command line, services and tools all tag through `Tagger`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from onoma.decode.long import long_span_probabilities, long_viterbi
from onoma.decode.marginals import span_probabilities
from onoma.decode.transitions import Transitions
from onoma.decode.viterbi import viterbi
from onoma.features.batches import bucket_by_length
from onoma.features.protocol import Features
from onoma.features.windows import DEFAULT_WINDOW, OVERLAP, split_windows
from onoma.features.words import Batch, Rows
from onoma.metrics.spans import spans_from_tag_ids
from onoma.tags import Scheme
from onoma.text import Document, Span
from onoma.tokenize import tokenize_document

Floats = npt.NDArray[np.float32]

CHUNK_TOKENS = 65_536
"""Tokens gathered before a stream is tagged: enough to fill buckets, little enough to stay small."""

_BATCH_SENTENCES = 64
_BATCH_TOKENS = 4_096


class Backend(Protocol):
    """What computes emissions."""

    def emissions(self, batch: Batch) -> Floats:
        """Return tag scores [B, T, K] for a batch of features; padding may hold anything."""
        ...


class Tagger:
    """A model ready to tag.

    Args:
        backend: computes emissions.
        features: words to model inputs.
        tags: the K tags in the order of the emissions.
        scheme: the scheme of ``tags``.
        transitions: scores between tags, with the scheme's constraints.
        with_scores: compute each entity's probability.
        window: units (words or pieces) that the model sees at once; 0 is `DEFAULT_WINDOW`. A longer sentence
            goes through the model in overlapping windows and is decoded as a whole.

    Raises:
        ValueError: the window has no room for anything.
    """

    def __init__(
        self,
        backend: Backend,
        features: Features,
        tags: Sequence[str],
        scheme: Scheme,
        transitions: Transitions,
        *,
        with_scores: bool = True,
        window: int = 0,
    ) -> None:
        self.backend = backend
        self.features = features
        self.tags = tuple(tags)
        self.scheme = scheme
        self.transitions = transitions
        self.with_scores = with_scores
        self.window = window or DEFAULT_WINDOW
        if self.window <= features.overhead:
            raise ValueError(f"a window of {window} units has no room for a word")

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity labels the model can give."""
        return tuple(sorted({tag.partition("-")[2] for tag in self.tags} - {""}))

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
            New documents whose entities are the model's; gold entities of the input are not looked at.
        """
        documents = [_as_document(item, index) for index, item in enumerate(items)]
        owners: list[tuple[int, int]] = []  # document index, first token
        rows: list[Rows] = []
        for index, document in enumerate(documents):
            words = document.words
            for first, end in document.sentences:
                if end > first:
                    owners.append((index, first))
                    rows.append(self.features.rows(words[first:end]))
        entities: list[list[Span]] = [[] for _ in documents]
        for sentence, start, end, label, score in self._tag_rows(rows):
            index, base = owners[sentence]
            document = documents[index]
            first_char, end_char = document.tokens[base + start].start, document.tokens[base + end - 1].end
            entities[index].append(
                Span(first_char, end_char, label, document.text[first_char:end_char], score)
            )
        return [
            replace(document.with_entities(spans), labels=None)
            for document, spans in zip(documents, entities, strict=True)
        ]

    def _tag_rows(self, rows: list[Rows]) -> Iterator[tuple[int, int, int, str, float | None]]:
        """Yield (sentence, first token, end token, label, score) bucket by bucket, then the long ones."""
        units = self._units(rows)  # [N]
        fits = units <= self.window  # [N]
        short = np.flatnonzero(fits)
        for chosen in bucket_by_length(
            units[short], max_sentences=_BATCH_SENTENCES, max_tokens=_BATCH_TOKENS
        ):
            indices = short[chosen]
            batch = self.features.batch([rows[index] for index in indices])
            emissions = self.backend.emissions(batch)  # [B, T, K]
            yield from self._decode(emissions, indices, batch["lengths"])
        for index in np.flatnonzero(~fits).tolist():
            emissions = self._windowed_emissions(rows[index])  # [T, K]
            for start, end, label, score in self._decode_long(emissions):
                yield index, start, end, label, score

    def _units(self, rows: list[Rows]) -> npt.NDArray[np.int64]:
        """Units of each sentence, none of which is empty. [N]"""
        if not rows:
            return np.zeros(0, dtype=np.int64)
        starts = np.cumsum([0, *(len(row) for row in rows[:-1])])  # [N]
        sizes = self.features.sizes(np.concatenate(rows))
        units: npt.NDArray[np.int64] = np.add.reduceat(sizes, starts) + self.features.overhead
        return units

    def _windowed_emissions(self, rows: Rows) -> Floats:
        """Emissions of one sentence that the model cannot see at once. [T, K]"""
        limit = self.window - self.features.overhead
        windows = split_windows(self.features.sizes(rows), limit, min(OVERLAP, limit // 4))
        at_once = max(1, _BATCH_TOKENS // self.window)
        emissions = np.empty((len(rows), len(self.tags)), dtype=np.float32)
        for first in range(0, len(windows), at_once):
            group = windows[first : first + at_once]
            batch = self.features.batch([rows[window.start : window.end] for window in group])
            for window, scores in zip(group, self.backend.emissions(batch), strict=True):
                kept = slice(window.keep_start - window.start, window.keep_end - window.start)
                emissions[window.keep_start : window.keep_end] = scores[kept]
        return emissions

    def _decode_long(self, emissions: Floats) -> Iterator[tuple[int, int, str, float | None]]:
        path = long_viterbi(emissions, self.transitions)  # [T]
        table = spans_from_tag_ids(path, np.array([0, len(path)]), self.tags, self.scheme)
        labels = [table.labels[label] for label in table.label_ids.tolist()]
        spans = list(zip(table.starts.tolist(), table.ends.tolist(), labels, strict=True))
        scores: Sequence[float | None] = [None] * len(spans)
        if self.with_scores:
            scores = long_span_probabilities(
                emissions, self.transitions, self.tags, self.scheme, spans
            ).tolist()
        for span, score in zip(spans, scores, strict=True):
            yield *span, score

    def _decode(
        self, emissions: Floats, indices: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
    ) -> Iterator[tuple[int, int, int, str, float | None]]:
        paths, _ = viterbi(emissions, lengths, self.transitions)  # [B, T]
        mask = np.arange(paths.shape[1]) < lengths[:, None]  # [B, T]
        offsets = np.concatenate([[0], np.cumsum(lengths)])  # [B+1]
        table = spans_from_tag_ids(paths[mask], offsets, self.tags, self.scheme)
        labels = [table.labels[label] for label in table.label_ids.tolist()]
        places = list(
            zip(table.document_ids.tolist(), table.starts.tolist(), table.ends.tolist(), labels, strict=True)
        )
        scores: Sequence[float | None] = [None] * len(places)
        if self.with_scores:
            scores = span_probabilities(
                emissions, lengths, self.transitions, self.tags, self.scheme, places
            ).tolist()
        for (row, start, end, label), score in zip(places, scores, strict=True):
            yield int(indices[row]), start, end, label, score


def _as_document(item: str | Document, index: int) -> Document:
    """Tokenise what is not tokenised yet."""
    return tokenize_document(Document(str(index), item) if isinstance(item, str) else item)
