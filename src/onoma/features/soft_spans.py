"""Probabilities of spans as a student that scores spans learns them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


class SpanAnswers(NamedTuple):
    """What teachers say of the spans of a batch, sorted by all but the last column; the rest is no entity.

    Args:
        sentences: row of each span's sentence. [M]
        starts: its first token there. [M]
        less: its tokens but one. [M]
        labels: number of its label. [M]
        values: how probable it is to be just this. [M]
    """

    sentences: Ids
    starts: Ids
    less: Ids
    labels: Ids
    values: Floats


class ExpectedSpans(NamedTuple):
    """What is expected of the spans of a batch beyond that they are no entity, which all others are for sure.

    Args:
        sentences: row of each span's sentence. [N]
        starts: its first token there. [N]
        less: its tokens but one. [N]
        classes: of the student; each at most once of a span. [N]
        values: how much more probable it is than for a span that nobody names: of class 0, "none", what the
            others have taken from 1. [N]
    """

    sentences: Ids
    starts: Ids
    less: Ids
    classes: Ids
    values: Floats


@dataclass(frozen=True, slots=True)
class SoftSpanLabelling:
    """How probabilities of spans are learned by a head that scores spans.

    Args:
        classes: of the student by the number of the teachers' label; 0 for a label that it does not have. [L]
        max_width: tokens of the widest span that it sees.
    """

    classes: Ids
    max_width: int

    def __call__(self, spans: SpanAnswers, lengths: Ids, temperature: float) -> ExpectedSpans:
        """Return what spans mean at a temperature; those that the student sees, and has a label for."""
        places, numbers = np.array(spans[:3]), span_numbers(*spans[:3])
        first = np.flatnonzero(np.diff(numbers, prepend=-1))  # [G], of each span
        labelled = softened_spans(spans.values, numbers, temperature)
        nothing = -np.bincount(numbers, labelled, minlength=len(first))
        sentences, starts, less = np.concatenate([places[:, first], places], axis=1)  # [G + M] each
        classes = np.concatenate([np.zeros(len(first), np.int64), self.classes[spans.labels]])
        values = np.concatenate([nothing, labelled]).astype(np.float32)
        return ExpectedSpans(sentences, starts, less, classes, values)


def span_numbers(*columns: npt.NDArray[np.integer]) -> Ids:
    """Return, of sorted rows of which each names a span, the number of each one's span, from 0. [M]"""
    new = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.cumsum(new)


def left_over(values: npt.NDArray[np.floating], numbers: Ids) -> Doubles:
    """Return how probable it is of each span that it is no entity. [G]

    Args:
        values: probabilities of labels. [M]
        numbers: of each one's span, rising from 0. [M]
    """
    return (1 - np.bincount(numbers, values.astype(np.float64))).clip(0, 1)


def softened_spans(values: Floats, numbers: Ids, temperature: float) -> Doubles:
    """Return probabilities at a temperature: ``p ** (1 / temperature)``, with sum 1 again in each span. [M]

    Args:
        values: probabilities of labels; what they leave of 1 in a span is that of no entity. [M]
        numbers: of each one's span, rising from 0. [M]
        temperature: see `onoma.features.soft_targets.softened`.
    """
    powers = values.astype(np.float64) ** (1 / temperature)
    sums = np.bincount(numbers, powers) + left_over(values, numbers) ** (1 / temperature)
    return powers / sums[numbers]
