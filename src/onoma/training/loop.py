"""The one training loop. It only yields what happened; showing, logging and saving are its caller's.

Between two of its events a `Trainer` is wholly described by `Trainer.state`: another one that loads it goes
on bit for bit as the first would have.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from onoma.errors import ModelError
from onoma.features.batches import Indices
from onoma.training.config import TrainingConfig
from onoma.training.events import Epoch, Step
from onoma.training.keeping import KeptEpoch, standard_error
from onoma.training.loss_scale import LossScale
from onoma.training.objectives import Objective
from onoma.training.optim import WeightAverage, clip_gradients, make_optimizer, make_schedule
from onoma.training.processes.world import World
from onoma.training.tables import lazy_tables


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


@dataclass(frozen=True, slots=True)
class DevScore:
    """What the present network reaches on the dev documents.

    Args:
        precision: of entities.
        recall: of entities.
        f1: of entities.
        documents: micro F1 of document labels, where they are learned.
        scores: of each task that chooses the epoch, by their mean; each with the number of things that it is
            a share of.
        loss: over the dev data, where it was found on the way.
        accuracy: share of dev's tokens with the right tag, where it was measured.
        train_f1: of entities of a sample of train, likewise.
        train_accuracy: of its tokens, likewise.
    """

    precision: float
    recall: float
    f1: float
    documents: float | None = None
    scores: tuple[tuple[float, int], ...] = ()
    loss: float | None = None
    accuracy: float | None = None
    train_f1: float | None = None
    train_accuracy: float | None = None

    @property
    def choice(self) -> float:
        """The figure that the epoch is chosen by."""
        return sum(score for score, _ in self.scores) / len(self.scores) if self.scores else self.f1

    @property
    def error(self) -> float:
        """The standard error of that figure; 0 where it is not known what it is a share of."""
        errors = [standard_error(*one) for one in self.scores]
        return math.hypot(*errors) / max(1, len(errors))


DevScorer = Callable[[], DevScore]
"""Tags the dev documents with the network as it stands."""


class Trainer:
    """Trains a network; after `epochs` is exhausted the network holds the kept epoch's weights.

    Args:
        network: with fresh (or taken over) weights, on its device.
        objective: what it learns.
        score_dev: computes the figures that choose the epoch; may raise `StoppedError`.
        config: how to train.
        stopping: whether a stop has been asked for; looked at while dev is scored, which can be long.
        world: the processes that train together; the objective is of the same. The first one scores dev.
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        score_dev: DevScorer,
        config: TrainingConfig,
        stopping: Callable[[], bool] = lambda: False,
        world: World | None = None,
    ) -> None:
        if not objective.num_batches:
            raise ModelError("nothing to train on: the training data holds no tokens")
        self.network = network
        self.objective = objective
        self.score_dev = score_dev
        self.config = config
        self.stopping = stopping
        self.world = world or World()
        self.world.spread(network)
        self.device = next(network.parameters()).device
        self.optimizer = make_optimizer(network, config)
        self.schedule = make_schedule(self.optimizer, config, objective.num_batches * config.epochs)
        self.average = WeightAverage(network, config.average) if config.average else None
        self.tables = lazy_tables(network, self.optimizer, self.average, self.world)
        self.scale = LossScale() if objective.precision == "fp16" else None
        self.position = Position()
        self.history: list[Epoch] = []
        self.kept = KeptEpoch()
        self._kept_weights: dict[str, Tensor] = {}

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or as many without a better dev F1 as patience allows."""
        done = self.position.epoch - 1
        tired = self.config.patience and done and done - self.kept.highest_epoch >= self.config.patience
        return done >= self.config.epochs or bool(tired)

    def epochs(self) -> Iterator[Step | Epoch]:
        """Train from where `position` stands, yielding every step and every epoch."""
        while not self.finished:
            yield from self._steps()
            yield self._finish_epoch()
        for table in self.tables:
            table.release()
        self.network.load_state_dict(self._kept_weights)

    def state(self) -> dict[str, Any]:
        """Return everything the next events depend on: tensors (not copies) and plain values.

        Valid between events, until `epochs` is exhausted.
        """
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average.state() if self.average else None,
            "tables": [table.state() for table in self.tables],
            "best": {**self.kept.state(), "weights": self._kept_weights},
            "position": asdict(self.position),
            "history": [epoch.as_dict() for epoch in self.history],
            "scale": self.scale.state() if self.scale else None,
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
            # Those of runs from before there were any have all rows caught up.
            states = state.get("tables") or [None] * len(self.tables)
            for table, own in zip(self.tables, states, strict=True):
                table.load_state(own, self.schedule.last_epoch)
            if self.scale and state.get("scale"):
                self.scale.load_state(state["scale"])
            kept = state["best"]
            self.kept = KeptEpoch.from_state(kept)
            self._kept_weights = {name: value.to(self.device) for name, value in kept["weights"].items()}
            self.position = Position(**state["position"])
            self.history = [Epoch(**values) for values in state["history"]]
            set_random_state(state["random"], self.device)
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise ModelError(f"the training state does not fit this run: {error}") from None

    def _steps(self) -> Iterator[Step]:
        position = self.position
        self.network.train()
        batches = self.objective.batches(position.epoch)
        for batch in batches[position.step :]:
            started = time.perf_counter()
            loss = self._update(batch)
            tokens = self.objective.num_tokens(batch)
            position.step += 1
            position.loss += loss * tokens
            position.tokens += tokens
            position.seconds += time.perf_counter() - started
            yield Step(position.epoch, position.step, len(batches), loss, tokens, self.config.epochs)

    def _update(self, batch: Indices) -> float:
        """Learn from one batch and return its loss a token."""
        position = self.position
        self.optimizer.zero_grad(set_to_none=True)
        self.world.begin_step(self.config.seed, position.epoch, position.step)
        value = self.objective.backward(batch, position.epoch, self.scale.factor if self.scale else 1.0)
        of_tables = [table.take_gradient() for table in self.tables]
        value = self.world.merge(self.network.parameters(), value, self.stopping())
        if value != value:
            raise ModelError(
                f"the loss is not a number in epoch {position.epoch}, step {position.step + 1}: "
                "lower training.learning_rate"
            )
        dense = [parameter.grad for parameter in self.network.parameters()]
        gradients = [one for one in (*dense, *of_tables) if one is not None]
        if self.scale and not self.scale.undo(gradients):
            return value
        if self.config.clip:
            clip_gradients(gradients, self.config.clip)
        self.optimizer.step()
        keep = self.average.update() if self.average else 1.0
        for table in self.tables:
            table.update(keep)
        self.schedule.step()
        return value

    def _keep_weights(self) -> None:
        """Keep the present weights, in the place of those before: new memory takes time."""
        for name, value in self.network.state_dict().items():
            if name in self._kept_weights:
                self._kept_weights[name].copy_(value)
            else:
                self._kept_weights[name] = value.clone()

    def _score(self) -> tuple[DevScore, float]:
        """Return what the network as it stands reaches on dev, and its loss there."""
        score = self.score_dev()
        return score, self.objective.dev_loss(self.stopping) if score.loss is None else score.loss

    def _finish_epoch(self) -> Epoch:
        started, position = time.perf_counter(), self.position
        self.network.eval()
        for table in self.tables:
            table.catch_up()
        if self.average:
            self.average.swap()
        try:
            score, dev_loss = self.world.lead(self._score)
            kept = self.kept.takes(position.epoch, score.choice, score.error)
            if kept:
                self._keep_weights()
        finally:
            if self.average:
                self.average.swap()
        epoch = Epoch(
            epoch=position.epoch,
            train_loss=position.loss / position.tokens,
            dev_loss=dev_loss,
            dev_precision=score.precision,
            dev_recall=score.recall,
            dev_f1=score.f1,
            learning_rate=self.optimizer.param_groups[0]["lr"],
            tokens_per_second=position.tokens / position.seconds,
            seconds=position.seconds + time.perf_counter() - started,
            best=kept,
            dev_document_f1=score.documents,
            task_weights=self.objective.task_weights(),
            dev_choice=None if score.choice == score.f1 else score.choice,
            dev_accuracy=score.accuracy,
            train_f1=score.train_f1,
            train_accuracy=score.train_accuracy,
        )
        self.history.append(epoch)
        self.position = Position(position.epoch + 1)
        return epoch


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
