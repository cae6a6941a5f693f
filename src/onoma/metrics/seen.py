"""Scores apart for mentions whose surface was an entity in train (seen) and those that were not (unseen).

A surface is the text between start and end, letter by letter (case counts); its label in train does not
matter. Recall is over the gold mentions whose surface is seen; precision is over the predictions whose own
surface is seen. A right prediction has its gold mention's surface, so both count the same mentions as
correct. Unseen likewise. Every gold mention and every prediction is on exactly one of the two sides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from onoma.metrics.exact import Match
from onoma.metrics.rates import Score
from onoma.metrics.spans import BoolArray
from onoma.text import Document


def train_mentions(documents: Sequence[Document]) -> frozenset[str]:
    """Return the surfaces of all entities of the training documents."""
    return frozenset(
        document.text[entity.start : entity.end] for document in documents for entity in document.entities
    )


def seen_split(
    match: Match, gold: Sequence[Document], predicted: Sequence[Document], mentions: Collection[str]
) -> tuple[Score, Score]:
    """Return the scores of seen and of unseen mentions.

    Args:
        match: of ``spans_from_documents(gold)`` and ``spans_from_documents(predicted)``, rows in their order.
        gold: the gold documents.
        predicted: the same documents with predicted entities.
        mentions: surfaces of train, as `train_mentions` gives them.

    Raises:
        ValueError: the match is not of these documents.
    """
    known = mentions if isinstance(mentions, set | frozenset) else frozenset(mentions)
    gold_seen, predicted_seen = _is_seen(gold, known), _is_seen(predicted, known)  # [G], [P]
    if (len(gold_seen), len(predicted_seen)) != (len(match.gold), len(match.predicted)):
        raise ValueError("the match was not made from these documents")
    sides = []
    for gold_side, predicted_side in ((gold_seen, predicted_seen), (~gold_seen, ~predicted_seen)):
        correct = np.count_nonzero(match.gold_matched & gold_side)
        sides.append(Score(int(correct), int(predicted_side.sum()), int(gold_side.sum())))
    return sides[0], sides[1]


def _is_seen(documents: Sequence[Document], known: Collection[str]) -> BoolArray:
    return np.array(
        [
            document.text[entity.start : entity.end] in known
            for document in documents
            for entity in document.entities
        ],
        dtype=np.bool_,
    )
