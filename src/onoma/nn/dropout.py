"""Dropout with one mask for all steps of a sentence."""

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
