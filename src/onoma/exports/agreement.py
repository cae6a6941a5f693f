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
) -> float | None:
    """Return the share of documents with the same labels by both models; None where they give none."""
    if origin.documents is None:
        return None
    chunks = _tagged_by_both(origin, exported, documents, seconds)
    pairs = [pair for _, theirs, ours in chunks for pair in zip(theirs, ours, strict=True)]
    return float(np.mean([left.labels == right.labels for left, right in pairs]))


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
