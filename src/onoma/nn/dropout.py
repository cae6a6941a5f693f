"""Dropout with one mask for all steps of a sentence, and with random numbers that cost little."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LockedDropout(nn.Module):
    """Drops the same features at every token of a sentence (Gal and Ghahramani 2016).

    Recurrent layers keep their memory through it better than through fresh noise at every step, and it needs
    a T-th of the random numbers, which on a CPU cost more than the product they mask.

    Args:
        rate: share of features dropped in training.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, states: Tensor, time_dim: int) -> Tensor:
        """Drop features of ``states``, three-dimensional, with time along ``time_dim``."""
        if not self.training or self.rate == 0:
            return states
        shape = [1 if dim == time_dim else size for dim, size in enumerate(states.shape)]
        mask = torch.empty(shape, dtype=states.dtype, device=states.device)
        mask.bernoulli_(1 - self.rate).div_(1 - self.rate)
        return states * mask


class QuickDropout(nn.Dropout):
    """Dropout whose random numbers, on a CPU, are 16 bits of a 64-bit one.

    Torch draws a number of its own for each, which took an eighth of the time of fine-tuning an encoder. The
    share is rounded to a multiple of 1/65,536, and what is kept is scaled by what it then is.
    """

    def forward(self, states: Tensor) -> Tensor:
        """Drop numbers of ``states``, of any shape."""
        dropped = round(self.p * _VALUES)
        if not self.training or not 0 < dropped < _VALUES or states.device.type != "cpu":
            return super().forward(states)
        return states * _keep(states, dropped)


_VALUES = 1 << 16


def _keep(states: Tensor, dropped: int) -> Tensor:
    """The factor on each number: 0, or what makes up for those. ``dropped`` of 65,536 are 0."""
    draws = torch.empty(-(-states.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    values = draws.view(torch.int16)[: states.numel()].view(states.shape)  # from -32,768 on
    kept = values.ge_(dropped - _VALUES // 2)  # in place: what makes booleans is not vectorised
    return kept.to(states.dtype).mul_(_VALUES / (_VALUES - dropped))


def quicken_dropout(module: nn.Module) -> None:
    """Put `QuickDropout` in the place of all plain dropout in a module."""
    for parent in module.modules():
        for name, child in parent.named_children():
            if type(child) is nn.Dropout:
                parent.add_module(name, QuickDropout(child.p))
