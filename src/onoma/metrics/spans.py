"""Spans in columns: the form in which mentions are counted, and how documents and tags become it.

One row a mention. Positions are characters or tokens, as the source has them; two tables are comparable
when both were made the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from onoma.tags import Scheme, split_tag
from onoma.tags.convert import TokenSpan
from onoma.text import Document

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SpanTable:
    """N mentions of D documents (or sentences) in columns.

    Args:
        document_ids: [N] in 0..D-1.
        starts: [N] first position, from 0 within the document.
        ends: [N] position after the last.
        label_ids: [N] indices into ``labels``.
        labels: distinct label names.
        num_documents: D; documents without mentions count too.
        scores: [N] probability of the mention, NaN where there is none; None when no mention has one.

    Raises:
        ValueError: columns of unequal length, or a value out of its range.
    """

    document_ids: IntArray
    starts: IntArray
    ends: IntArray
    label_ids: IntArray
    labels: tuple[str, ...]
    num_documents: int
    scores: FloatArray | None = None

    def __post_init__(self) -> None:
        columns = (self.document_ids, self.starts, self.ends, self.label_ids)
        if any(column.shape != (len(self),) for column in columns):
            raise ValueError(f"columns differ in length: {[column.shape for column in columns]}")
        if self.scores is not None and self.scores.shape != (len(self),):
            raise ValueError(f"{len(self)} spans, but scores of shape {self.scores.shape}")
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"labels occur twice in {self.labels}")
        _check_range("document_ids", self.document_ids, self.num_documents)
        _check_range("label_ids", self.label_ids, len(self.labels))
        if len(self) and (self.starts.min() < 0 or (self.ends < self.starts).any()):
            raise ValueError("a span starts before position 0 or ends before it starts")

    def __len__(self) -> int:
        return len(self.document_ids)

    def with_labels(self, labels: tuple[str, ...]) -> SpanTable:
        """Return the same spans with ``label_ids`` that point into ``labels``.

        Raises:
            ValueError: a label of this table is not among ``labels``.
        """
        if labels == self.labels:
            return self
        place = {label: index for index, label in enumerate(labels)}
        missing = [label for label in self.labels if label not in place]
        if missing:
            raise ValueError(f"labels {missing} are not among {labels}")
        new_ids = np.array([place[label] for label in self.labels], dtype=np.int64)  # [L]
        return replace(self, label_ids=new_ids[self.label_ids], labels=labels)

    def in_text_order(self) -> SpanTable:
        """Return the spans by document, then start, longer first, then label id."""
        order = np.lexsort((self.label_ids, -self.ends, self.starts, self.document_ids))  # [N]
        return self.take(order)

    def take(self, rows: IntArray | BoolArray) -> SpanTable:
        """Return the spans of ``rows`` ([M] indices, or [N] True to keep), in that order."""
        return replace(
            self,
            document_ids=self.document_ids[rows],
            starts=self.starts[rows],
            ends=self.ends[rows],
            label_ids=self.label_ids[rows],
            scores=None if self.scores is None else self.scores[rows],
        )


def _check_range(name: str, values: NDArray[np.integer], size: int) -> None:
    if len(values) and (values.min() < 0 or values.max() >= size):
        raise ValueError(f"{name} must lie in 0..{size - 1}, found {values.min()}..{values.max()}")


def align_labels(gold: SpanTable, predicted: SpanTable) -> tuple[SpanTable, SpanTable]:
    """Return both tables with the same ``labels``: all that either has, sorted.

    Raises:
        ValueError: the tables are of different numbers of documents.
    """
    if gold.num_documents != predicted.num_documents:
        raise ValueError(f"gold has {gold.num_documents} documents, predicted {predicted.num_documents}")
    labels = tuple(sorted({*gold.labels, *predicted.labels}))
    return gold.with_labels(labels), predicted.with_labels(labels)


def spans_from_documents(documents: Sequence[Document]) -> SpanTable:
    """Return every entity of the documents, in characters; a discontinuous one as its hull."""
    entities = [entity for document in documents for entity in document.entities]
    labels = tuple(sorted({entity.label for entity in entities}))
    place = {label: index for index, label in enumerate(labels)}
    scores = None
    if any(entity.score is not None for entity in entities):
        scores = np.array([np.nan if entity.score is None else entity.score for entity in entities])
    return SpanTable(
        document_ids=_owners([len(document.entities) for document in documents]),
        starts=np.array([entity.start for entity in entities], dtype=np.int64),
        ends=np.array([entity.end for entity in entities], dtype=np.int64),
        label_ids=np.array([place[entity.label] for entity in entities], dtype=np.int64),
        labels=labels,
        num_documents=len(documents),
        scores=scores,
    )


def spans_from_tokens(sentences: Iterable[Iterable[TokenSpan]]) -> SpanTable:
    """Return the (first token, end token, label) spans of each sentence; a sentence is a document."""
    rows = [list(spans) for spans in sentences]
    spans = list(chain.from_iterable(rows))
    labels = tuple(sorted({label for _, _, label in spans}))
    place = {label: index for index, label in enumerate(labels)}
    return SpanTable(
        document_ids=_owners([len(row) for row in rows]),
        starts=np.array([first for first, _, _ in spans], dtype=np.int64),
        ends=np.array([end for _, end, _ in spans], dtype=np.int64),
        label_ids=np.array([place[label] for _, _, label in spans], dtype=np.int64),
        labels=labels,
        num_documents=len(rows),
    )


def _owners(counts: Sequence[int]) -> IntArray:
    return np.repeat(np.arange(len(counts)), np.array(counts, dtype=np.int64))


def spans_from_tags(sentences: Sequence[Sequence[str]], scheme: Scheme) -> SpanTable:
    """Read the spans of tagged sentences, in tokens, exactly as `onoma.tags.tags_to_spans` reads them."""
    tag_ids, offsets, tags = encode_tags(sentences)
    return spans_from_tag_ids(tag_ids, offsets, tags, scheme)


class _TagIds(dict[str, int]):
    """Numbers tags in the order in which they are met."""

    def __missing__(self, tag: str) -> int:
        self[tag] = number = len(self)
        return number


def encode_tags(
    sentences: Sequence[Sequence[str]], tags: Sequence[str] = ()
) -> tuple[IntArray, IntArray, tuple[str, ...]]:
    """Number the tags of all sentences.

    Args:
        sentences: a tag a token.
        tags: tags that have their number already: their index.

    Returns:
        tag ids [N] of all tokens in a row, sentence offsets [S+1] (sentence ``s`` is
        ``tag_ids[offsets[s]:offsets[s + 1]]``), and the tags by id: those given first, then new ones as met.
    """
    numbers = _TagIds((tag, index) for index, tag in enumerate(tags))
    offsets = np.zeros(len(sentences) + 1, dtype=np.int64)  # [S+1]
    np.cumsum(np.fromiter(map(len, sentences), np.int64, len(sentences)), out=offsets[1:])
    found = map(numbers.__getitem__, chain.from_iterable(sentences))
    return np.fromiter(found, np.int64, int(offsets[-1])), offsets, tuple(numbers)


def spans_from_tag_ids(
    tag_ids: NDArray[np.integer], offsets: IntArray, tags: Sequence[str], scheme: Scheme
) -> SpanTable:
    """Read the spans of many sentences at once, exactly as `onoma.tags.tags_to_spans` reads them.

    Args:
        tag_ids: [N] the tags of all tokens in a row, as indices into ``tags``.
        offsets: [S+1] where each sentence starts; ``offsets[0] == 0``, ``offsets[S] == N``.
        tags: the tags by id, such as ``scheme.tags(labels)``.
        scheme: what the tags are written in; illegal sequences are read as conlleval reads them.

    Returns:
        The spans in tokens of their sentence, each sentence a document, in text order.

    Raises:
        ValueError: offsets or tag ids out of range.
    """
    if offsets[0] != 0 or offsets[-1] != len(tag_ids) or (np.diff(offsets) < 0).any():
        raise ValueError(f"offsets must rise from 0 to {len(tag_ids)}, the number of tokens")
    _check_range("tag_ids", tag_ids, len(tags))
    labels, label_of, opens, closes = read_tags(tuple(tags), scheme)  # each but labels: [K]
    places = np.flatnonzero((label_of >= 0)[tag_ids])  # [M] tokens inside entities
    inside = tag_ids[places]  # [M]
    label_ids = label_of[inside]  # [M]
    begins_sentence = np.zeros(len(tag_ids) + 1, dtype=np.bool_)  # [N+1]: an empty sentence may start at N
    begins_sentence[offsets] = True
    begins = begins_sentence[places] | opens[inside]  # [M]
    begins[:1] = True
    begins[1:] |= np.diff(places) != 1
    begins[1:] |= label_ids[1:] != label_ids[:-1]
    begins[1:] |= closes[inside[:-1]]
    first = np.flatnonzero(begins)  # [n] indices into places: every tag but O belongs to exactly one span
    last = np.append(first[1:], len(places))[: len(first)] - 1  # [n]
    sentence_ids = np.searchsorted(offsets, places[first], side="right") - 1  # [n]
    base = offsets[sentence_ids]  # [n]
    return SpanTable(
        document_ids=sentence_ids,
        starts=places[first] - base,
        ends=places[last] + 1 - base,
        label_ids=label_ids[first],
        labels=labels,
        num_documents=len(offsets) - 1,
    )


@lru_cache(maxsize=16)
def read_tags(
    tags: tuple[str, ...], scheme: Scheme
) -> tuple[tuple[str, ...], IntArray, BoolArray, BoolArray]:
    """Return the labels, and of each tag: its label id (-1: outside), whether it opens, whether it closes."""
    parts = [split_tag(tag) for tag in tags]
    labels = tuple(sorted({label for _, label in parts if label is not None}))
    place = {label: index for index, label in enumerate(labels)}
    label_of = np.array([-1 if label is None else place[label] for _, label in parts], dtype=np.int64)
    opening = (scheme.begin, scheme.single) if scheme.strict else ()
    closing = (scheme.end, scheme.single) if scheme.marks_end else ()
    opens = np.array([prefix in opening for prefix, _ in parts], dtype=np.bool_)
    closes = np.array([prefix in closing for prefix, _ in parts], dtype=np.bool_)
    return labels, label_of, opens, closes
