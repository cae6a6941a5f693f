"""Updates and measurements of a pretraining; between two of them it is its ``state()``, and nothing else."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from onoma.errors import ModelError
from onoma.runtime.precision import Precision, autocast
from onoma.training.events import Measured, Update
from onoma.training.loss_scale import LossScale
from onoma.training.pretraining.config import PretrainingConfig
from onoma.training.pretraining.corpus import Blocks
from onoma.training.pretraining.masking import Masked, mask_words
from onoma.training.pretraining.network import MaskedLanguageModel, make_optimizer
from onoma.training.pretraining.schedule import Schedule
from onoma.training.processes.world import World

_HELD_OUT_BLOCKS = 512
"""Blocks of the held-out part that perplexity is measured on at most; they are spread over all of it."""
_ORDER, _TRAIN, _HELD_OUT = 2, 3, 4
"""What a seed is for, so that no two draws are the same."""


@dataclass(slots=True)
class _Sums:
    """Over the updates since the last measurement."""

    steps: int = 0
    loss: float = 0.0
    pieces: int = 0
    seconds: float = 0.0


class Pretrainer:
    """Trains a network on blocks.

    Args:
        network: on its device.
        train: blocks to learn from.
        held_out: blocks to measure on.
        config: how.
        mask_id: the piece that hides others.
        num_pieces: ids of the tokenizer.
        precision: ``bf16``, ``fp16`` or ``fp32``.
        device: the network's.
        stopping: whether this process was asked to stop.
        world: the processes that train together; the first one measures, and has the clock.
    """

    def __init__(
        self,
        network: MaskedLanguageModel,
        train: Blocks,
        held_out: Blocks,
        config: PretrainingConfig,
        *,
        mask_id: int,
        num_pieces: int,
        precision: Precision,
        device: torch.device,
        stopping: Callable[[], bool] = lambda: False,
        world: World | None = None,
    ) -> None:
        self.world = world or World()
        self.stopping = stopping
        self.network = network
        self.train = train
        self.held_out = held_out
        self.config = config
        self.precision = precision
        self.device = device
        self.optimizer = make_optimizer(network, config)
        self.scale = LossScale() if precision == "fp16" else None
        self.steps_an_epoch = -(-len(train) // config.batch_size)
        steps = 0 if config.minutes else config.steps or max(1, config.epochs) * self.steps_an_epoch
        self.schedule = Schedule(steps, 60 * config.minutes, config.warmup)
        self.step = self.pieces = 0
        self.seconds = 0.0
        self.history: list[dict[str, Any]] = []
        self._marks = 0  # measurements that were due so far
        self._sums = _Sums()
        self._mask_id = mask_id
        self._num_pieces = num_pieces
        self._order: tuple[int, npt.NDArray[np.int64]] | None = None

    @property
    def share(self) -> float:
        """Share of the training done, from 0 to 1."""
        return self.schedule.share(self.step, self.seconds)

    def events(self) -> Iterator[Update | Measured]:
        """Train to the end; yields each update and each row of the history."""
        self.world.spread(self.network)
        self.network.train()
        while True:
            marks = int(self.share * self.config.evaluations + 1e-9)
            # By the clock a measurement can take the time to the next one: there is nothing new to measure.
            if marks > self._marks and self._sums.steps:
                self._marks = marks
                yield self._measure()
            elif self.share < 1:
                yield self._update()
            else:
                return

    def _update(self) -> Update:
        started = time.perf_counter()
        epoch, place = divmod(self.step, self.steps_an_epoch)
        rows = self._order_of(epoch)[place * self.config.batch_size : (place + 1) * self.config.batch_size]
        rate = self.config.learning_rate * self.schedule.factor(self.step, self.seconds)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        value = self._backward(rows, epoch)
        value = self.world.merge(self.network.parameters(), value, self.stopping())
        if not math.isfinite(value):
            raise ModelError(f"the loss is not a number in step {self.step + 1}: lower --learning-rate")
        gradients = [one.grad for one in self.network.parameters() if one.grad is not None]
        if self.scale is None or self.scale.undo(gradients):
            if self.config.clip:
                torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
            self.optimizer.step()
        taken = self.world.of_first(time.perf_counter() - started)
        pieces = len(rows) * self.config.block
        sums = self._sums
        self._sums = _Sums(sums.steps + 1, sums.loss + value, sums.pieces + pieces, sums.seconds + taken)
        self.step += 1
        self.pieces += pieces
        self.seconds += taken
        return Update(self.step, self.share, value, pieces, taken)

    def _backward(self, rows: npt.NDArray[np.int64], epoch: int) -> float:
        """Make the gradients of this process's share of a batch; return its loss, weighed as they are."""
        masked = self._mask(self.train, rows, (self.config.seed, _TRAIN, epoch))
        own = masked.part(self.world.own(np.arange(len(rows))), self.config.block)
        if not len(own.places):  # all that is hidden of this batch is others'
            return 0.0
        loss = self._masked_loss(own)
        if self.world.size > 1:
            loss = loss * (self.world.size * len(own.places) / len(masked.places))
        (loss * self.scale.factor if self.scale else loss).backward()  # type: ignore[no-untyped-call]
        return loss.item()

    def _order_of(self, epoch: int) -> npt.NDArray[np.int64]:
        if self._order is None or self._order[0] != epoch:
            rng = np.random.default_rng((self.config.seed, _ORDER, epoch))
            self._order = epoch, rng.permutation(len(self.train))
        return self._order[1]

    def _mask(self, blocks: Blocks, rows: npt.NDArray[np.int64], seed: tuple[int, ...]) -> Masked:
        return mask_words(blocks, rows, self.config.masked, self._mask_id, self._num_pieces, seed)

    def _masked_loss(self, masked: Masked) -> torch.Tensor:
        """Mean loss a hidden piece."""
        tensors = [torch.from_numpy(part).to(self.device) for part in masked]
        with autocast(self.precision, self.device):
            return self.network.loss(*tensors)

    def _measure(self) -> Measured:
        started = time.perf_counter()
        perplexity = self.world.lead(self.perplexity)
        self.seconds += self.world.of_first(time.perf_counter() - started)
        sums, self._sums = self._sums, _Sums()
        row = Measured(
            self.step,
            self.pieces,
            sums.loss / max(1, sums.steps),
            perplexity,
            sums.pieces / max(1e-9, sums.seconds),
            self.seconds,
        )
        self.history.append(asdict(row))
        return row

    @torch.inference_mode()
    def perplexity(self) -> float:
        """Exponential of the mean loss a hidden piece of the held-out part, always with the same hidden."""
        self.network.eval()
        count = min(len(self.held_out), _HELD_OUT_BLOCKS)
        rows = np.linspace(0, len(self.held_out) - 1, count).astype(np.int64)
        total, hidden = 0.0, 0
        for part in np.array_split(rows, -(-count // self.config.batch_size)):
            masked = self._mask(self.held_out, part, (self.config.seed, _HELD_OUT))
            number = len(masked.places)
            total, hidden = total + self._masked_loss(masked).item() * number, hidden + number
        self.network.train()
        return math.exp(min(total / hidden, 700.0))

    def state(self) -> dict[str, Any]:
        """Return what `load_state` goes on from (tensors are not copied)."""
        return {
            "step": self.step,
            "pieces": self.pieces,
            "seconds": self.seconds,
            "marks": self._marks,
            "sums": asdict(self._sums),
            "history": self.history,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scale": self.scale.state() if self.scale else None,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a `state` of the same pretraining.

        Raises:
            ModelError: it is of another one.
        """
        try:
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            if self.scale and state.get("scale"):
                self.scale.load_state(state["scale"])
            self.step, self.pieces, self.seconds = state["step"], state["pieces"], state["seconds"]
            self._marks = state["marks"]
            self._sums = _Sums(**state["sums"])
            self.history = list(state["history"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ModelError(f"the checkpoint is of another pretraining: {error}") from None
