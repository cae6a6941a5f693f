"""Scores of moving from tag to tag: learned ones, and the hard rules of a tag scheme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onoma.tags import Scheme

Floats = NDArray[np.floating]

FORBIDDEN = -np.inf
"""The score of an illegal move.

Minus infinity, not a large negative number: no emission, however extreme, can pay for it, so that constrained
output is legal without exception, and ``exp`` of it is exactly 0. Every function of this package takes it.
Constraints follow from the tags, so they are rebuilt when a model is loaded and never stored as weights.
"""


class Transitions(NamedTuple):
    """Scores (logarithms of unnormalised weights) of a first tag, of tag after tag, and of a last tag.

    Args:
        start: ``[K]``, for the first tag of a sentence.
        matrix: ``[K, K]``, from (rows) and to (columns).
        end: ``[K]``, for the last tag of a sentence.
    """

    start: Floats
    matrix: Floats
    end: Floats


def zero_transitions(num_tags: int, dtype: type[np.floating] = np.float32) -> Transitions:
    """Return transitions that prefer nothing: tags are independent, as under a softmax head."""
    return Transitions(
        np.zeros(num_tags, dtype), np.zeros((num_tags, num_tags), dtype), np.zeros(num_tags, dtype)
    )


def scheme_transitions(tags: Sequence[str], scheme: Scheme) -> Transitions:
    """Return the rules of ``scheme`` as transitions: 0 where a move is legal, `FORBIDDEN` where it is not.

    Args:
        tags: the tags in the order of their ids.
        scheme: decides what may start, follow and end.
    """
    start = [scheme.may_start(tag) for tag in tags]
    matrix = [[scheme.may_follow(previous, tag) for tag in tags] for previous in tags]
    end = [scheme.may_end(tag) for tag in tags]
    return Transitions(_rule_scores(start), _rule_scores(matrix), _rule_scores(end))


def add_transitions(left: Transitions, right: Transitions) -> Transitions:
    """Add two transitions, such as learned scores and the rules of a scheme.

    Raises:
        ValueError: they are for different numbers of tags.
    """
    if left.matrix.shape != right.matrix.shape:
        raise ValueError(f"transitions of {len(left.start)} tags do not fit those of {len(right.start)} tags")
    return Transitions(left.start + right.start, left.matrix + right.matrix, left.end + right.end)


def _rule_scores(legal: Sequence[bool] | Sequence[Sequence[bool]]) -> Floats:
    return np.where(np.array(legal, dtype=bool), np.float32(0), np.float32(FORBIDDEN))
