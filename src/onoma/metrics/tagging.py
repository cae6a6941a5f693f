"""Writing character spans as tags on given tokens, for many documents at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from onoma.metrics.spans import BoolArray, IntArray, SpanTable
from onoma.tags import Scheme
from onoma.tags.flatten import flatten_spans
from onoma.text import Document


@dataclass(frozen=True, slots=True, eq=False)
class TokenTable:
    """The tokens of all documents in a row.

    Args:
        document_ids: [N] rising.
        starts: [N] characters in the document.
        ends: [N]
        sentence_offsets: [S+1] where each sentence starts among the N tokens, then N; a document whose
            sentences are not marked is one sentence.
    """

    document_ids: IntArray
    starts: IntArray
    ends: IntArray
    sentence_offsets: IntArray


def tokens_of_documents(documents: Sequence[Document]) -> TokenTable:
    """Return the tokens of the documents."""
    tokens = [token for document in documents for token in document.tokens]
    lengths: list[int] = []
    for document in documents:
        sentences = document.sentences or ((0, len(document.tokens)),)
        lengths.extend(end - first for first, end in sentences)
    return TokenTable(
        np.repeat(
            np.arange(len(documents)), np.array([len(document.tokens) for document in documents], np.int64)
        ),
        np.array([token.start for token in tokens], dtype=np.int64),
        np.array([token.end for token in tokens], dtype=np.int64),
        np.cumsum([0, *lengths], dtype=np.int64),
    )


def tag_ids_of_spans(spans: SpanTable, tokens: TokenTable, scheme: Scheme) -> IntArray:
    """Write the outermost mentions as one tag a token, ``[N]`` indices into ``scheme.tags(spans.labels)``.

    A mention covers every token that it overlaps, in part too. Of mentions that then share tokens the
    outermost are written, as `onoma.tags.flatten.flatten_spans` chooses them. A mention that runs over a
    sentence's end goes on as one.
    """
    first, end, label_ids = _flat_token_spans(spans.in_text_order(), tokens)  # [n]
    prefixes = {prefix: index for index, prefix in enumerate(scheme.prefixes)}
    base = 1 + label_ids * len(prefixes)  # [n] tag id of the label's first prefix; O is 0
    tag_ids = np.zeros(len(tokens.starts), dtype=np.int64)  # [N]
    lengths = end - first
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    tag_ids[np.repeat(first, lengths) + within] = np.repeat(base + prefixes[scheme.inside], lengths)
    tag_ids[end - 1] = base + prefixes[scheme.end]
    tag_ids[first] = base + prefixes[scheme.begin]
    single = lengths == 1
    tag_ids[first[single]] = base[single] + prefixes[scheme.single]
    if scheme.name == "IOB1":
        # There B only parts touching mentions.
        apart = ~_touches_its_like(first, end, label_ids, tokens)
        tag_ids[first[apart]] = base[apart] + prefixes[scheme.inside]
    return tag_ids


def _flat_token_spans(spans: SpanTable, tokens: TokenTable) -> tuple[IntArray, IntArray, IntArray]:
    """Return first token, end token and label id of the outermost spans, [n] each, in text order."""
    width = max(int(spans.ends.max(initial=0)), int(tokens.ends.max(initial=0))) + 1
    token_base, span_base = tokens.document_ids * width, spans.document_ids * width
    first = np.searchsorted(token_base + tokens.ends, span_base + spans.starts, side="right")  # [n]
    end = np.searchsorted(token_base + tokens.starts, span_base + spans.ends, side="left")  # [n]
    covers = first < end  # not so between tokens, and where there are none
    first, end, label_ids = first[covers], end[covers], spans.label_ids[covers]
    kept = _outermost(first, end, [spans.labels[label_id] for label_id in label_ids.tolist()])
    return first[kept], end[kept], label_ids[kept]


def _outermost(first: IntArray, end: IntArray, labels: Sequence[str]) -> IntArray:
    """Return the rows to keep. Only where spans overlap is there anything to choose."""
    apart = np.ones(len(first), dtype=np.bool_)  # [n] clear of all before it
    apart[1:] = first[1:] >= np.maximum.accumulate(end)[:-1]
    bounds = [*np.flatnonzero(apart).tolist(), len(first)]
    kept: list[int] = []
    for low, high in pairwise(bounds):
        if high - low == 1:
            kept.append(low)
        else:
            group = zip(first[low:high].tolist(), end[low:high].tolist(), labels[low:high], strict=True)
            kept.extend(low + row for row in flatten_spans(list(group), "outermost"))
    return np.array(kept, dtype=np.int64)


def _touches_its_like(first: IntArray, end: IntArray, label_ids: IntArray, tokens: TokenTable) -> BoolArray:
    """Return [n] whether a span follows another of its label with no token between, in one sentence."""
    touches = np.zeros(len(first), dtype=np.bool_)
    touches[1:] = (first[1:] == end[:-1]) & (label_ids[1:] == label_ids[:-1])
    begins_sentence = np.zeros(len(tokens.starts) + 1, dtype=np.bool_)
    begins_sentence[tokens.sentence_offsets] = True
    return touches & ~begins_sentence[first]
