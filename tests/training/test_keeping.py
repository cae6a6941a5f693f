"""Which epoch is kept: the last one within a standard error of the best."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.training.keeping import KeptEpoch, standard_error
from onoma.training.loop import DevScore


def kept(scores: list[float], gold: int) -> KeptEpoch:
    choice = KeptEpoch()
    for epoch, score in enumerate(scores, 1):
        choice.takes(epoch, score, standard_error(score, gold))
    return choice


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 10_000))
def test_it_is_the_last_one_that_cannot_be_told_from_the_best(scores: list[float], gold: int) -> None:
    choice = kept(scores, gold)
    assert choice.highest == max(scores)
    assert choice.highest_epoch == scores.index(choice.highest) + 1
    assert choice.highest_epoch <= choice.epoch
    lowest = choice.highest - standard_error(choice.highest, gold)
    assert scores[choice.epoch - 1] >= lowest
    assert all(score < lowest for score in scores[choice.epoch :])


def test_with_little_dev_luck_is_not_chosen_and_with_much_the_best_is() -> None:
    scores = [0.40, 0.55, 0.62, 0.60, 0.61, 0.60]
    assert kept(scores, 150).epoch == 6
    assert kept(scores, 100_000).epoch == 3
    assert kept([0.0, 0.0, 0.0], 150).epoch == 3
    # What falls for good is not followed.
    assert kept([0.60, 0.62, 0.40, 0.38], 150).epoch == 2


def test_the_standard_error_is_that_of_a_share() -> None:
    assert standard_error(0.5, 100) == pytest.approx(0.05)
    assert standard_error(1.0, 100) == standard_error(0.0, 100) == standard_error(0.5, 0) == 0


def test_it_is_stored_and_older_runs_go_on_from_their_best_epoch() -> None:
    choice = kept([0.5, 0.6, 0.59], 100)
    again = KeptEpoch.from_state(json.loads(json.dumps({**choice.state(), "weights": {}})))
    assert again == choice
    assert KeptEpoch.from_state({"f1": 0.6, "epoch": 2, "weights": {}}) == KeptEpoch(0.6, 0.0, 2, 2)
    with pytest.raises(KeyError):
        KeptEpoch.from_state({"epoch": 2})


def test_the_error_of_a_mean_of_two_tasks_is_that_of_both() -> None:
    assert DevScore(0.0, 0.0, 0.5).error == 0
    assert DevScore(0.0, 0.0, 0.5, scores=((0.5, 100),)).error == pytest.approx(0.05)
    both = DevScore(0.0, 0.0, 0.5, scores=((0.5, 100), (0.8, 16)))
    assert both.choice == pytest.approx(0.65)
    assert both.error == pytest.approx((0.05**2 + 0.1**2) ** 0.5 / 2)
