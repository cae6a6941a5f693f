"""Documents to training examples: token rows and tag ids, with every gold entity accounted for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from onoma.features.protocol import Features
from onoma.features.words import Rows
from onoma.tags import Scheme, spans_to_tags
from onoma.tags.flatten import flatten_spans
from onoma.text import Document, Ledger
from onoma.tokenize import AlignedSpan, Alignment, align_spans, sentence_spans

TagIds = npt.NDArray[np.int64]
Ids = npt.NDArray[np.int64]

CUT = "cut by a window"
"""The fate of an entity that is longer than the model can see: its parts are taught apart."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Sentences, or parts of very long ones, ready for training.

    Args:
        rows: each example's rows in the feature cache, [T] each.
        tag_ids: each example's gold tags, [T] each.
        lengths: tokens of each example. [N]
        sizes: units of each that the encoder reads, words or pieces. [N]
        ledger: what became of the gold entities on the way to tags.
    """

    rows: list[Rows]
    tag_ids: list[TagIds]
    lengths: Ids
    sizes: Ids
    ledger: Ledger

    @property
    def num_tokens(self) -> int:
        """Tokens over all examples."""
        return int(self.lengths.sum())

    def tag_batch(self, indices: Ids) -> TagIds:
        """Gold tags of some examples, padded with 0. [B, T]"""
        lengths = self.lengths[indices]
        padded = np.zeros((len(indices), int(lengths.max(initial=0))), dtype=np.int64)
        for row, index in enumerate(indices):
            padded[row, : lengths[row]] = self.tag_ids[index]
        return padded


def prepare_examples(
    documents: Sequence[Document],
    features: Features,
    tags: Sequence[str],
    scheme: Scheme,
    *,
    on_misaligned: Literal["error", "expand", "shrink", "drop"] = "expand",
    on_nested: str = "outermost",
    window: int = 0,
) -> Examples:
    """Turn tokenised documents into examples.

    An entity whose label is not among ``tags`` (it occurs in dev or test only) is counted as unreachable. A
    sentence of more than ``window`` units is cut into several examples, between entities where it can be; of
    an entity that is longer by itself the parts are taught, and it counts as adjusted. 0 cuts nothing.

    Raises:
        ValueError: the window has no room for anything.
    """
    if window and window <= features.overhead:
        raise ValueError(f"a window of {window} units has no room for a word")
    maker = _Maker(features, tags, scheme, on_nested, window)
    for document in documents:
        maker.add(document, align_spans(document.tokens, document.entities, on_misaligned))
    lengths = np.array([len(row) for row in maker.rows], dtype=np.int64)
    sizes = np.array(maker.sizes, dtype=np.int64)
    return Examples(maker.rows, maker.tag_ids, lengths, sizes, maker.ledger)


def cut_sentence(sizes: Ids, spans: Sequence[tuple[int, int]], limit: int) -> list[tuple[int, int]]:
    """Cut a sentence into token ranges of at most ``limit`` units, each as long as it can be.

    No cut is inside a span, but in one that is larger than the limit; a token that is larger has a range of
    its own.

    Args:
        sizes: units of each token. [T]
        spans: (first token, end token) that should stay whole, not overlapping.
        limit: at least 1.
    """
    before = np.concatenate([[0], np.cumsum(sizes)])  # [T+1]
    places = np.arange(len(before))  # [T+1]
    for start, end in spans:
        places[start + 1 : end] = 0
    places = np.maximum.accumulate(places)  # [T+1], the last place up to here where a cut may be
    edges = [0]
    while edges[-1] < len(sizes):
        start = edges[-1]
        furthest = int(np.searchsorted(before, before[start] + limit, side="right")) - 1
        between = int(places[furthest])
        edges.append(between if between > start else max(furthest, start + 1))
    return list(pairwise(edges))


class _Maker:
    """Collects examples document by document."""

    def __init__(
        self, features: Features, tags: Sequence[str], scheme: Scheme, on_nested: str, window: int
    ) -> None:
        self._features = features
        self._tag_id = {tag: index for index, tag in enumerate(tags)}
        self._known = {tag.partition("-")[2] for tag in tags}
        self._scheme = scheme
        self._on_nested = on_nested
        self._limit = window - features.overhead if window else 0
        self.rows: list[Rows] = []
        self.tag_ids: list[TagIds] = []
        self.sizes: list[int] = []
        self.ledger = Ledger()

    def add(self, document: Document, alignment: Alignment) -> None:
        """Make the examples of a document, and account for its entities."""
        grouped = sentence_spans(document, alignment)
        fates: Counter[str] = Counter()
        flattened = unknown = 0
        for (first, end), spans in zip(document.sentences, grouped.sentences, strict=True):
            if end == first:
                continue
            learnable = [span for span in spans if span.label in self._known]
            kept = flatten_spans([span[:3] for span in learnable], self._on_nested)
            taught = [learnable[index] for index in kept]
            fates.update(self._add_sentence([token.text for token in document.tokens[first:end]], taught))
            flattened += len(learnable) - len(kept)
            unknown += len(spans) - len(learnable)
        unreachable = dict(grouped.unreachable) | ({"label not in train": unknown} if unknown else {})
        self.ledger += Ledger(
            read=len(document.entities),
            kept=fates.pop("kept", 0),
            adjusted=fates,
            dropped=alignment.dropped,
            flattened={"nested": flattened} if flattened else {},
            unreachable=unreachable,
        )

    def _add_sentence(self, words: list[str], taught: list[AlignedSpan]) -> list[str]:
        """Return the fate of each span."""
        rows = self._features.rows(words)
        sizes = self._features.sizes(rows)  # [T]
        parts = [(0, len(rows))]
        if self._limit and int(sizes.sum()) > self._limit:
            parts = cut_sentence(sizes, [span[:2] for span in taught], self._limit)
        taught = sorted(taught)
        firsts, ends = [span.first for span in taught], [span.end for span in taught]
        for start, end in parts:
            inside = [
                (max(span.first, start) - start, min(span.end, end) - start, span.label)
                for span in taught[bisect_right(ends, start) : bisect_left(firsts, end)]
            ]
            sequence = spans_to_tags(inside, end - start, self._scheme)
            self.rows.append(rows[start:end])
            self.tag_ids.append(np.array([self._tag_id[tag] for tag in sequence], dtype=np.int64))
            self.sizes.append(int(sizes[start:end].sum()) + self._features.overhead)
        cuts = [start for start, _ in parts]
        return [
            span.fate if bisect_right(cuts, span.first) == bisect_left(cuts, span.end) else CUT
            for span in taught
        ]
