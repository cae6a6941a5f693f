"""Document labels: thresholds and votes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.decode.documents import DocumentDecoder, tune_threshold
from onoma.decode.protocol import ATTENTION, VALUES


def f1(probabilities, gold, thresholds) -> float:
    given_labels = probabilities >= thresholds
    return 2 * (given_labels & gold).sum() / max(1, given_labels.sum() + gold.sum())


@given(st.integers(0, 2**32 - 1))
def test_the_common_threshold_is_the_best_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gold = rng.random((9, 3)) < 0.4
    probabilities = np.round(np.clip(gold * 0.3 + rng.random((9, 3)), 0, 1), 1)  # with ties
    found = tune_threshold(probabilities, gold)
    if gold.any():
        best = max(f1(probabilities, gold, limit) for limit in [*np.unique(probabilities), 0.5])
        assert f1(probabilities, gold, found) == pytest.approx(best)


def test_where_no_label_is_on_the_threshold_is_a_half() -> None:
    assert tune_threshold(np.full((3, 2), 0.9), np.zeros((3, 2), dtype=bool)) == 0.5


def test_votes_are_pooled_without_overflow_and_decided_by_threshold() -> None:
    decoder = DocumentDecoder(("a", "b"), np.array([0.0, -1.0]), np.array([0.5, 0.2]))
    pools = decoder.new_pools(2)
    attention = np.array([[5000.0, 0.0], [-5000.0, 0.0]], dtype=np.float32)
    values = np.array([[3.0, 1.0], [-9.0, -1.0]], dtype=np.float32)
    pools.add(0, {ATTENTION: attention, VALUES: values})
    probabilities = pools.probabilities()
    expected = 1 / (1 + np.exp(-np.array([[3.0, -1.0], [0.0, -1.0]])))
    np.testing.assert_allclose(probabilities, expected)
    assert decoder.decide(probabilities[0]) == ("a", "b")
    assert decoder.decide(np.array([0.4, 0.1])) == ()
