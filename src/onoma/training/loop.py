"""The one training loop. It only yields what happened; showing, logging and saving are its caller's.

Between two of its events a `Trainer` is wholly described by `Trainer.state`: another one that loads it goes
on bit for bit as the first would have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from onoma.errors import ModelError
from onoma.features.batches import Indices, bucket_by_length, shuffled_buckets
from onoma.features.examples import Examples
from onoma.features.protocol import Features
from onoma.nn.tagger import TaggerNetwork
from onoma.training.config import TrainingConfig
from onoma.training.optim import WeightAverage, make_optimizer, make_schedule
from onoma.training.precision import autocast, pick_precision
from onoma.training.stopping import StoppedError


@dataclass(frozen=True, slots=True)
class Step:
    """One update: where in the epoch it stands, its loss a token, and its real tokens."""

    epoch: int
    step: int
    num_steps: int
    loss: float
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch's results; a row of ``history.jsonl``. Losses are means a token, seconds are of this epoch.

    ``tokens_per_second`` counts training tokens over training time, evaluation excluded.
    """

    epoch: int
    train_loss: float
    dev_loss: float
    dev_precision: float
    dev_recall: float
    dev_f1: float
    learning_rate: float
    tokens_per_second: float
    seconds: float
    best: bool

    def as_dict(self) -> dict[str, float | int | bool]:
        """Return plain values."""
        return asdict(self)


@dataclass(slots=True)
class Position:
    """Where training stands: in which epoch, after how many of its updates, and the epoch's sums so far.

    ``seconds`` is time spent on updates.
    """

    epoch: int = 1
    step: int = 0
    loss: float = 0.0
    tokens: int = 0
    seconds: float = 0.0


DevScorer = Callable[[], tuple[float, float, float]]
"""Tags the dev documents with the network as it stands: entity precision, recall, F1."""


def automatic_batch_size(num_sentences: int) -> int:
    """Return 32, or less where an epoch would have fewer than 64 updates: few updates learn little."""
    return min(32, max(8, num_sentences // 64))


class Trainer:
    """Trains a network; after `epochs` is exhausted the network holds the best epoch's weights.

    Args:
        network: with fresh (or taken over) weights, on its device.
        features: gathers batches.
        train: examples to learn from.
        dev: examples for the dev loss.
        score_dev: computes the figures that choose the best epoch; may raise `StoppedError`.
        config: how to train.
        stopping: whether a stop has been asked for; looked at while dev is scored, which can be long.
    """

    def __init__(
        self,
        network: TaggerNetwork,
        features: Features,
        train: Examples,
        dev: Examples,
        score_dev: DevScorer,
        config: TrainingConfig,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        if not len(train.lengths):
            raise ModelError("nothing to train on: the training data holds no tokens")
        self.network = network
        self.features = features
        self.train = train
        self.dev = dev
        self.score_dev = score_dev
        self.config = config
        self.stopping = stopping
        self.device = next(network.parameters()).device
        self.precision = pick_precision(config, self.device)
        self.optimizer = make_optimizer(network, config)
        self.batch_size = config.batch_size or automatic_batch_size(len(train.lengths))
        steps = -(-len(train.lengths) // self.batch_size)
        self.schedule = make_schedule(self.optimizer, config, steps * config.epochs)
        self.average = WeightAverage(network, config.average) if config.average else None
        self.position = Position()
        self.history: list[Epoch] = []
        self.best_f1 = -1.0
        self.best_epoch = 0
        self._best_weights: dict[str, Tensor] = {}

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or as many without a better dev F1 as patience allows."""
        done = self.position.epoch - 1
        tired = self.config.patience and done and done - self.best_epoch >= self.config.patience
        return done >= self.config.epochs or bool(tired)

    def epochs(self) -> Iterator[Step | Epoch]:
        """Train from where `position` stands, yielding every step and every epoch."""
        while not self.finished:
            yield from self._steps()
            yield self._finish_epoch()
        self.network.load_state_dict(self._best_weights)

    def state(self) -> dict[str, Any]:
        """Return everything the next events depend on: tensors (not copies) and plain values.

        Valid between events, until `epochs` is exhausted.
        """
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average.state() if self.average else None,
            "best": {"f1": self.best_f1, "epoch": self.best_epoch, "weights": self._best_weights},
            "position": asdict(self.position),
            "history": [epoch.as_dict() for epoch in self.history],
            "random": random_state(self.device),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a `state` of a trainer with the same network, data and configuration.

        Raises:
            ModelError: the state is of something else.
        """
        try:
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.schedule.load_state_dict(state["schedule"])
            if self.average:
                self.average.load_state(state["average"])
            best = state["best"]
            self.best_f1, self.best_epoch = best["f1"], best["epoch"]
            self._best_weights = {name: value.to(self.device) for name, value in best["weights"].items()}
            self.position = Position(**state["position"])
            self.history = [Epoch(**values) for values in state["history"]]
            set_random_state(state["random"], self.device)
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise ModelError(f"the training state does not fit this run: {error}") from None

    def _steps(self) -> Iterator[Step]:
        position = self.position
        self.network.train()
        batches = shuffled_buckets(
            self.train.sizes,
            batch_size=self.batch_size,
            seed=self.config.seed,
            epoch=position.epoch,
        )
        for indices in batches[position.step :]:
            started = time.perf_counter()
            loss = self._update(indices)
            tokens = int(self.train.lengths[indices].sum())
            position.step += 1
            position.loss += loss * tokens
            position.tokens += tokens
            position.seconds += time.perf_counter() - started
            yield Step(position.epoch, position.step, len(batches), loss, tokens)

    def _update(self, indices: Indices) -> float:
        """Learn from one batch and return its loss a token."""
        self.optimizer.zero_grad(set_to_none=True)
        num_tokens = int(self.train.lengths[indices].sum())
        value = 0.0
        for part in np.array_split(indices, min(self.config.accumulate, len(indices))):
            share = int(self.train.lengths[part].sum()) / num_tokens
            inputs, tags = self._tensors(self.train, part)
            with autocast(self.precision, self.device):
                emissions = self.network(inputs)
            loss = self.network.head.loss(emissions.float(), tags, inputs["lengths"]) * share
            loss.backward()  # type: ignore[no-untyped-call]
            value += loss.item()
        if value != value:
            raise ModelError(
                f"the loss is not a number in epoch {self.position.epoch}, step {self.position.step + 1}: "
                "lower training.learning_rate"
            )
        if self.config.clip:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self.optimizer.step()
        self.schedule.step()
        if self.average:
            self.average.update()
        return value

    def _finish_epoch(self) -> Epoch:
        started, position = time.perf_counter(), self.position
        if self.average:
            self.average.swap()
        try:
            precision, recall, f1 = self.score_dev()
            dev_loss = self._dev_loss()
            best = f1 > self.best_f1
            if best:
                self.best_f1, self.best_epoch = f1, position.epoch
                self._best_weights = {
                    name: value.clone() for name, value in self.network.state_dict().items()
                }
        finally:
            if self.average:
                self.average.swap()
        epoch = Epoch(
            position.epoch,
            position.loss / position.tokens,
            dev_loss,
            precision,
            recall,
            f1,
            self.optimizer.param_groups[0]["lr"],
            position.tokens / position.seconds,
            position.seconds + time.perf_counter() - started,
            best,
        )
        self.history.append(epoch)
        self.position = Position(position.epoch + 1)
        return epoch

    @torch.inference_mode()
    def _dev_loss(self) -> float:
        self.network.eval()
        total = 0.0
        for indices in bucket_by_length(self.dev.sizes, max_sentences=64, max_tokens=4096):
            if self.stopping():
                raise StoppedError
            inputs, tags = self._tensors(self.dev, indices)
            loss = self.network.loss(inputs, tags)
            total += loss.item() * int(self.dev.lengths[indices].sum())
        return total / max(1, self.dev.num_tokens)

    def _tensors(self, examples: Examples, indices: Indices) -> tuple[dict[str, Tensor], Tensor]:
        batch = self.features.batch([examples.rows[index] for index in indices])
        inputs = {name: torch.from_numpy(array).to(self.device) for name, array in batch.items()}
        return inputs, torch.from_numpy(examples.tag_batch(indices)).to(self.device)


def random_state(device: torch.device) -> dict[str, Tensor]:
    """Return the state of the generators that dropout draws from."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_random_state(state: dict[str, Tensor], device: torch.device) -> None:
    """Put the generators where `random_state` found them; one that was not in use then is left alone."""
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
