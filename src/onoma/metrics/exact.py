"""Exact match: a prediction is right when document, start, end and label are those of a gold mention.

Mentions are compared as multisets. A gold mention answers for one prediction only: the first copy of a
prediction is right and each further copy is wrong, so repeating oneself costs precision. A gold mention
that stands twice in the data counts twice and must be predicted twice. Nothing is taken out silently, and
nested mentions need no special care.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from onoma.metrics.rates import Score, mean_f1
from onoma.metrics.spans import BoolArray, IntArray, SpanTable, align_labels

_INT64_VALUES = 2**63


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Which mentions are matched.

    Args:
        gold: G mentions, with the same ``labels`` as ``predicted``.
        predicted: P mentions.
        gold_matched: [G] found by a prediction.
        predicted_matched: [P] right.
    """

    gold: SpanTable
    predicted: SpanTable
    gold_matched: BoolArray
    predicted_matched: BoolArray


@dataclass(frozen=True, slots=True)
class EntityScores:
    """Exact-match scores, over all mentions (micro, as conlleval counts) and per label.

    ``per_label`` has every label that occurs in gold or among the predictions, sorted.
    """

    micro: Score
    per_label: dict[str, Score]

    @property
    def macro_f1(self) -> float:
        """The mean F1 over the labels that occur in gold.

        seqeval averages over predicted labels too: there one invented label lowers the mean of all.
        """
        return mean_f1(list(self.per_label.values()))

    def as_dict(self) -> dict[str, object]:
        """Return ``precision, recall, f1`` (micro), ``macro_f1`` and ``per_label`` as plain values."""
        return {
            "precision": self.micro.precision,
            "recall": self.micro.recall,
            "f1": self.micro.f1,
            "macro_f1": self.macro_f1,
            "per_label": {label: score.as_dict() for label, score in self.per_label.items()},
        }


class DocumentCounts(NamedTuple):
    """Counts of each document, [D] each: all that a bootstrap over documents needs."""

    correct: IntArray
    gold: IntArray
    predicted: IntArray

    def with_lost(self, gold: int, predicted: int) -> DocumentCounts:
        """Return them with mentions that were lost on reading, which the scores count as missed or spurious.

        Nobody knows in which documents they were: they are spread evenly.
        """
        size = len(self.gold)
        return DocumentCounts(
            self.correct, self.gold + _evenly(gold, size), self.predicted + _evenly(predicted, size)
        )


def _evenly(number: int, places: int) -> IntArray:
    """Spread a number over places, whole, as evenly as can be. [places]"""
    bounds = np.arange(places + 1, dtype=np.int64) * number // max(1, places)
    return np.diff(bounds)


def match_exact(gold: SpanTable, predicted: SpanTable) -> Match:
    """Match each gold mention with at most one prediction; among equals, the earlier rows first.

    Raises:
        ValueError: the tables are of different numbers of documents.
    """
    gold, predicted = align_labels(gold, predicted)
    num_gold = len(gold)
    keys = _keys(gold, predicted)  # [G+P]
    # Two runs, each nearly sorted, gold first among equals: a stable sort merges them in linear time.
    order = np.argsort(keys, kind="stable")  # [G+P]
    in_order = keys[order]
    begins = np.ones(len(keys), dtype=np.bool_)  # [G+P] first of its key
    begins[1:] = in_order[1:] != in_order[:-1]
    group = np.cumsum(begins) - 1  # [G+P]
    is_gold = order < num_gold  # [G+P]
    gold_in_group = np.bincount(group[is_gold], minlength=int(begins.sum()))  # [U]
    all_in_group = np.bincount(group, minlength=len(gold_in_group))  # [U]
    matched_in_group = np.minimum(gold_in_group, all_in_group - gold_in_group)  # [U]
    rank = np.arange(len(keys)) - np.flatnonzero(begins)[group]  # [G+P] among equals
    rank -= np.where(is_gold, 0, gold_in_group[group])
    matched = np.empty(len(keys), dtype=np.bool_)
    matched[order] = rank < matched_in_group[group]
    return Match(gold, predicted, matched[:num_gold], matched[num_gold:])


def _keys(gold: SpanTable, predicted: SpanTable) -> IntArray:
    """Return one integer a mention, [G+P], equal exactly where document, start, end and label are."""
    document_ids, starts, ends, label_ids = (
        np.concatenate(pair)
        for pair in (
            (gold.document_ids, predicted.document_ids),
            (gold.starts, predicted.starts),
            (gold.ends, predicted.ends),
            (gold.label_ids, predicted.label_ids),
        )
    )
    width = int(ends.max(initial=0)) + 1
    num_labels = max(1, len(gold.labels))
    places = document_ids * width + starts
    if gold.num_documents * width * width * num_labels >= _INT64_VALUES:
        places = np.unique(places, return_inverse=True)[1]
    return (places * width + (ends - starts)) * num_labels + label_ids


def entity_scores(match: Match, num_unread: int = 0, num_unplaced: int = 0) -> EntityScores:
    """Return micro and per-label scores of a match.

    ``num_unread`` gold mentions, lost when the file was read, count as missed in the micro scores, and
    ``num_unplaced`` predictions that have no place in gold's text as spurious.
    """
    num_labels = len(match.gold.labels)
    correct = np.bincount(match.gold.label_ids[match.gold_matched], minlength=num_labels)  # [L]
    predicted = np.bincount(match.predicted.label_ids, minlength=num_labels)  # [L]
    gold = np.bincount(match.gold.label_ids, minlength=num_labels)  # [L]
    rows = zip(match.gold.labels, correct.tolist(), predicted.tolist(), gold.tolist(), strict=True)
    return EntityScores(
        Score(int(correct.sum()), len(match.predicted) + num_unplaced, len(match.gold) + num_unread),
        {label: Score(right, made, there) for label, right, made, there in rows if made or there},
    )


def document_counts(match: Match) -> DocumentCounts:
    """Return correct, gold and predicted mentions of each document."""
    num_documents = match.gold.num_documents
    return DocumentCounts(
        np.bincount(match.gold.document_ids[match.gold_matched], minlength=num_documents),
        np.bincount(match.gold.document_ids, minlength=num_documents),
        np.bincount(match.predicted.document_ids, minlength=num_documents),
    )
