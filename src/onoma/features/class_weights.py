"""Weights of tags in the softmax loss: rare tags count more than their number."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Literal

import numpy as np
import numpy.typing as npt

ClassWeights = Literal["none", "inverse", "effective"]

EFFECTIVE_BETA = 0.999
"""Beta of the effective number: the volume of data is taken to be 1 / (1 - beta) = 1,000 samples a tag."""
_AT_ONCE = 10_000
"""Sentences that are counted together."""


def count_tags(tag_ids: Iterable[npt.NDArray[np.int64]], num_tags: int) -> npt.NDArray[np.int64]:
    """Return how often each tag occurs over all sentences. [K]"""
    counts = np.zeros(num_tags, dtype=np.int64)
    sentences = iter(tag_ids)
    while some := list(islice(sentences, _AT_ONCE)):  # all of them may be too many for memory
        counts += np.bincount(np.concatenate(some), minlength=num_tags)
    return counts


def class_weights(counts: npt.NDArray[np.int64], kind: ClassWeights) -> npt.NDArray[np.float32]:
    """Return a weight for each tag, 1 on average over the tokens. [K]

    ``inverse`` gives every tag the same total weight (1 / n); ``effective`` is gentler to the rarest
    ((1 - beta) / (1 - beta^n), Cui et al. 2019). A tag that never occurs gets the weight of one that occurs
    once; ``none`` is 1 throughout.

    Args:
        counts: occurrences of each tag in train. [K]
        kind: the rule.
    """
    seen = np.maximum(counts, 1).astype(np.float64)  # [K]
    if kind == "none" or not counts.sum():
        return np.ones(len(counts), dtype=np.float32)
    weights = 1 / seen if kind == "inverse" else (1 - EFFECTIVE_BETA) / (1 - EFFECTIVE_BETA**seen)
    weights *= counts.sum() / (weights * counts).sum()
    return weights.astype(np.float32)
