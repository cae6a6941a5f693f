"""Losses scaled for half precision: what overflows is left out, the rest is as it would be unscaled."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from resuming import settings, write_corpus

from onoma.errors import ConfigError
from onoma.training import loss_scale
from onoma.training.assembly import Assembly
from onoma.training.config import resolve
from onoma.training.data import load_run_data
from onoma.training.events import Step
from onoma.training.loop import DevScore, Trainer
from onoma.training.loss_scale import LossScale
from onoma.training.precision import check_precision
from onoma.training.run import Run

CPU = torch.device("cpu")


def test_gradients_are_what_they_would_be_unscaled() -> None:
    scale = LossScale()
    gradients = [torch.tensor([1.0, -2.0]) * scale.factor, torch.tensor([[0.5]]) * scale.factor]
    assert scale.undo(gradients)
    assert torch.equal(gradients[0], torch.tensor([1.0, -2.0]))
    assert torch.equal(gradients[1], torch.tensor([[0.5]]))
    assert scale.undo([])


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_an_overflow_halves_the_factor(bad: float) -> None:
    scale = LossScale()
    first = scale.factor
    assert not scale.undo([torch.ones(2), torch.tensor([1.0, bad])])
    assert scale.factor == first / 2
    for _ in range(60):
        scale.undo([torch.tensor([bad])])
    assert scale.factor == 1


def test_the_factor_grows_after_long_without_an_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loss_scale, "_PATIENCE", 3)
    scale, other = LossScale(), LossScale()
    first = scale.factor
    for _ in range(2):
        scale.undo([torch.ones(1)])
    other.load_state(scale.state())
    for one in (scale, other):
        one.undo([torch.ones(1)])
        assert one.factor == 2 * first
    for _ in range(100):
        scale.undo([torch.ones(1)])
    assert scale.factor == 2**24


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "data")


def trainer(corpus: Path, *, scaled: bool) -> Trainer:
    given = settings(corpus, "bilstm-crf", epochs=2)
    given["model"] |= {"dropout": 0.0, "word_dropout": 0.0}
    config = resolve(None, given)
    model = Assembly(config, load_run_data(config.data, 13).splits, CPU, pretrained=True)
    made = Trainer(
        model.network, model.objective("fp32"), lambda: DevScore(0.0, 0.0, 0.1, loss=1.0), config.training
    )
    made.scale = LossScale() if scaled else None
    return made


def losses(made: Trainer) -> list[float]:
    return [event.loss for event in made.epochs() if isinstance(event, Step)]


def test_a_scaled_training_is_the_same_but_for_rounding(corpus: Path) -> None:
    assert losses(trainer(corpus, scaled=True)) == pytest.approx(
        losses(trainer(corpus, scaled=False)), rel=1e-3
    )


def test_an_update_that_overflows_is_left_out(corpus: Path) -> None:
    made = trainer(corpus, scaled=True)
    assert made.scale is not None
    made.scale.factor = 1e39  # beyond single precision
    before = {name: value.clone() for name, value in made.network.state_dict().items()}
    next(made.epochs())
    assert made.schedule.last_epoch == 0
    assert all(torch.equal(value, before[name]) for name, value in made.network.state_dict().items())
    assert made.state()["scale"]["factor"] == 5e38
    other = trainer(corpus, scaled=True)
    other.load_state(made.state())
    assert other.scale is not None
    assert other.scale.factor == 5e38


def test_half_precision_is_for_gpus(corpus: Path, tmp_path: Path) -> None:
    config = resolve(None, settings(corpus, "lstm", precision="fp16"))
    with pytest.raises(ConfigError, match="fp16 is for GPUs"):
        Run(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    check_precision(config.training, torch.device("cuda"))
