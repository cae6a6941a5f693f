from types import SimpleNamespace

import pytest

from onoma.training.rising import describe_nothing_found, describe_rising


def history(*scores: float) -> list[SimpleNamespace]:
    return [SimpleNamespace(epoch=number, dev_f1=score) for number, score in enumerate(scores, start=1)]


def test_a_run_that_rises_to_its_end_says_so_and_how_much_more_it_wants() -> None:
    note = describe_rising(history(0.1, 0.2, 0.3, 0.4, 0.44, 0.48))
    assert note is not None
    # 8 points in the last two epochs: four halvings until it is half a point.
    assert "40.00 to 48.00 in the last 2 of 6 epochs; some 8 more may help (--epochs 14)" in note


@pytest.mark.parametrize(
    "scores",
    [
        [],
        [0.1, 0.9],  # too few to say
        [0.1, 0.5, 0.8, 0.8, 0.805, 0.807],  # the end is flat
        [0.1, 0.5, 0.7, 0.75, 0.85, 0.84],  # the best is not the last
        [0.9, 0.5, 0.2, 0.3, 0.4, 0.5],  # it only comes back
    ],
)
def test_others_do_not(scores: list[float]) -> None:
    assert describe_rising(history(*scores)) is None


def test_a_run_that_finds_nothing_says_so() -> None:
    note = describe_nothing_found(history(0.0, 0.0))
    assert note is not None
    assert note.startswith("dev F1 stayed at 0 up to epoch 2: ")
    assert describe_nothing_found(history(0.0, 0.01, 0.0)) is None
    assert describe_nothing_found([]) is None
