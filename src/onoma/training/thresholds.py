"""From which probability on a document label is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from onoma.decode.documents import tune_threshold
from onoma.features.document_labels import DocumentTargets
from onoma.runtime.tagger import Tagger
from onoma.text import Document


def choose_thresholds(
    tagger: Tagger, documents: Sequence[Document], targets: DocumentTargets
) -> npt.NDArray[np.float32] | None:
    """Return the thresholds that are best on ``documents``, [L]; None where none of them has labels."""
    kept = targets.annotated
    if not kept.any():
        return None
    probabilities = tagger.document_probabilities(documents)
    threshold = tune_threshold(probabilities[kept], targets.on[kept])
    return np.full(len(targets.labels), threshold, dtype=np.float32)
