"""From the states of pieces to the states of words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

PoolingName = Literal["first", "mean"]


class WordPooling(nn.Module):
    """A word's state is that of its first piece, or the mean over its pieces.

    Args:
        kind: which.
    """

    def __init__(self, kind: PoolingName) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, states: Tensor, inputs: Mapping[str, Tensor]) -> Tensor:
        """Pool.

        Args:
            states: [B, P, H]
            inputs: ``first_pieces`` [B, T], the place of each word's first piece, and ``piece_counts``
                [B, T], how many it has; 0 in padding.

        Returns:
            [B, T, H]
        """
        first = inputs["first_pieces"]  # [B, T]
        if self.kind == "first":
            return _gather(states, first)
        # Differences of running sums: pieces of a word stand side by side. In full precision, as sums of
        # a long sentence lose the digits of its last words otherwise.
        sums = nn.functional.pad(states.float().cumsum(dim=1), (0, 0, 1, 0))  # [B, P+1, H]
        counts = inputs["piece_counts"]  # [B, T]
        total = _gather(sums, first + counts) - _gather(sums, first)  # [B, T, H]
        return (total / counts.clamp(min=1).unsqueeze(-1)).to(states.dtype)


def _gather(states: Tensor, places: Tensor) -> Tensor:
    """The states [B, T, H] at ``places`` [B, T]."""
    return torch.gather(states, 1, places.unsqueeze(-1).expand(-1, -1, states.shape[-1]))
