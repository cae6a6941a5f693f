"""In which number format a run trains: what was asked for, what the run began with, or the faster of two.

Half the width is not always faster: with small batches, and layers that are narrow, converting numbers costs
more than multiplying them saves. Which is faster is measured once, and is then the run's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import torch
from torch import nn

from onoma.features.batches import Indices
from onoma.runtime.precision import Precision, best_precision
from onoma.training.config import TrainingConfig
from onoma.training.loop import random_state, set_random_state
from onoma.training.objectives import Objective
from onoma.training.processes.world import World

_LOG = logging.getLogger(__name__)

_FEWEST, _MOST = 5, 30
_ENOUGH_SECONDS = 1.0
_TOO_LONG_SECONDS = 10.0
_CLEARLY = 0.95


@dataclass(frozen=True, slots=True)
class PrecisionChoice:
    """A number format, and why.

    Args:
        precision: to train in.
        step_seconds: median processor time of a step in each format; empty where nothing was measured.
    """

    precision: Precision
    step_seconds: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as a run and its checkpoints keep them."""
        times = {"precision_step_seconds": dict(self.step_seconds)} if self.step_seconds else {}
        return {"precision": self.precision, **times}


def known_precision(
    config: TrainingConfig, device: torch.device, past: Mapping[str, Any]
) -> PrecisionChoice | None:
    """Return the precision as far as there is nothing to be measured; None where there is.

    Args:
        config: asks for a format, or says ``auto``.
        device: a GPU is asked what it has, and so is a processor without bf16: there is no choice.
        past: what a checkpoint of the run holds; empty for a run that begins.
    """
    if config.precision != "auto":
        return PrecisionChoice(config.precision)
    best = best_precision(device)
    if best == "fp32" or device.type != "cpu":
        return PrecisionChoice(best)
    if not past:
        return None
    # Runs from before it was measured say only which it was, among what their last bits depend on.
    kept = past.get("precision") or past.get("circumstances") or {}
    precision: Precision = "fp32" if kept.get("precision") == "fp32" else "bf16"
    return PrecisionChoice(precision, kept.get("precision_step_seconds") or {})


def measure_precision(
    objective: Objective, network: nn.Module, world: World | None = None
) -> PrecisionChoice:
    """Time some steps in bf16 and in fp32, by turns, and return the faster; fp32 unless bf16 clearly is.

    A step is the forward and backward pass of a batch of usual size, the first epoch's median by tokens; the
    optimiser's part is the same in both. It is timed in processor time, which other work on the machine does
    not add to. Weights, buffers, gradients and random numbers are afterwards what they were.

    Args:
        objective: of the run that begins.
        network: that it teaches, without gradients yet.
        world: processes that will share each batch out; this one, alone, measures a share.
    """
    batches = objective.batches(1)
    batch = sorted(batches, key=objective.num_tokens)[len(batches) // 2]
    batch = (world or World()).own(batch)
    formats: tuple[Precision, ...] = ("fp32", "bf16")
    times: dict[str, list[float]] = {name: [] for name in formats}
    with _unchanged(objective, network):
        for name in formats:
            _time_step(objective, batch, name)  # what is made once, and kept, for a format and these shapes
        for count in range(1, _MOST + 1):
            for name in formats:
                times[name].append(_time_step(objective, batch, name))
            spent = sum(map(sum, times.values()))
            if spent > _TOO_LONG_SECONDS or (spent > _ENOUGH_SECONDS and count >= _FEWEST):
                break
    seconds = {name: median(values) for name, values in times.items()}
    precision: Precision = "bf16" if seconds["bf16"] < _CLEARLY * seconds["fp32"] else "fp32"
    shown = ", ".join(f"{1000 * value:.1f} ms in {name}" for name, value in seconds.items())
    _LOG.info(f"precision {precision}: a step takes {shown}")
    return PrecisionChoice(precision, seconds)


def _time_step(objective: Objective, batch: Indices, precision: Precision) -> float:
    """Processor seconds of a step."""
    objective.precision = precision
    started = time.process_time()
    objective.backward(batch, 1)
    return time.process_time() - started


@contextmanager
def _unchanged(objective: Objective, network: nn.Module) -> Iterator[None]:
    """Put back, at the end, all that a step in training mode may change."""
    device = next(network.parameters()).device
    random = random_state(device)
    buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
    precision, modes = objective.precision, {module: module.training for module in network.modules()}
    network.train()
    try:
        yield
    finally:
        objective.precision = precision
        for module, training in modes.items():
            module.training = training
        with torch.no_grad():
            for name, buffer in network.named_buffers():
                buffer.copy_(buffers[name])
        for parameter in network.parameters():
            parameter.grad = None
        set_random_state(random, device)
