"""A pretrained Hugging Face encoder as the encoder of a tagger."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn


class PretrainedEncoder(nn.Module):
    """Runs a pretrained encoder over piece ids."""

    def depths(self) -> Iterator[tuple[nn.Parameter, int]]:
        """Yield each parameter with the number of layers above it: 0 in the top layer."""
        raise NotImplementedError

    def forward(self, pieces: Tensor, lengths: Tensor) -> Tensor:
        """States [B, P, H] of pieces [B, P]."""
        raise NotImplementedError
