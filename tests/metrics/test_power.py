"""How many documents would settle it: against the formula's own promise, by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from onoma.metrics.power import documents_to_settle
from onoma.metrics.significance import mean_f1_of_counts, randomisation_p_value


def draw(rng: np.random.Generator, documents: int, recalls: tuple[float, float]) -> list[np.ndarray]:
    """Counts of two models on the same documents; the better finds what the other finds, and more."""
    gold = rng.integers(1, 6, documents)
    found = [rng.binomial(gold, recall) for recall in recalls]
    return [np.stack([one, gold, one], axis=-1)[None] for one in found]


def test_that_many_documents_find_the_difference_as_often_as_promised() -> None:
    rng = np.random.default_rng(5)
    recalls = (0.80, 0.75)
    needed = documents_to_settle(*draw(rng, 200_000, recalls))  # so many that the difference is the true one
    assert needed is not None
    found = [
        randomisation_p_value(*draw(rng, needed, recalls), rounds=400, seed=1) < 0.05 for _ in range(300)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.07)


def test_the_first_order_is_the_bootstrap() -> None:
    rng = np.random.default_rng(3)
    one, other = draw(rng, 400, (0.8, 0.7))
    picks = rng.integers(400, size=(3_000, 400))
    scores = [mean_f1_of_counts(counts[:, picks].sum(axis=2).transpose(1, 0, 2)) for counts in (one, other)]
    delta = mean_f1_of_counts(one.sum(axis=1)) - mean_f1_of_counts(other.sum(axis=1))
    sigma = (scores[0] - scores[1]).std() * np.sqrt(400)
    assert documents_to_settle(one, other) == pytest.approx((2.8016 * sigma / delta) ** 2, rel=0.1)


def test_a_stricter_level_asks_for_more() -> None:
    one, other = draw(np.random.default_rng(1), 50, (0.8, 0.7))
    loose, strict = (documents_to_settle(one, other, level=level) for level in (0.05, 0.005))
    assert loose is not None
    assert strict is not None
    assert strict > loose >= 2


def test_where_no_number_would_do() -> None:
    one, other = draw(np.random.default_rng(1), 50, (0.8, 0.7))
    assert documents_to_settle(one, one) is None
    assert documents_to_settle(one[:, :1], other[:, :1]) is None
    assert documents_to_settle(one * 0, one * 0) is None


def test_so_few_that_no_test_could_tell_are_never_said() -> None:
    one = np.array([[[3, 3, 3], [3, 3, 3]]])
    other = np.array([[[0, 3, 3], [0, 3, 3]]])
    assert documents_to_settle(one, other) == 6  # of 5 the smallest p is 0.0625
    assert documents_to_settle(one, other, level=0.05 / 3) == 7
