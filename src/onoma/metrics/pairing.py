"""Pairing predictions with the gold mentions that they were probably meant for.

Each mention is in one pair at most. Pairs are taken greedily, best first:

1. same place and label, 2. same place, 3. overlap and same label, 4. overlap;

within a kind the larger overlap first, then the gold mention that stands first in the text, then such a
prediction ("first": smaller start, then longer, then label in alphabetical order). The outcome depends on
the mentions alone, not on the order in which they are listed. Discontinuous mentions are their hulls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from onoma.metrics.spans import BoolArray, IntArray, SpanTable, align_labels


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pairing:
    """M pairs among G gold mentions and P predictions, and what is left over.

    Args:
        gold: the gold mentions in text order, with the same ``labels`` as ``predicted``.
        predicted: the predictions in text order.
        gold_ids: [M] rows of ``gold``.
        predicted_ids: [M] rows of ``predicted``.
        missed: [G-M] rows of ``gold`` in no pair.
        spurious: [P-M] rows of ``predicted`` in no pair.
        same_place: [M] equal start and end.
        same_label: [M]
    """

    gold: SpanTable
    predicted: SpanTable
    gold_ids: IntArray
    predicted_ids: IntArray
    missed: IntArray
    spurious: IntArray
    same_place: BoolArray
    same_label: BoolArray


def pair_spans(gold: SpanTable, predicted: SpanTable) -> Pairing:
    """Pair predictions with gold mentions that they overlap, best pairs first.

    Raises:
        ValueError: the tables are of different numbers of documents.
    """
    gold, predicted = (table.in_text_order() for table in align_labels(gold, predicted))
    gold_ids, predicted_ids, overlap = _overlaps(gold, predicted)  # [C]
    same_place, same_label = _agreement(gold, predicted, gold_ids, predicted_ids)  # [C]
    rank = np.where(same_place, 0, 2) + ~same_label  # [C]
    order = np.lexsort((predicted_ids, gold_ids, -overlap, rank))  # [C]
    taken = order[_take_greedily(gold_ids[order], predicted_ids[order], len(gold), len(predicted))]  # [M]
    return Pairing(
        gold=gold,
        predicted=predicted,
        gold_ids=gold_ids[taken],
        predicted_ids=predicted_ids[taken],
        missed=np.setdiff1d(np.arange(len(gold)), gold_ids[taken]),
        spurious=np.setdiff1d(np.arange(len(predicted)), predicted_ids[taken]),
        same_place=same_place[taken],
        same_label=same_label[taken],
    )


def _agreement(
    gold: SpanTable, predicted: SpanTable, gold_ids: IntArray, predicted_ids: IntArray
) -> tuple[BoolArray, BoolArray]:
    same_start = gold.starts[gold_ids] == predicted.starts[predicted_ids]  # [C]
    same_end = gold.ends[gold_ids] == predicted.ends[predicted_ids]  # [C]
    return same_start & same_end, gold.label_ids[gold_ids] == predicted.label_ids[predicted_ids]


def _overlaps(gold: SpanTable, predicted: SpanTable) -> tuple[IntArray, IntArray, IntArray]:
    """Return all pairs that share a position: gold rows, predicted rows, shared length, [C] each.

    Two spans overlap when the prediction begins inside the gold mention, or the gold mention begins inside
    the prediction but not with it. Either is a run of rows, as both tables are sorted by start. An empty
    span is taken as one position long, so that it meets its like.
    """
    width = max(int(gold.ends.max(initial=0)), int(predicted.ends.max(initial=0))) + 2
    gold_starts = gold.document_ids * width + gold.starts  # [G]
    gold_ends = gold_starts + np.maximum(gold.ends - gold.starts, 1)
    predicted_starts = predicted.document_ids * width + predicted.starts  # [P]
    predicted_ends = predicted_starts + np.maximum(predicted.ends - predicted.starts, 1)
    owner, inner = _runs(
        np.searchsorted(predicted_starts, gold_starts, side="left"),
        np.searchsorted(predicted_starts, gold_ends, side="left"),
    )
    owner_too, inner_too = _runs(
        np.searchsorted(gold_starts, predicted_starts, side="right"),
        np.searchsorted(gold_starts, predicted_ends, side="left"),
    )
    gold_ids = np.concatenate((owner, inner_too))  # [C]
    predicted_ids = np.concatenate((inner, owner_too))  # [C]
    shared = np.minimum(gold_ends[gold_ids], predicted_ends[predicted_ids])
    shared -= np.maximum(gold_starts[gold_ids], predicted_starts[predicted_ids])
    return gold_ids, predicted_ids, shared


def _runs(first: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
    """Return (i, j) for each i and each j in first[i]..end[i]-1, as two arrays."""
    counts = np.maximum(end - first, 0)
    owner = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - before[owner] + first[owner]


def _take_greedily(
    gold_ids: IntArray, predicted_ids: IntArray, num_gold: int, num_predicted: int
) -> BoolArray:
    """Go through the pairs in order and take each whose two mentions are still free: [C] taken."""
    gold_free = [True] * num_gold
    predicted_free = [True] * num_predicted
    taken = np.zeros(len(gold_ids), dtype=np.bool_)
    for index, (one, other) in enumerate(zip(gold_ids.tolist(), predicted_ids.tolist(), strict=True)):
        if gold_free[one] and predicted_free[other]:
            gold_free[one] = predicted_free[other] = False
            taken[index] = True
    return taken
