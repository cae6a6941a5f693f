"""Optimisers, learning-rate schedules and the running average of weights."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from onoma.nn.pretrained import PretrainedEncoder
from onoma.training.config import TrainingConfig


def make_optimizer(network: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """Return the update rule.

    Weight decay acts on weight matrices only, and not with Adam: there it would be a part of the gradient,
    scaled up where gradients are small, which at 0.01 keeps a tagger from learning. A pretrained encoder's
    layers learn the slower the lower they are (Howard and Ruder 2018), and what is new above it at a rate of
    its own. Frozen weights are left out.
    """
    depths = _pretrained_depths(network)
    strength = 0.0 if config.optimizer == "adam" else config.weight_decay
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for module in network.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if not parameter.requires_grad:
                continue
            matrix = "weight" in name and parameter.ndim > 1 and not isinstance(module, nn.Embedding)
            rate = config.learning_rate
            if id(parameter) in depths:
                rate *= config.layer_decay ** depths[id(parameter)]
            elif depths:
                rate = config.head_learning_rate or rate
            groups.setdefault((rate, strength if matrix else 0.0), []).append(parameter)
    grouped = [
        {"params": parameters, "lr": rate, "weight_decay": decay}
        # The first group's rate is what the run reports: the top layer's, which the others are relative to.
        for (rate, decay), parameters in sorted(
            groups.items(), key=lambda group: group[0][0] != config.learning_rate
        )
    ]
    if config.optimizer == "sgd":
        rule = torch.optim.SGD(grouped, lr=config.learning_rate, momentum=config.momentum, fused=True)
        # PyTorch cannot have some that were updated before beside others that were not (as where a batch does
        # not teach all tasks). From zero, the first update is the same, bit for bit.
        for parameter in chain.from_iterable(groups.values() if config.momentum else ()):
            rule.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
        return rule
    adam = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return adam(grouped, lr=config.learning_rate, betas=(0.9, 0.99), fused=True)


def _pretrained_depths(network: nn.Module) -> dict[int, int]:
    """Layers below the top one, by the identity of a pretrained encoder's parameters."""
    for module in network.modules():
        if isinstance(module, PretrainedEncoder):
            return {id(parameter): depth for parameter, depth in module.depths()}
    return {}


def make_schedule(
    optimizer: torch.optim.Optimizer, config: TrainingConfig, total_steps: int
) -> torch.optim.lr_scheduler.LambdaLR:
    """Return the schedule, to be stepped after every update: linear warm-up, then decay to zero."""
    warmup_steps = int(config.warmup * total_steps)

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        if config.schedule == "constant":
            return 1.0
        progress = min(1.0, (step - warmup_steps) / max(1, total_steps - warmup_steps))
        return 1.0 - progress if config.schedule == "linear" else 0.5 * (1 + math.cos(math.pi * progress))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


@torch.no_grad()
def clip_gradients(gradients: list[Tensor], largest: float) -> None:
    """Scale gradients in place so that their norm, of all together, is at most ``largest``.

    As `torch.nn.utils.clip_grad_norm_`, which cannot be given the rows of a table.
    """
    scale = largest / (torch.nn.utils.get_total_norm(gradients) + 1e-6)
    if not scale >= 1:  # also where it is not a number
        torch._foreach_mul_(gradients, scale)


class WeightAverage:
    """Exponential moving average of a network's parameters (Polyak and Juditsky 1992).

    The average generalises better than the last weights and smooths the choice of an epoch. Early on
    it would be dominated by the random start, so the decay grows with the number of updates.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self._live = list(network.parameters())
        self.average = [parameter.detach().clone() for parameter in self._live]
        self._followed = list(range(len(self._live)))

    def leave_out(self, parameter: Tensor) -> Tensor:
        """Leave a parameter's average, which is returned, to the caller; `update` returns the decay."""
        index = next(index for index, live in enumerate(self._live) if live is parameter)
        self._followed.remove(index)
        return self.average[index]

    @torch.no_grad()
    def update(self) -> float:
        """Take in the network's present weights; return the decay of this update."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(
            [self.average[index] for index in self._followed],
            [self._live[index].detach() for index in self._followed],
            1 - decay,
        )
        return decay

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the network's weights and the average; call again to go back."""
        for index, live in enumerate(self._live):
            if live.device.type == "cpu":
                live.data, self.average[index] = self.average[index], live.data
                continue
            # On a GPU a recurrent layer's weights have to stay where they lie, side by side.
            kept = live.detach().clone()
            live.copy_(self.average[index])
            self.average[index].copy_(kept)

    def state(self) -> dict[str, Any]:
        """Return the average (not a copy) and the number of updates."""
        return {"updates": self.updates, "average": self.average}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a `state` of the same network.

        Raises:
            KeyError: the state lacks something.
            ValueError: it is of another network.
        """
        if [one.shape for one in state["average"]] != [one.shape for one in self.average]:
            raise ValueError("the running average is of another network")
        self.updates = state["updates"]
        for own, stored in zip(self.average, state["average"], strict=True):
            own.copy_(stored)
