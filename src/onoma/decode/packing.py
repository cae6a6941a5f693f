"""A batch without its padding: only real positions are ever read, so padding costs nothing and cannot leak.

Sentences are ranked from long to short and laid out step by step: first the first positions of all sentences,
then the second positions of those that have one, and so on. A step is then a contiguous block of rows whose
i-th row belongs to rank i, which is what a recurrence over positions needs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onoma.decode.transitions import Floats, Transitions

Ids = NDArray[np.intp]

_SHORT_ROW = 32  # numpy's reduction along a row costs as much as reading some fifty values


class Packing(NamedTuple):
    """Where the real positions of a padded ``[B, T, ...]`` batch lie in packed rows.

    ``N`` is the number of real positions, ``R`` the number of sentences that have any.

    Args:
        order: ``[B]``, the sentence at each rank, longest first.
        counts: how many sentences reach each step.
        offsets: the first row of each step, and ``N``.
        ranks: ``[N]``, the rank of each row's sentence.
        rows: ``[N]``, each row's place in the batch flattened to ``[B * T, ...]``.
        last: ``[R]``, the row of the last position of each rank.
        previous: ``[N - R]``, for each row from step 1 on, the row of the position before it.
        begins: ``offsets`` as an array, for look-ups of many.
    """

    order: Ids
    counts: list[int]
    offsets: list[int]
    ranks: Ids
    rows: Ids
    last: Ids
    previous: Ids
    begins: Ids


def pack(lengths: NDArray[np.integer], num_steps: int) -> Packing:
    """Lay out a padded batch of width ``num_steps``; sentences of length 0 take no rows.

    Raises:
        ValueError: a length is not in 0..num_steps.
    """
    order = (-lengths.astype(np.intp, copy=False)).argsort(kind="stable")  # [B]
    ordered = lengths[order].astype(np.intp, copy=False)  # [B]
    longest = int(ordered[0]) if len(ordered) else 0
    if longest > num_steps or (len(ordered) and ordered[-1] < 0):
        raise ValueError(f"lengths must lie in 0..{num_steps}, got {ordered[-1]}..{longest}")
    reaches = ordered > np.arange(longest)[:, None]  # [longest, B]
    steps, ranks = reaches.nonzero()  # [N], [N]
    counts = reaches.sum(axis=1)  # [longest]
    offsets = np.zeros(longest + 1, np.intp)
    counts.cumsum(out=offsets[1:])
    num_ranked = int(offsets[1]) if longest else 0
    rows = order.take(ranks)
    rows *= num_steps
    rows += steps
    previous = offsets.take(steps[num_ranked:] - 1)
    previous += ranks[num_ranked:]
    last = offsets.take(ordered[:num_ranked] - 1)
    last += np.arange(num_ranked)
    return Packing(
        order=order,
        counts=counts.tolist(),
        offsets=offsets.tolist(),
        ranks=ranks,
        rows=rows,
        last=last,
        previous=previous,
        begins=offsets,
    )


def rows_of(packing: Packing, sentences: Ids, positions: Ids) -> Ids:
    """Return the packed rows of some (sentence, position) places ``[S]``; they must be real ones."""
    ranks = np.empty_like(packing.order)
    ranks[packing.order] = np.arange(len(ranks))
    rows: Ids = packing.begins[positions] + ranks[sentences]
    return rows


def pack_rows(array: Floats, packing: Packing, dtype: np.dtype[np.floating]) -> Floats:
    """Copy ``[B, T, K]`` into packed rows ``[N, K]``."""
    flat = array.reshape(-1, array.shape[2])  # [B * T, K]
    return flat.take(packing.rows, axis=0).astype(dtype, copy=False)


def unpack_rows(rows: Floats, packing: Packing, shape: tuple[int, ...]) -> Floats:
    """Copy packed rows ``[N, K]`` into a new array of ``shape`` ``[B, T, K]``, 0 in the padding."""
    array = np.zeros(shape, rows.dtype)
    array.reshape(-1, shape[2])[packing.rows] = rows
    return array


def add_boundaries(rows: Floats, packing: Packing, transitions: Transitions) -> None:
    """Add the start and end scores to the emissions ``[N, K]`` of first and last positions, in place.

    A boundary score acts on one position only, exactly as its emission does.
    """
    rows[: len(packing.last)] += transitions.start  # [R, K]
    rows[packing.last] = rows.take(packing.last, axis=0) + transitions.end  # [R, K]


def sum_by_rank(values: NDArray[np.float64], packing: Packing) -> NDArray[np.float64]:
    """Add up the values ``[N]`` of each rank's rows ``[B]``."""
    sums = np.bincount(packing.ranks, values, len(packing.order))
    return sums.astype(np.float64, copy=False)  # of no rows, bincount makes integers


def row_maxima(rows: Floats) -> Floats:
    """Return the largest value of each row ``[N, 1]``; short rows go through a copy with long ones."""
    if rows.shape[1] > _SHORT_ROW:
        maxima: Floats = rows.max(axis=1, keepdims=True)
    else:
        maxima = np.ascontiguousarray(rows.T).max(axis=0)[:, None]
    return maxima


def working_dtype(emissions: Floats, transitions: Transitions) -> np.dtype[np.floating]:
    """Return float64 if any input is, else float32."""
    double = emissions.dtype == np.float64 or transitions.matrix.dtype == np.float64
    return np.dtype(np.float64 if double else np.float32)


def check_batch(emissions: Floats, lengths: NDArray[np.integer], transitions: Transitions) -> None:
    """Refuse shapes that do not belong together.

    Raises:
        ValueError: says which array is wrong and what it should be.
    """
    if emissions.ndim != 3 or emissions.dtype.kind != "f":
        raise ValueError(f"emissions must be floats [B, T, K], got {emissions.dtype} {list(emissions.shape)}")
    check_lengths(lengths, len(emissions))
    check_transitions(transitions, emissions.shape[2])


def check_lengths(lengths: NDArray[np.integer], batch: int) -> None:
    """Refuse lengths that are not ``[B]`` integers; `pack` looks at their values."""
    if lengths.shape != (batch,) or lengths.dtype.kind not in "iu":
        raise ValueError(f"lengths must be integers [{batch}], got {lengths.dtype} {list(lengths.shape)}")


def check_transitions(transitions: Transitions, num_tags: int) -> None:
    """Refuse transitions that are not for ``num_tags`` tags."""
    start, matrix, end = transitions
    if num_tags < 1 or not start.shape == end.shape == (num_tags,) or matrix.shape != (num_tags, num_tags):
        raise ValueError(
            f"transitions must be for {num_tags} tags (at least 1), "
            f"got shapes {list(start.shape)} {list(matrix.shape)} {list(end.shape)}"
        )


def check_paths(paths: NDArray[np.integer], shape: tuple[int, ...]) -> None:
    """Refuse paths that are not integers ``[B, T]``."""
    if paths.shape != shape[:2] or paths.dtype.kind not in "iu":
        raise ValueError(f"tags must be integers {list(shape[:2])}, got {paths.dtype} {list(paths.shape)}")


def check_tags(tags: Ids, num_tags: int) -> None:
    """Refuse tags of real positions that are not in 0..K-1."""
    if len(tags) and int(tags.view(np.uintp).max()) >= num_tags:  # negative ones look huge
        raise ValueError(f"tags must lie in 0..{num_tags - 1}, got {tags.min()}..{tags.max()}")
