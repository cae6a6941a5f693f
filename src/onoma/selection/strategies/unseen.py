"""Unseen mentions: how many entities are to be expected that nobody has annotated yet.

What a model does not know of an entity it has to guess from what stands around it: of mentions that
train holds taggers find far more than of others. A mention counts by its probability, and once a text.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from onoma.selection.strategy import Strategy, View, effort, mention_key


def _judge(views: Sequence[View], _: np.random.Generator) -> float:
    view, expected = views[0], dict[str, float]()
    for span in view.candidates:
        key = mention_key(span)
        if key not in view.known:
            expected[key] = max(expected.get(key, 0.0), span.score or 0.0)
    return sum(expected.values()) / effort(view.document)


STRATEGY = Strategy(
    "unseen",
    "expected mentions that are not annotated yet (--without), by effort",
    _judge,
    candidates=True,
    mentions=True,
)
