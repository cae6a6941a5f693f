"""Document labels as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from onoma.text import Document

LabelWeights = Literal["none", "root", "inverse"]
_HEAVIEST = 50.0


@dataclass(frozen=True, slots=True)
class DocumentTargets:
    """Which labels documents have.

    Args:
        labels: the L labels.
        on: [D, L]
        annotated: documents that have labels at all, if only none of them. [D]
    """

    labels: tuple[str, ...]
    on: npt.NDArray[np.bool_]
    annotated: npt.NDArray[np.bool_]


def document_targets(documents: Sequence[Document], labels: Sequence[str]) -> DocumentTargets:
    """Look up documents' labels; those that are not among ``labels`` (they are not in train) are left out."""
    places = {label: index for index, label in enumerate(labels)}
    on = np.zeros((len(documents), len(labels)), dtype=bool)
    for row, document in enumerate(documents):
        for label in document.labels or ():
            if label in places:
                on[row, places[label]] = True
    annotated = np.array([document.labels is not None for document in documents], dtype=bool)
    return DocumentTargets(tuple(labels), on, annotated)


def list_document_labels(documents: Sequence[Document]) -> tuple[str, ...]:
    """Return the labels that documents have, sorted."""
    return tuple(sorted({label for document in documents for label in document.labels or ()}))


def positive_weights(targets: DocumentTargets, kind: LabelWeights) -> npt.NDArray[np.float32]:
    """Return how much a document counts where a label is on, against one where it is off. [L]

    ``inverse`` makes both sides weigh the same in all, ``root`` goes half of that way. None is over 50, or
    under 1.
    """
    count = int(targets.annotated.sum())
    positive = np.maximum(targets.on[targets.annotated].sum(axis=0), 1)  # [L]
    ratio = np.clip((count - positive) / positive, 1.0, None)
    power = {"none": 0.0, "root": 0.5, "inverse": 1.0}[kind]
    weights: npt.NDArray[np.float32] = np.minimum(ratio**power, _HEAVIEST).astype(np.float32)
    return weights
