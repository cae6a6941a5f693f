"""Least confidence in the best path, by effort: maximum normalised log-probability, turned round.

Shen et al. 2018 ("Deep Active Learning for Named Entity Recognition") take ``-log P(best) / n`` over n
tokens, which comes to texts of one word first; here n is the effort. P(best) is that the entities of the best
path are there and no other candidate is, each taken as independent of the others: the same rule for tags and
for spans, which have no path.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from onoma.selection.strategy import Strategy, View, effort

_LEAST = 1e-6


def _judge(views: Sequence[View], _: np.random.Generator) -> float:
    document = views[0].document
    best = {span.key for span in document.entities}
    right = [1.0 if span.score is None else span.score for span in document.entities]
    right += [1.0 - (span.score or 0.0) for span in views[0].candidates if span.key not in best]
    return float(-np.log(np.clip(right, _LEAST, 1.0)).sum()) / effort(document)


STRATEGY = Strategy(
    "least-confidence", "improbability of the best path, by effort (after MNLP)", _judge, candidates=True
)
