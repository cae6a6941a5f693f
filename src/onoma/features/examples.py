"""Documents to training examples: token rows and tag ids, with every gold entity accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from onoma.features.words import Rows, WordFeatures
from onoma.tags import Scheme, spans_to_tags
from onoma.tags.flatten import flatten_spans
from onoma.text import Document, Ledger
from onoma.tokenize import AlignedSpan, align_spans, sentence_spans

TagIds = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Examples:
    """Sentences ready for training.

    Args:
        rows: each sentence's rows in the feature cache, [T] each.
        tag_ids: each sentence's gold tags, [T] each.
        lengths: tokens of each sentence. [N]
        ledger: what became of the gold entities on the way to tags.
    """

    rows: list[Rows]
    tag_ids: list[TagIds]
    lengths: npt.NDArray[np.int64]
    ledger: Ledger

    @property
    def num_tokens(self) -> int:
        """Tokens over all sentences."""
        return int(self.lengths.sum())

    def tag_batch(self, indices: npt.NDArray[np.int64]) -> TagIds:
        """Gold tags of some sentences, padded with 0. [B, T]"""
        lengths = self.lengths[indices]
        padded = np.zeros((len(indices), int(lengths.max(initial=0))), dtype=np.int64)
        for row, index in enumerate(indices):
            padded[row, : lengths[row]] = self.tag_ids[index]
        return padded


def prepare_examples(
    documents: Sequence[Document],
    features: WordFeatures,
    tags: Sequence[str],
    scheme: Scheme,
    *,
    on_misaligned: Literal["error", "expand", "shrink", "drop"] = "expand",
    on_nested: str = "outermost",
) -> Examples:
    """Turn tokenised documents into examples.

    An entity whose label is not among ``tags`` (it occurs in dev or test only) is counted as unreachable.
    """
    tag_id = {tag: index for index, tag in enumerate(tags)}
    known = {tag.partition("-")[2] for tag in tags}
    rows: list[Rows] = []
    tag_ids: list[TagIds] = []
    ledger = Ledger()
    for document in documents:
        alignment = align_spans(document.tokens, document.entities, on_misaligned)
        grouped = sentence_spans(document, alignment)
        taught: list[AlignedSpan] = []
        flattened = unknown = 0
        for (first, end), spans in zip(document.sentences, grouped.sentences, strict=True):
            if end == first:
                continue
            learnable = [span for span in spans if span.label in known]
            token_spans = [span[:3] for span in learnable]
            kept = flatten_spans(token_spans, on_nested)
            sequence = spans_to_tags([token_spans[index] for index in kept], end - first, scheme)
            rows.append(features.rows([token.text for token in document.tokens[first:end]]))
            tag_ids.append(np.array([tag_id[tag] for tag in sequence], dtype=np.int64))
            taught += [learnable[index] for index in kept]
            flattened += len(learnable) - len(kept)
            unknown += len(spans) - len(learnable)
        fates = Counter(span.fate for span in taught)
        unreachable = dict(grouped.unreachable) | ({"label not in train": unknown} if unknown else {})
        ledger += Ledger(
            read=len(document.entities),
            kept=fates.pop("kept", 0),
            adjusted=fates,
            dropped=alignment.dropped,
            flattened={"nested": flattened} if flattened else {},
            unreachable=unreachable,
        )
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    return Examples(rows, tag_ids, lengths, ledger)
