"""Very long sentences, block by block: the same results in memory that does not grow with the length.

Given what comes in from the left and from the right, a block of a linear chain is a linear chain itself: the
scores of all paths that lead into it are its start scores, of all that lead out of it its end scores. Each
block begins anew in precision, so that rounding does not grow with the length, and a block whose
probabilities leave the range of floats takes the slow road of `Lattice` by itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from onoma.decode.candidates import grow
from onoma.decode.links import Links, link_tags
from onoma.decode.marginals import AnyLattice, make_lattice, span_probabilities
from onoma.decode.packing import Ids
from onoma.decode.protocol import Found
from onoma.decode.transitions import Floats, Transitions
from onoma.decode.viterbi import final_scores, viterbi
from onoma.tags import Scheme, TokenSpan

BLOCK = 512
"""Tokens of a block."""

_LOWEST = -1e30  # finite stand-in for the largest of nothing but -inf


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
        entering.append(best_after(emissions[start : start + block], entering[-1], transitions.matrix))
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
    for span in spans:
        if not 0 <= span[0] < span[1] <= len(emissions):
            raise ValueError(f"span {span} does not lie in the sentence")
    blocks = _Blocks(emissions, transitions, block)
    owners = np.array([span[0] for span in spans]) // block  # [S]
    inside = np.array([blocks.holds(*place) for place in zip(owners.tolist(), spans, strict=True)])  # [S]
    found = np.zeros(len(spans))
    for index in range(len(blocks)):
        low, high = np.searchsorted(owners, [index, index + 1])
        chosen = low + np.flatnonzero(inside[low:high])
        start = blocks.edges[index]
        queries = [(0, spans[i][0] - start, spans[i][1] - start, spans[i][2]) for i in chosen.tolist()]
        if queries:
            found[chosen] = span_probabilities(*blocks.chain(index, index + 1), tags, scheme, queries)
    crossing = np.flatnonzero(~inside)
    links = link_tags(tuple(tags), scheme)
    found[crossing] = _follow_across(blocks, links, [spans[i] for i in crossing.tolist()])
    return found


def long_span_candidates(
    emissions: Floats,
    transitions: Transitions,
    tags: Sequence[str],
    scheme: Scheme,
    floor: float,
    *,
    block: int = BLOCK,
) -> Iterator[Found]:
    """Yield every entity of one sentence whose probability is at least ``floor``; see `span_candidates`.

    Args:
        emissions: ``[T, K]``
        transitions: for K tags.
        tags: the K tags in the order of their ids.
        scheme: how tags are read.
        floor: above 0.
        block: tokens computed at a time.

    Raises:
        ValueError: shapes that do not fit.
    """
    if not len(emissions):
        return
    blocks, links = _Blocks(emissions, transitions, block), link_tags(tuple(tags), scheme)
    for index in range(len(blocks)):
        left, right = blocks.edges[index : index + 2]
        # With the token before an entity in this block, both of its edges are seen where it is short.
        firsts = np.arange(left + (left > 0), min(right + 1, len(emissions)))  # [n]
        sentences = np.zeros_like(firsts)
        end = min(index + 2, len(blocks))
        while True:
            chain, lengths, bounded = blocks.chain(index, end)
            lattice = make_lattice(chain, lengths, bounded)
            grown, cut = grow(lattice, lengths, links, floor, sentences, firsts - left)
            if not cut or end == len(blocks):
                break
            end = min(2 * end - index, len(blocks))  # an entity reaches beyond what is seen
        yield from grown.found(links.names, left)


class _Blocks:
    """A sentence in blocks, each with what comes in from its sides."""

    def __init__(self, emissions: Floats, transitions: Transitions, block: int) -> None:
        self.edges: list[int] = [*range(0, len(emissions), block), len(emissions)]
        mirrored = Transitions(transitions.end, transitions.matrix.T, transitions.start)
        mirrored_edges = [len(emissions) - edge for edge in self.edges[::-1]]
        self._emissions = emissions
        self._matrix = transitions.matrix
        self._entering = _messages(emissions, transitions, self.edges)
        self._leaving = _messages(emissions[::-1], mirrored, mirrored_edges)[::-1]

    def __len__(self) -> int:
        return len(self.edges) - 1

    def holds(self, index: int, span: TokenSpan) -> bool:
        """Whether a block has a span with the tokens at its sides."""
        left, right = self.edges[index], self.edges[index + 1]
        return (left < span[0] or left == 0) and (span[1] < right or right == len(self._emissions))

    def chain(self, first: int, end: int) -> tuple[Floats, NDArray[np.intp], Transitions]:
        """Some blocks in a row as a batch of one sentence: emissions ``[1, t, K]``, lengths, transitions."""
        left, right = self.edges[first], self.edges[end]
        bounded = Transitions(self._entering[first], self._matrix, self._leaving[end - 1])
        return self._emissions[None, left:right], np.array([right - left]), bounded


def _follow_across(blocks: _Blocks, links: Links, spans: Sequence[TokenSpan]) -> NDArray[np.float64]:
    """Return the probabilities of spans that no block holds, in text order ``[S]``.

    As in `span_probabilities`, but step by step: a block gives the steps from each of its tokens to the next.
    """
    firsts, ends = [span[0] for span in spans], [span[1] for span in spans]
    open_: list[NDArray[np.float64]] = [np.zeros(0)] * len(spans)  # [P] a span
    for index, (left, right) in enumerate(pairwise(blocks.edges)):
        touching = range(bisect_right(ends, left), bisect_right(firsts, right))
        if not touching:
            continue
        lattice = make_lattice(*blocks.chain(index, min(index + 2, len(blocks))))
        for i in touching:
            row = links.labels.get(spans[i][2])
            if row is not None:
                open_[i] = _advance(lattice, links, row, open_[i], spans[i], (left, right, blocks.edges[-1]))
    return np.array([part.sum().clip(0, 1) for part in open_])


def _advance(
    lattice: AnyLattice,
    links: Links,
    row: int,
    open_: NDArray[np.float64],
    span: TokenSpan,
    place: tuple[int, int, int],
) -> NDArray[np.float64]:
    """Go on with one span through the block from ``left`` to ``right``, with which the lattice begins.

    Args:
        lattice: of that block and the next.
        links: the tags by label.
        row: the span's label.
        open_: probability of all so far and of each tag of the label at the current token ``[P]``; whatever
            before the span's first token.
        span: the span.
        place: left and right edge of the block, and the sentence's length.
    """
    (first, end, _), (left, right, length) = span, place
    steps = np.arange(max(left, first - 1), min(right, end, length - 1))  # [n], tokens with one after them
    sentences = np.zeros_like(steps)
    tags = np.broadcast_to(links.tags[row], (len(steps), links.tags.shape[1]))  # [n, P]
    pairs = lattice.pairs_at(sentences, steps - left, tags) * links.linked[row]  # [n, P, P]
    here = lattice.marginals_at(sentences, steps - left, tags)[:, :, None]  # [n, P, 1]
    moves = np.divide(pairs, here, out=np.zeros_like(pairs), where=here > 0)  # [n, P, P]
    begins = left <= max(first - 1, 0) < right
    if begins:
        place_of_first = np.array([first - left])
        open_ = lattice.marginals_at(sentences[:1], place_of_first, links.tags[row : row + 1])[0]
        open_ = open_ * links.present[row]  # [P]
        if first > 0:
            open_ = open_ - pairs[0].sum(axis=0)
    for step, move in zip(steps.tolist(), moves, strict=True):
        if step == end - 1:
            open_ = open_ * (1 - move.sum(axis=1))
        elif step >= first:
            open_ = open_ @ move
    return open_


def best_after(emissions: Floats, entering: Floats, matrix: Floats) -> Floats:
    """Return the start scores of what follows some tokens: of the best path through them to each tag. [K]

    Args:
        emissions: ``[T, K]``, T at least 1.
        entering: the tokens' own start scores. ``[K]``
        matrix: scores of moves. ``[K, K]``

    Raises:
        ValueError: shapes that do not fit.
    """
    best = final_scores(emissions, Transitions(entering, matrix, np.zeros_like(matrix[0])))  # [K]
    return _centred((best[:, None] + matrix).max(axis=0))


def sums_after(emissions: Floats, entering: Floats, matrix: Floats) -> Floats:
    """Return the same of all paths through them, summed. [K]"""
    open_ended = Transitions(entering, matrix, np.zeros_like(matrix[0]))
    sums = make_lattice(emissions[None], np.array([len(emissions)]), open_ended).final_sums()[0]  # [K]
    moves = sums[:, None] + matrix.astype(np.float64)  # [K, K]
    highest = np.maximum(moves.max(axis=0), _LOWEST)  # [K]
    with np.errstate(divide="ignore"):
        return _centred(highest + np.log(np.exp(moves - highest).sum(axis=0)))


def _messages(emissions: Floats, transitions: Transitions, edges: Sequence[int]) -> list[Floats]:
    """The start scores of each block: what all paths from the left bring to each tag. [K] a block"""
    messages = [transitions.start]
    for start, end in pairwise(edges[:-1]):
        messages.append(sums_after(emissions[start:end], messages[-1], transitions.matrix))
    return messages


def _centred(scores: Floats) -> Floats:
    """Take out the largest score: only differences matter, and small numbers round least."""
    centred: Floats = scores - max(float(scores.max()), _LOWEST)
    return centred
