"""Very long sentences, block by block: the same results in memory that does not grow with the length.

Given what comes in from the left and from the right, a block of a linear chain is a linear chain itself: the
scores of all paths that lead into it are its start scores, of all that lead out of it its end scores. Each
block begins anew in precision, so that rounding does not grow with the length, and a block whose
probabilities leave the range of floats takes the slow road of `Lattice` by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from onoma.decode.lattice import Lattice
from onoma.decode.marginals import span_probabilities
from onoma.decode.packing import Ids
from onoma.decode.transitions import Floats, Transitions
from onoma.decode.viterbi import final_scores, viterbi
from onoma.tags import Scheme

BLOCK = 2048
"""Tokens of a block."""

_LOWEST = -1e30  # finite stand-in for the largest of nothing but -inf

TokenSpan = tuple[int, int, str]


def long_viterbi(emissions: Floats, transitions: Transitions, *, block: int = BLOCK) -> Ids:
    """Find the best path of one sentence as `viterbi` does. [T]

    Args:
        emissions: ``[T, K]``
        transitions: for K tags.
        block: tokens computed at a time.

    Raises:
        ValueError: shapes that do not fit.
    """
    if not len(emissions):
        return np.zeros(0, np.intp)
    starts = range(0, len(emissions), block)
    entering = [transitions.start]  # [K] a block
    for start in starts[:-1]:
        part = emissions[start : start + block]  # [t, K]
        best = final_scores(part, transitions._replace(start=entering[-1]))  # [K]
        moves = best[:, None] + transitions.matrix  # [K, K]
        entering.append(_centred(moves.max(axis=0)))
    paths = np.zeros(len(emissions), np.intp)
    leaving = transitions.end
    for start, scores in zip(reversed(starts), reversed(entering), strict=True):
        part = emissions[start : start + block]  # [t, K]
        bounded = Transitions(scores, transitions.matrix, leaving)
        paths[start : start + block] = viterbi(part[None], np.array([len(part)]), bounded)[0][0]
        leaving = transitions.matrix[:, paths[start]]
    return paths


def long_span_probabilities(
    emissions: Floats,
    transitions: Transitions,
    tags: Sequence[str],
    scheme: Scheme,
    spans: Sequence[TokenSpan],
    *,
    block: int = BLOCK,
) -> NDArray[np.float64]:
    """Return the probability of each entity of one sentence as `span_probabilities` does. [S]

    Blocks are cut where no span is in the way, so that one is larger where spans touch without a gap.

    Args:
        emissions: ``[T, K]``
        transitions: for K tags.
        tags: the K tags in the order of their ids.
        scheme: how tags are read.
        spans: (first token, end token, label), in text order and not overlapping.
        block: tokens computed at a time.

    Raises:
        ValueError: shapes that do not fit, or a span outside the sentence.
    """
    if not spans:
        return np.zeros(0)
    edges = _edges(len(emissions), spans, block)
    entering = _messages(emissions, transitions, edges)
    mirrored = Transitions(transitions.end, transitions.matrix.T, transitions.start)
    leaving = _messages(emissions[::-1], mirrored, [len(emissions) - edge for edge in edges[::-1]])[::-1]
    bounds = np.searchsorted([span[0] for span in spans], edges).tolist()
    bounds[-1] = len(spans)  # a span that begins beyond the sentence is refused with the last block
    found = np.zeros(len(spans))
    for index, (start, end) in enumerate(pairwise(edges)):
        chosen = slice(bounds[index], bounds[index + 1])
        places = [(0, first - start, last - start, label) for first, last, label in spans[chosen]]
        if places:
            bounded = Transitions(entering[index], transitions.matrix, leaving[index])
            part = emissions[None, start:end]  # [1, t, K]
            found[chosen] = span_probabilities(part, np.array([end - start]), bounded, tags, scheme, places)
    return found


def _edges(num_tokens: int, spans: Sequence[TokenSpan], block: int) -> list[int]:
    """Where blocks begin, and the end: each span lies in one block together with the tokens at its sides."""
    edges = [0]
    near = iter(spans)
    span = next(near, None)
    while edges[-1] + block < num_tokens:
        edge = edges[-1] + block
        while span is not None and span[0] <= edge:
            edge = max(edge, span[1] + 1)
            span = next(near, None)
        if edge >= num_tokens:
            break
        edges.append(edge)
    return [*edges, num_tokens]


def _messages(emissions: Floats, transitions: Transitions, edges: Sequence[int]) -> list[Floats]:
    """The start scores of each block: what all paths from the left bring to each tag. [K] a block"""
    messages = [transitions.start]
    matrix = transitions.matrix.astype(np.float64)  # [K, K]
    for start, end in pairwise(edges[:-1]):
        part = emissions[None, start:end]  # [1, t, K]
        open_ended = Transitions(messages[-1], transitions.matrix, np.zeros_like(transitions.end))
        sums = Lattice(part, np.array([end - start]), open_ended).final_sums()[0]  # [K]
        moves = sums[:, None] + matrix  # [K, K]
        highest = np.maximum(moves.max(axis=0), _LOWEST)  # [K]
        with np.errstate(divide="ignore"):
            messages.append(_centred(highest + np.log(np.exp(moves - highest).sum(axis=0))))
    return messages


def _centred(scores: Floats) -> Floats:
    """Take out the largest score: only differences matter, and small numbers round least."""
    centred: Floats = scores - max(float(scores.max()), _LOWEST)
    return centred
