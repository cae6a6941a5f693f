"""Which sentences go together: buckets of similar length, so that little is computed on padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


def bucket_by_length(lengths: Indices, *, max_sentences: int, max_tokens: int) -> Iterator[Indices]:
    """Yield index arrays that cover all sentences, longest first, each within both limits.

    A batch's padded size (sentences times longest) stays within ``max_tokens`` unless a single sentence is
    longer than that by itself.
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = max(1, int(lengths[order[start]]))
        size = max(1, min(max_sentences, max_tokens // longest))
        yield order[start : start + size]
        start += size


def shuffled_buckets(lengths: Indices, *, batch_size: int, seed: int, epoch: int) -> list[Indices]:
    """Return one epoch's batches: random, yet of similar length within each batch.

    Sentences are shuffled, sorted by length within pools of 64 batches, cut into batches, and the batches
    shuffled. A pure function of its arguments: what makes training resumable at any batch.
    """
    rng = np.random.default_rng((seed, epoch))
    order = rng.permutation(len(lengths))
    pool_size = 64 * batch_size
    batches: list[Indices] = []
    for start in range(0, len(order), pool_size):
        pool = order[start : start + pool_size]
        pool = pool[np.argsort(-lengths[pool], kind="stable")]
        batches.extend(pool[first : first + batch_size] for first in range(0, len(pool), batch_size))
    return [batches[index] for index in rng.permutation(len(batches))]
