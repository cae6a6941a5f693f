"""The best tag sequence of each sentence.

Viterbi, "Error bounds for convolutional codes" (1967). Score of a path y of length L:
``start[y_0] + sum_t emissions[t, y_t] + sum_t matrix[y_t, y_t+1] + end[y_L-1]``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from onoma.decode import compiled
from onoma.decode.packing import (
    Ids,
    Packing,
    add_boundaries,
    check_batch,
    check_paths,
    check_tags,
    pack,
    pack_rows,
    row_maxima,
    sum_by_rank,
    working_dtype,
)
from onoma.decode.transitions import Floats, Transitions

_LOWEST = -1e30  # finite stand-in for the largest of nothing but -inf

_CANDIDATES_AT_ONCE = 1 << 18  # [K, b, K] scores of one step: more than this leave the cache


def viterbi(
    emissions: Floats, lengths: NDArray[np.integer], transitions: Transitions
) -> tuple[Ids, NDArray[np.float64]]:
    """Find the best path of each sentence of a padded batch.

    Nothing depends on what stands in the padding or on the other sentences of the batch. Of paths with equal
    scores the one with the lowest last tag wins, then the lowest tag before it, and so on.

    Args:
        emissions: ``[B, T, K]`` scores.
        lengths: ``[B]``; 0 is allowed and gives the empty path with score 0.
        transitions: for K tags; `FORBIDDEN` moves are never taken.

    Returns:
        Paths ``[B, T]``, 0 beyond the length, and their scores ``[B]``; a score of -inf means that no path
        is allowed, and the path is then of no use.

    Raises:
        ValueError: shapes or lengths that do not fit.
    """
    check_batch(emissions, lengths, transitions)
    if compiled.takes(emissions, transitions):
        return compiled.best_paths(emissions, lengths, transitions)
    batch, num_steps, num_tags = emissions.shape
    paths = np.zeros((batch, num_steps), np.intp)
    scores = np.zeros(batch)
    at_once = max(1, _CANDIDATES_AT_ONCE // num_tags**2)
    if batch <= at_once:
        _decode(emissions, lengths, transitions, paths, scores)
        return paths, scores
    order = np.argsort(-lengths, kind="stable")
    for first in range(0, batch, at_once):
        part = order[first : first + at_once]
        part_paths, part_scores = np.zeros((len(part), num_steps), np.intp), np.zeros(len(part))
        _decode(emissions[part], lengths[part], transitions, part_paths, part_scores)
        paths[part], scores[part] = part_paths, part_scores
    return paths, scores


def final_scores(emissions: Floats, transitions: Transitions) -> Floats:
    """Return the score of the best path to each last tag, end scores apart, up to a constant ``[K]``.

    Args:
        emissions: ``[T, K]`` of one sentence, T at least 1.
        transitions: for K tags.

    Raises:
        ValueError: shapes that do not fit.
    """
    lengths = np.array([len(emissions)])
    open_ended = transitions._replace(end=np.zeros_like(transitions.end))
    check_batch(emissions[None], lengths, open_ended)
    if compiled.takes(emissions, transitions):
        return compiled.final_scores(emissions, open_ended)
    packing = pack(lengths, len(emissions))
    with np.errstate(invalid="ignore"):
        rows = pack_rows(emissions[None], packing, working_dtype(emissions, transitions))  # [T, K]
        final: Floats = _best_scores(rows, packing, open_ended)[-1]  # [K]
    return final


def _decode(
    emissions: Floats,
    lengths: NDArray[np.integer],
    transitions: Transitions,
    paths: Ids,
    scores: NDArray[np.float64],
) -> None:
    packing = pack(lengths, emissions.shape[1])
    with np.errstate(invalid="ignore"):
        packed = pack_rows(emissions, packing, working_dtype(emissions, transitions))  # [N, K]
        best = _best_scores(packed, packing, transitions)  # [N, K]
        tags = _trace_back(best, packing, transitions)  # [N]
    paths.reshape(-1)[packing.rows] = tags
    scores[packing.order] = _score_rows(emissions, tags, packing, transitions)


def _score_rows(
    emissions: Floats, tags: Ids, packing: Packing, transitions: Transitions
) -> NDArray[np.float64]:
    num_tags = emissions.shape[2]
    unary = emissions.take(packing.rows * num_tags + tags)  # [N]
    return packed_scores(unary, tags, packed_moves(tags, packing, num_tags), packing, transitions)


def _best_scores(rows: Floats, packing: Packing, transitions: Transitions) -> Floats:
    """Return for each position and tag the score of the best path up to there; reuses ``rows`` ``[N, K]``."""
    add_boundaries(rows, packing, transitions)
    rows -= np.maximum(row_maxima(rows), _LOWEST)  # scores stay small, so rounding does not grow with them
    num_tags = rows.shape[1]
    num_ranked = len(packing.last)
    # alpha[b, i] + matrix[i, j] for all b, i, j, written as products of rank 2, [alpha_i, 1] x [1, matrix_i]:
    # every product is by 1, so the sums are exact, and BLAS runs several times faster than a broadcast sum.
    left = np.ones((num_tags, num_ranked, 2), rows.dtype)
    right = np.ones((num_tags, 2, num_tags), rows.dtype)
    right[:, 1] = transitions.matrix
    candidates = np.empty(num_tags * num_tags * num_ranked, rows.dtype)
    found = np.empty((num_ranked, num_tags), rows.dtype)
    count, before = 0, 0
    for step in range(1, len(packing.counts)):
        begin = packing.offsets[step]
        if packing.counts[step] != count:
            count = packing.counts[step]
            moves = candidates[: num_tags * num_tags * count].reshape(num_tags, count, num_tags)
            sources, alphas, highest = left[:, :count], left[:, :count, 0], found[:count]
        alphas[...] = rows[before : before + count].T
        np.matmul(sources, right, moves)  # [K, b, K]
        np.maximum.reduce(moves, axis=0, out=highest)  # [b, K]
        rows[begin : begin + count] += highest
        before = begin
    return rows


def _trace_back(best: Floats, packing: Packing, transitions: Transitions) -> Ids:
    """Return the tags ``[N]`` of the best paths.

    Back-pointers are found again for the tags on the path only: K sums a position instead of K * K.
    """
    into = np.ascontiguousarray(transitions.matrix.T, dtype=best.dtype)  # [K, K], to and from
    tags = np.empty(len(best), np.intp)  # [N]
    tags[packing.last] = best.take(packing.last, axis=0).argmax(axis=1)
    moves = np.empty((len(packing.last), best.shape[1]), best.dtype)
    for step in range(len(packing.counts) - 2, -1, -1):
        count, begin, after = packing.counts[step + 1], packing.offsets[step], packing.offsets[step + 1]
        found = moves[:count]
        into.take(tags[after : after + count], axis=0, out=found, mode="clip")  # [b, K]
        found += best[begin : begin + count]
        found.argmax(axis=1, out=tags[begin : begin + count])
    return tags


def packed_moves(tags: Ids, packing: Packing, num_tags: int) -> Ids:
    """Return ``from * K + to`` of each move along paths in packed rows ``[N]``: ``[N - R]``."""
    moves: Ids = tags.take(packing.previous)
    moves *= num_tags
    moves += tags[len(packing.last) :]
    return moves


def packed_scores(
    unary: Floats, tags: Ids, moves: Ids, packing: Packing, transitions: Transitions
) -> NDArray[np.float64]:
    """Return the score of each rank's path in float64 ``[B]``; ranks of length 0 score 0.

    Args:
        unary: the emissions along the paths, in packed rows ``[N]``.
        tags: the paths in packed rows ``[N]``.
        moves: their moves, from `packed_moves`.
        packing: where they come from.
        transitions: for K tags.
    """
    num_ranked = len(packing.last)
    scores: NDArray[np.float64] = unary.astype(np.float64)  # [N]
    scores[num_ranked:] += transitions.matrix.take(moves)
    scores[:num_ranked] += transitions.start.take(tags[:num_ranked])
    totals = sum_by_rank(scores, packing)  # [B]
    totals[:num_ranked] += transitions.end.take(tags.take(packing.last))
    return totals


def path_scores(
    emissions: Floats, paths: NDArray[np.integer], lengths: NDArray[np.integer], transitions: Transitions
) -> NDArray[np.float64]:
    """Return the score of one given path ``[B, T]`` of each sentence, in float64 ``[B]``.

    Raises:
        ValueError: shapes or lengths that do not fit, or a tag that is not in 0..K-1.
    """
    check_batch(emissions, lengths, transitions)
    check_paths(paths, emissions.shape)
    packing = pack(lengths, emissions.shape[1])
    tags = paths.take(packing.rows).astype(np.intp, copy=False)  # [N]
    check_tags(tags, emissions.shape[2])
    scores = np.zeros(len(lengths))
    scores[packing.order] = _score_rows(emissions, tags, packing, transitions)
    return scores
