"""From scores of all spans to entities that may lie in one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onoma.decode.protocol import NOTHING, Found, SpanQuery
from onoma.decode.resolving import TakenSpans, crosses, overlaps
from onoma.decode.transitions import Floats
from onoma.features.windows import Window


class ScoredSpans(NamedTuple):
    """N spans in columns, sentence by sentence, most probable first.

    Args:
        sentences: [N] row of the batch.
        starts: [N] first token.
        ends: [N] token after the last.
        labels: [N] class, 1 or more.
        scores: [N] probability of just this label for just these tokens; decides which are taken first.
        tempered: [N] the same at the decoder's temperature.
    """

    sentences: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    labels: NDArray[np.int64]
    scores: NDArray[np.float64]
    tempered: NDArray[np.float64]

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> ScoredSpans:
        """Return the spans of ``rows``, in that order."""
        return ScoredSpans(
            self.sentences[rows],
            self.starts[rows],
            self.ends[rows],
            self.labels[rows],
            self.scores[rows],
            self.tempered[rows],
        )


def decode_spans(
    emissions: Floats, lengths: NDArray[np.integer], *, nested: bool = True, temperature: float = 1.0
) -> ScoredSpans:
    """Return the entities: spans whose best class is a label, as far as they go together.

    The most probable span is taken first. A later one is left out when it crosses one that was taken (Yu et
    al. 2020, "Named entity recognition as dependency parsing"), or without ``nested`` when it shares a token
    with one.

    Args:
        emissions: [B, T, W, C] class scores of the span of w + 1 tokens from each token; class 0 is "none".
        lengths: [B]; what starts or ends beyond the length is never read.
        nested: whether an entity may lie within another.
        temperature: of the probabilities that are not decided by.
    """
    return _choose(_candidates(emissions, lengths, temperature), nested=nested)


class SpanDecoder:
    """Chooses spans by their scores.

    Args:
        labels: in the order of the classes 1, 2, ...
        nested: whether an entity may lie within another.
        temperature: what class scores are divided by before they become the probabilities that come out.
    """

    def __init__(self, labels: Sequence[str], *, nested: bool = True, temperature: float = 1.0) -> None:
        self._names = tuple(labels)
        self._temperature = temperature
        self.nested = nested

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity labels, sorted."""
        return tuple(sorted(self._names))

    def with_temperature(self, temperature: float) -> SpanDecoder:
        """Return the same decoder with its probabilities at another temperature; the spans stay the same."""
        return SpanDecoder(self._names, nested=self.nested, temperature=temperature)

    def decode(self, emissions: Floats, lengths: NDArray[np.integer]) -> Iterator[Found]:
        """Yield the entities of a batch of ``emissions`` [B, T, W, C]."""
        temperature = self._temperature
        return self._found(decode_spans(emissions, lengths, nested=self.nested, temperature=temperature))

    def decode_windows(self, windows: Iterable[tuple[Window, Floats]], num_tokens: int) -> Iterator[Found]:
        """Yield the entities of a sentence: each span is scored by the window that keeps its first token."""
        parts = []
        for window, scores in windows:
            found = _candidates(scores[None], np.array([window.end - window.start]), self._temperature)
            starts = found.starts + window.start
            kept = (starts >= window.keep_start) & (starts < window.keep_end)
            parts.append(found._replace(starts=starts, ends=found.ends + window.start).take(kept))
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        found = ScoredSpans(*columns)
        order = np.lexsort((found.ends, found.starts, -found.scores))  # [N]
        return self._found(_choose(found.take(order), nested=self.nested))

    def candidates(self, emissions: Floats, lengths: NDArray[np.integer], floor: float) -> Iterator[Found]:
        """Yield every span and label whose probability is at least ``floor``."""
        ends = np.arange(emissions.shape[1])[:, None] + np.arange(1, emissions.shape[2] + 1)  # [T, W]
        inside = ends <= np.asarray(lengths)[:, None, None]  # [B, T, W]
        # No label is more probable than its odds against "none"; nearly no span needs a softmax.
        lead = emissions[..., 1:].max(axis=-1, initial=-np.inf) - emissions[..., 0]  # [B, T, W]
        sentences, starts, extents = (
            inside & (lead >= self._temperature * (np.log(floor) - 1e-3))
        ).nonzero()  # [N]
        rows = emissions[sentences, starts, extents].astype(np.float64) / self._temperature  # [N, C]
        shares = np.exp(rows - rows.max(axis=1, keepdims=True, initial=-np.inf))  # [N, C]
        shares /= shares.sum(axis=1, keepdims=True)
        spans, labels = (shares[:, 1:] >= floor).nonzero()  # [M]
        columns = (sentences[spans], starts[spans], (starts + extents)[spans] + 1, labels)
        scores = shares[spans, labels + 1].tolist()
        for row, start, end, label, score in zip(*(one.tolist() for one in columns), scores, strict=True):
            yield Found(row, start, end, self._names[label], score)

    def window_candidates(
        self, windows: Iterable[tuple[Window, Floats]], num_tokens: int, floor: float
    ) -> Iterator[Found]:
        """Yield the same of one sentence: the window that keeps a span's first token scores it."""
        for window, scores in windows:
            for one in self.candidates(scores[None], np.array([window.end - window.start]), floor):
                moved = one._replace(start=one.start + window.start, end=one.end + window.start)
                if window.keep_start <= moved.start < window.keep_end:
                    yield moved

    def probabilities(
        self, emissions: Floats, lengths: NDArray[np.integer], queries: Sequence[SpanQuery]
    ) -> NDArray[np.float64]:
        """Return the softmax of each span's class; 0 for a span longer than the model looks at. [S]"""
        classes = {NOTHING: 0} | {label: index for index, label in enumerate(self._names, 1)}
        width = emissions.shape[2]
        found = np.zeros(len(queries))
        for index, (row, start, end, label) in enumerate(queries):
            if not 0 <= start < end <= lengths[row]:
                raise ValueError(f"span {queries[index]} does not lie in its sentence")
            if end - start > width:
                found[index] = float(label == NOTHING)
            elif label in classes:
                scores = emissions[row, start, end - start - 1].astype(np.float64) / self._temperature  # [C]
                shares = np.exp(scores - scores.max())  # [C]
                found[index] = shares[classes[label]] / shares.sum()
        return found

    def window_probabilities(
        self, windows: Iterable[tuple[Window, Floats]], num_tokens: int, queries: Sequence[SpanQuery]
    ) -> NDArray[np.float64]:
        """Return the same of one sentence: the window that keeps a span's first token scores it. [S]"""
        # A span that leaves its window was never looked at.
        found = np.array([float(query[3] == NOTHING) for query in queries])  # [S]
        for window, scores in windows:
            own = [
                index
                for index, (_, start, end, _) in enumerate(queries)
                if window.keep_start <= start < window.keep_end and end <= window.end
            ]
            moved = [
                (0, start - window.start, end - window.start, label)
                for _, start, end, label in (queries[index] for index in own)
            ]
            found[own] = self.probabilities(scores[None], np.array([window.end - window.start]), moved)
        return found

    def _found(self, spans: ScoredSpans) -> Iterator[Found]:
        columns = (spans.sentences, spans.starts, spans.ends, spans.labels, spans.tempered)
        for row, start, end, label, score in zip(*(column.tolist() for column in columns), strict=True):
            yield Found(row, start, end, self._names[label - 1], score)


def _choose(found: ScoredSpans, *, nested: bool) -> ScoredSpans:
    """Of candidates in the order in which they are to be taken, those that go together."""
    keep = np.zeros(len(found.starts), dtype=bool)  # [N]
    clash = crosses if nested else overlaps
    taken = TakenSpans()
    queries = zip(found.sentences.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True)
    for index, (row, start, end) in enumerate(queries):
        if not taken.clash(row, start, end, clash):
            keep[index] = True
            taken.add(row, start, end)
    return found.take(keep)


def _candidates(emissions: Floats, lengths: NDArray[np.integer], temperature: float) -> ScoredSpans:
    """All spans inside their sentence whose best class is not "none", by sentence, then by probability."""
    _, num_starts, width, _ = emissions.shape
    ends = np.arange(num_starts)[:, None] + np.arange(1, width + 1)  # [T, W]
    inside = ends <= np.asarray(lengths)[:, None, None]  # [B, T, W]
    # A label has to beat "none" before it is worth a softmax: nearly no span does.
    scored = inside & (emissions[..., 1:].max(axis=-1, initial=-np.inf) > emissions[..., 0])  # [B, T, W]
    sentences, starts, extents = scored.nonzero()  # [N]
    rows = emissions[sentences, starts, extents].astype(np.float64)  # [N, C]
    rows -= rows.max(axis=1, keepdims=True, initial=-np.inf)
    labels = rows[:, 1:].argmax(axis=1) + 1 if rows.shape[1] > 1 else np.zeros(0, dtype=np.int64)  # [N]
    tempered = scores = _shares(rows, labels)  # [N]
    if temperature != 1:
        tempered = _shares(rows / temperature, labels)
    order = np.lexsort((extents, starts, -scores, sentences))  # [N]
    return ScoredSpans(sentences, starts, starts + extents + 1, labels, scores, tempered).take(order)


def _shares(rows: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the softmax of each row [N, C], whose maximum is 0, at its label. [N]"""
    shares = np.exp(rows)  # [N, C]
    found: NDArray[np.float64] = shares[np.arange(len(rows)), labels] / shares.sum(axis=1)
    return found
