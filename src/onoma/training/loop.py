"""The one training loop. It only yields what happened; showing, logging and saving are its caller's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from onoma.errors import ModelError
from onoma.features.batches import Indices, bucket_by_length, shuffled_buckets
from onoma.features.examples import Examples
from onoma.features.words import WordFeatures
from onoma.nn.tagger import TaggerNetwork
from onoma.training.config import TrainingConfig
from onoma.training.optim import WeightAverage, make_optimizer, make_schedule
from onoma.training.precision import autocast, pick_precision


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


DevScorer = Callable[[], tuple[float, float, float]]
"""Tags the dev documents with the network as it stands: entity precision, recall, F1."""


class Trainer:
    """Trains a network; after `epochs` is exhausted the network holds the best epoch's weights.

    Args:
        network: with fresh (or taken over) weights, on its device.
        features: gathers batches.
        train: examples to learn from.
        dev: examples for the dev loss.
        score_dev: computes the figures that choose the best epoch.
        config: how to train.
    """

    def __init__(
        self,
        network: TaggerNetwork,
        features: WordFeatures,
        train: Examples,
        dev: Examples,
        score_dev: DevScorer,
        config: TrainingConfig,
    ) -> None:
        if not len(train.lengths):
            raise ModelError("nothing to train on: the training data holds no tokens")
        self.network = network
        self.features = features
        self.train = train
        self.dev = dev
        self.score_dev = score_dev
        self.config = config
        self.device = next(network.parameters()).device
        self.precision = pick_precision(config, self.device)
        self.optimizer = make_optimizer(network, config)
        steps = -(-len(train.lengths) // config.batch_size)
        self.schedule = make_schedule(self.optimizer, config, steps * config.epochs)
        self.average = WeightAverage(network, config.average) if config.average else None
        self.best_f1 = -1.0
        self.best_epoch = 0
        self._best_weights: dict[str, Tensor] = {}

    def epochs(self) -> Iterator[Step | Epoch]:
        """Train, yielding every step and every epoch."""
        for epoch in range(1, self.config.epochs + 1):
            started = time.perf_counter()
            losses, tokens = 0.0, 0
            for step in self._steps(epoch):
                losses += step.loss * step.num_tokens
                tokens += step.num_tokens
                yield step
            trained = time.perf_counter() - started
            yield self._finish_epoch(epoch, losses / tokens, tokens / trained, started)
            if self.config.patience and epoch - self.best_epoch >= self.config.patience:
                break
        self.network.load_state_dict(self._best_weights)

    def _steps(self, epoch: int) -> Iterator[Step]:
        self.network.train()
        batches = shuffled_buckets(
            self.train.lengths, batch_size=self.config.batch_size, seed=self.config.seed, epoch=epoch
        )
        for number, indices in enumerate(batches, start=1):
            inputs, tags = self._tensors(self.train, indices)
            with autocast(self.precision, self.device):
                emissions = self.network(inputs)
            loss = self.network.head.loss(emissions.float(), tags, inputs["lengths"])
            value = loss.item()
            if value != value:
                raise ModelError(
                    f"the loss is not a number in epoch {epoch}, step {number}: lower training.learning_rate"
                )
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            if self.config.clip:
                torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
            self.optimizer.step()
            self.schedule.step()
            if self.average:
                self.average.update()
            yield Step(epoch, number, len(batches), value, int(self.train.lengths[indices].sum()))

    def _finish_epoch(self, epoch: int, train_loss: float, speed: float, started: float) -> Epoch:
        if self.average:
            self.average.swap()
        try:
            precision, recall, f1 = self.score_dev()
            dev_loss = self._dev_loss()
            best = f1 > self.best_f1
            if best:
                self.best_f1, self.best_epoch = f1, epoch
                self._best_weights = {
                    name: value.clone() for name, value in self.network.state_dict().items()
                }
        finally:
            if self.average:
                self.average.swap()
        return Epoch(
            epoch,
            train_loss,
            dev_loss,
            precision,
            recall,
            f1,
            self.optimizer.param_groups[0]["lr"],
            speed,
            time.perf_counter() - started,
            best,
        )

    @torch.inference_mode()
    def _dev_loss(self) -> float:
        self.network.eval()
        total = 0.0
        for indices in bucket_by_length(self.dev.lengths, max_sentences=64, max_tokens=4096):
            inputs, tags = self._tensors(self.dev, indices)
            loss = self.network.loss(inputs, tags)
            total += loss.item() * int(self.dev.lengths[indices].sum())
        return total / max(1, self.dev.num_tokens)

    def _tensors(self, examples: Examples, indices: Indices) -> tuple[dict[str, Tensor], Tensor]:
        batch = self.features.batch([examples.rows[index] for index in indices])
        inputs = {name: torch.from_numpy(array).to(self.device) for name, array in batch.items()}
        return inputs, torch.from_numpy(examples.tag_batch(indices)).to(self.device)
