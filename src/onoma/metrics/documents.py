"""Document labels (multi-label classification): micro, macro and per-label F1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onoma.metrics.exact import DocumentCounts
from onoma.metrics.rates import Score, mean_f1
from onoma.text import Document


@dataclass(frozen=True, slots=True)
class DocumentScores:
    """Scores of document labels; ``per_label`` has every label in gold or predicted, sorted."""

    micro: Score
    per_label: dict[str, Score]

    def as_dict(self) -> dict[str, object]:
        """Return ``micro_f1``, ``macro_f1`` (over labels that occur in gold) and ``per_label``."""
        return {
            "micro_f1": self.micro.f1,
            "macro_f1": mean_f1(list(self.per_label.values())),
            "per_label": {label: score.as_dict() for label, score in self.per_label.items()},
        }


def label_counts(gold: Sequence[Document], predicted: Sequence[Document]) -> DocumentCounts | None:
    """Return correct, gold and predicted labels of each document; None as in `document_scores`.

    A document that is not annotated has none of them.
    """
    if not _have_labels(gold, predicted):
        return None
    rows = []
    for one, other in zip(gold, predicted, strict=True):
        wanted, given = set(one.labels or ()), set(other.labels or () if one.labels is not None else ())
        rows.append((len(wanted & given), len(wanted), len(given)))
    return DocumentCounts(*np.array(rows, dtype=np.int64).reshape(len(rows), 3).T)


def document_scores(gold: Sequence[Document], predicted: Sequence[Document]) -> DocumentScores | None:
    """Score the labels of the documents that are annotated with labels (perhaps with none of them).

    A prediction without labels where others have them counts as predicting none. Returns None when no gold
    document is annotated, or nothing predicts labels.
    """
    if not _have_labels(gold, predicted):
        return None
    pairs = [
        (set(one.labels), set(other.labels or ()))
        for one, other in zip(gold, predicted, strict=True)
        if one.labels is not None
    ]
    counts = [Counter[str](), Counter[str](), Counter[str]()]
    for gold_labels, predicted_labels in pairs:
        for counter, labels in zip(
            counts, (gold_labels & predicted_labels, predicted_labels, gold_labels), strict=True
        ):
            counter.update(labels)
    names = sorted(counts[1].keys() | counts[2].keys())
    return DocumentScores(
        Score(*(counter.total() for counter in counts)),
        {name: Score(*(counter[name] for counter in counts)) for name in names},
    )


def _have_labels(gold: Sequence[Document], predicted: Sequence[Document]) -> bool:
    return all(any(one.labels is not None for one in side) for side in (gold, predicted))
