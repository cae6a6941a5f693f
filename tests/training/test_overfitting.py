from types import SimpleNamespace

import pytest

from onoma.training.overfitting import describe_overfitting


def history(*losses: tuple[float, float]) -> list[SimpleNamespace]:
    return [SimpleNamespace(epoch=n, train_loss=a, dev_loss=b) for n, (a, b) in enumerate(losses, start=1)]


def test_rising_dev_loss_under_falling_train_loss_is_named() -> None:
    note = describe_overfitting(history((0.5, 0.4), (0.2, 0.18), (0.05, 0.25), (0.01, 0.38)))
    assert note is not None
    assert "from 0.1800 (epoch 2) to 0.3800 (epoch 4)" in note
    assert "from 0.2000 to 0.0100" in note


@pytest.mark.parametrize(
    "losses",
    [
        [],
        [(0.5, 0.4)],
        [(0.5, 0.4), (0.3, 0.2), (0.2, 0.205)],  # noise
        [(0.5, 0.4), (0.3, 0.2), (0.9, 0.8)],  # both rise: not overfitting, divergence
    ],
)
def test_other_courses_are_not(losses) -> None:
    assert describe_overfitting(history(*losses)) is None
