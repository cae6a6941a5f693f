"""Entropy of the marginals: how undecided the model is on every entity that might be one.

Total token entropy of Settles and Craven 2008 ("An Analysis of Active Learning Strategies for Sequence
Labeling Tasks"), over entities instead of tags and divided by the effort, or it would choose long texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from onoma.selection.strategy import Strategy, View, binary_entropy, effort


def _judge(views: Sequence[View], _: np.random.Generator) -> float:
    probabilities = np.array([span.score or 0.0 for span in views[0].candidates], dtype=np.float64)
    return float(binary_entropy(probabilities).sum()) / effort(views[0].document)


STRATEGY = Strategy(
    "entropy", "entropy of the probabilities of all possible entities, by effort", _judge, candidates=True
)
