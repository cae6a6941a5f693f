"""Disagreement of several models: entropy of their votes on each entity that one of them finds.

Vote entropy of Engelson and Dagan 1996 ("Minimizing Manual Annotation Cost in Supervised Training from
Corpora"), over entities, divided by the effort.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from onoma.selection.strategy import Strategy, View, binary_entropy, effort


def _judge(views: Sequence[View], _: np.random.Generator) -> float:
    votes = Counter(key for view in views for key in {span.key for span in view.document.entities})
    shares = np.array(list(votes.values()), dtype=np.float64) / len(views)
    return float(binary_entropy(shares).sum()) / effort(views[0].document)


STRATEGY = Strategy("disagreement", "entropy of the votes of several models (--also)", _judge, models=2)
