"""What a run tells about its pretrained word vectors."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from onoma.features.protocol import Features
from onoma.text import Corpus

_LOG = logging.getLogger(__name__)


def describe_vectors(features: Features, splits: Mapping[str, Corpus]) -> dict[str, Any] | None:
    """Say, and return for ``metrics.json``, how much of each split the vectors cover; None without vectors.

    Args:
        features: hold the vectors.
        splits: tokenised documents by split.
    """
    vectors = features.vectors
    if vectors is None:
        return None
    more = " and subwords" if vectors.subwords else ""
    _LOG.info(f"word vectors: {len(vectors):,} words{more}, {vectors.dim} numbers each")
    coverage = {}
    for name, corpus in splits.items():
        words = Counter(word for document in corpus.documents for word in document.words)
        covered = vectors.coverage(words)
        coverage[name] = covered.as_dict()
        _LOG.info(f"  {name}: {covered}")
    return {
        "words": len(vectors),
        "dim": vectors.dim,
        "subwords": vectors.subwords is not None,
        "coverage": coverage,
    }
