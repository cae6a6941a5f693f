"""Whole documents by two models: what an export's proof asks of them, in bounded processor time."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

import numpy as np

from onoma.metrics.exact import entity_scores, match_exact
from onoma.metrics.spans import spans_from_documents
from onoma.runtime.tagger import Tagger
from onoma.text import Document

_CHUNK_TOKENS = 5_000


def labels_agreeing(
    origin: Tagger, exported: Tagger, documents: Sequence[Document], seconds: float
) -> tuple[float, float] | None:
    """Return how far both models give documents the same labels; None where they give none.

    Returns:
        The share of documents with the very same labels, and the share of labels that both give, of all that
        either does: what the agreement of tags is for entities.
    """
    if origin.documents is None or not documents:
        return None
    chunks = _tagged_by_both(origin, exported, documents, seconds)
    pairs = [
        (set(left.labels or ()), set(right.labels or ()))
        for _, theirs, ours in chunks
        for left, right in zip(theirs, ours, strict=True)
    ]
    given = sum(len(left | right) for left, right in pairs)
    by_both = sum(len(left & right) for left, right in pairs)
    return float(np.mean([left == right for left, right in pairs])), by_both / given if given else 1.0


def dev_f1(
    origin: Tagger, exported: Tagger, dev: Sequence[Document], seconds: float
) -> tuple[tuple[float, float] | None, int]:
    """Return entity F1 of both models, if they find entities, and the number of documents that it is of."""
    if not dev or origin.decoder is None:
        return None, 0
    gold: list[Document] = []
    found: tuple[list[Document], list[Document]] = [], []
    for chunk, theirs, ours in _tagged_by_both(origin, exported, dev, seconds):
        gold += chunk
        found[0].extend(theirs)
        found[1].extend(ours)
    spans = spans_from_documents(gold)
    theirs_f1, ours_f1 = (
        entity_scores(match_exact(spans, spans_from_documents(one))).micro.f1 for one in found
    )
    return (theirs_f1, ours_f1), len(gold)


def _tagged_by_both(
    origin: Tagger, exported: Tagger, documents: Sequence[Document], seconds: float
) -> Iterator[tuple[list[Document], list[Document], list[Document]]]:
    """Yield chunks of documents in random order, each as both models tag it, until the time is up."""
    started = time.process_time()
    chunk: list[Document] = []
    num_tokens = 0
    for place, document in enumerate(random.Random(0).sample(documents, len(documents))):
        chunk.append(document)
        num_tokens += len(document.tokens)
        if num_tokens >= _CHUNK_TOKENS or place == len(documents) - 1:
            yield chunk, origin.tag(chunk), exported.tag(chunk)
            if time.process_time() - started > seconds:
                return
            chunk, num_tokens = [], 0
