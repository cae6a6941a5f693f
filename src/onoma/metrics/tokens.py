"""Token-level scores: every token has one tag, ``O`` included.

They say little about entities (most tokens are ``O``) and are reported to stand beside published figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onoma.metrics.rates import f1_of_counts
from onoma.metrics.spans import IntArray

BATCH_SENTENCES = 8


@dataclass(frozen=True, slots=True)
class TokenScores:
    """Token-level rates in 0..1; 0.0 when there are no tokens."""

    accuracy: float
    macro_f1: float
    batch_macro_f1: float

    def as_dict(self) -> dict[str, float]:
        """Return the rates by name."""
        return {
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "batch_macro_f1": self.batch_macro_f1,
        }


def token_scores(
    gold_ids: NDArray[np.integer], predicted_ids: NDArray[np.integer], offsets: IntArray, num_tags: int
) -> TokenScores:
    """Return the token-level scores.

    Args:
        gold_ids: [N] gold tag of each token, 0..num_tags-1.
        predicted_ids: [N] predicted tag of each token.
        offsets: [S+1] where each sentence starts, then N.
        num_tags: K.

    Raises:
        ValueError: not a prediction for each token.
    """
    return TokenScores(
        token_accuracy(gold_ids, predicted_ids),
        macro_f1(gold_ids, predicted_ids, num_tags),
        batch_macro_f1(gold_ids, predicted_ids, offsets, num_tags),
    )


def token_accuracy(gold_ids: NDArray[np.integer], predicted_ids: NDArray[np.integer]) -> float:
    """Return the share of tokens with the right tag, ``O`` included ([N] and [N]).

    Raises:
        ValueError: not a prediction for each token.
    """
    _check_shapes(gold_ids, predicted_ids)
    return float((gold_ids == predicted_ids).mean()) if len(gold_ids) else 0.0


def macro_f1(gold_ids: NDArray[np.integer], predicted_ids: NDArray[np.integer], num_tags: int) -> float:
    """Return the mean F1 over the tags (not labels) that occur in gold or predicted, ``O`` included.

    The same as scikit-learn's ``f1_score(gold, predicted, average="macro")``.

    Raises:
        ValueError: not a prediction for each token.
    """
    one_batch = np.zeros(len(gold_ids), dtype=np.int64)  # [N]
    return _mean_over_batches(gold_ids, predicted_ids, one_batch, num_tags)


def batch_macro_f1(
    gold_ids: NDArray[np.integer],
    predicted_ids: NDArray[np.integer],
    offsets: IntArray,
    num_tags: int,
    batch_sentences: int = BATCH_SENTENCES,
) -> float:
    """Return the mean over batches of `macro_f1` of the batch.

    A batch is ``batch_sentences`` sentences in the order given; the last may be smaller and counts the same,
    one without tokens does not count. A tag is averaged over in a batch only where it occurs there, in gold
    or predicted. The figure depends on batch size and order and so compares with nothing: it is here only to
    stand beside a published number that was computed this way.

    Raises:
        ValueError: not a prediction for each token.
    """
    sentence_ids = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))  # [N]
    return _mean_over_batches(gold_ids, predicted_ids, sentence_ids // batch_sentences, num_tags)


def _mean_over_batches(
    gold_ids: NDArray[np.integer], predicted_ids: NDArray[np.integer], batch_ids: IntArray, num_tags: int
) -> float:
    _check_shapes(gold_ids, predicted_ids)
    if not len(gold_ids):
        return 0.0
    num_batches = int(batch_ids[-1]) + 1
    cells = batch_ids * num_tags  # [N] first cell of the token's batch

    def count(places: NDArray[np.integer]) -> IntArray:
        return np.bincount(places, minlength=num_batches * num_tags).reshape(num_batches, num_tags)  # [B, K]

    gold, predicted = count(cells + gold_ids), count(cells + predicted_ids)
    correct = count((cells + gold_ids)[gold_ids == predicted_ids])
    num_present = ((gold + predicted) > 0).sum(axis=1)  # [B]
    sums = f1_of_counts(correct, predicted, gold).sum(axis=1)  # [B]
    real = num_present > 0
    return float((sums[real] / num_present[real]).mean())


def _check_shapes(gold_ids: NDArray[np.integer], predicted_ids: NDArray[np.integer]) -> None:
    if gold_ids.shape != predicted_ids.shape:
        raise ValueError(f"gold has {len(gold_ids)} tokens, predicted {len(predicted_ids)}")
