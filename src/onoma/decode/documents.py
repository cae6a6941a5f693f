"""From what words say about a document's labels to the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from onoma.decode.protocol import ATTENTION, VALUES, Floats
from onoma.text import Document


@dataclass(frozen=True, slots=True)
class DocumentDecoder:
    """Pools the words' votes over a document and decides.

    Args:
        labels: the L labels.
        biases: [L]
        thresholds: probability from which on a label is given. [L]
    """

    labels: tuple[str, ...]
    biases: npt.NDArray[np.float64]
    thresholds: npt.NDArray[np.float64]

    def decide(self, probabilities: npt.NDArray[np.float64]) -> tuple[str, ...]:
        """Return the labels of a document with these ``probabilities`` [L]."""
        return tuple(
            label for label, on in zip(self.labels, probabilities >= self.thresholds, strict=True) if on
        )

    def finish(self, documents: Sequence[Document], pools: Pools) -> list[Document]:
        """Return the documents with their labels, after those that they have."""
        rows = pools.probabilities()
        return [
            replace(one, labels=(*(one.labels or ()), *self.decide(row)))
            for one, row in zip(documents, rows, strict=True)
        ]

    def new_pools(self, num_documents: int) -> Pools:
        """Return empty pools for so many documents."""
        return Pools(num_documents, self.biases)


class Pools:
    """The attention-weighted mean of votes for each document, gathered batch by batch.

    A running softmax: sums are kept relative to the highest attention so far, so that nothing overflows and
    no document has to be held as a whole.
    """

    def __init__(self, num_documents: int, biases: npt.NDArray[np.float64]) -> None:
        shape = (num_documents, len(biases))
        self._biases = biases
        self._highest = np.full(shape, -np.inf)
        self._weights = np.zeros(shape)
        self._values = np.zeros(shape)

    def add(self, document: int, outputs: Mapping[str, Floats]) -> None:
        """Add some words' votes, [T, L] each, to a document."""
        attention, values = outputs[ATTENTION], outputs[VALUES]
        if not len(attention):
            return
        highest = np.maximum(self._highest[document], attention.max(axis=0))  # [L]
        fade = np.exp(self._highest[document] - highest)  # [L]
        weights = np.exp(attention - highest)  # [T, L]
        self._weights[document] = self._weights[document] * fade + weights.sum(axis=0)
        self._values[document] = self._values[document] * fade + (weights * values).sum(axis=0)
        self._highest[document] = highest

    def probabilities(self) -> npt.NDArray[np.float64]:
        """Return each label's probability; that of a document without words is the bias alone. [D, L]"""
        means = self._values / np.maximum(self._weights, 1e-9)
        probabilities: npt.NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(means + self._biases, -60, 60)))
        return probabilities


_PLAIN_THRESHOLD = 0.5


def tune_threshold(probabilities: npt.NDArray[np.float64], gold: npt.NDArray[np.bool_]) -> float:
    """Choose the threshold of the best micro F1 on data that was not trained on; 0.5 where that is as good.

    It is one for all labels: a threshold for each, chosen on the 94 documents of NEREL's dev, cost several
    points of micro F1 on test.

    Args:
        probabilities: [D, L]
        gold: whether the label is on. [D, L]
    """
    if not gold.any():
        return _PLAIN_THRESHOLD
    order = np.argsort(-probabilities, axis=None, kind="stable")
    ranked = probabilities.ravel()[order]
    hits = np.cumsum(gold.ravel()[order])  # [N], right ones among the first n + 1
    scores = 2 * hits / (np.arange(1, len(order) + 1) + gold.sum())
    scores[:-1][ranked[:-1] == ranked[1:]] = -1  # no threshold parts equals
    best = int(scores.argmax())
    chosen = probabilities >= _PLAIN_THRESHOLD
    if 2 * (chosen & gold).sum() / max(1, chosen.sum() + gold.sum()) >= scores[best]:
        return _PLAIN_THRESHOLD
    following = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + following) / 2)
