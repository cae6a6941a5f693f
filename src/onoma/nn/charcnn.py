"""Word vectors from characters by convolution and max-pooling (Ma and Hovy 2016)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class CharacterCNN(nn.Module):
    """Character ids of distinct words to one vector a word.

    Positions beyond a word's end never reach the maximum, so a word's vector does not depend on the words
    that happen to share its batch.

    Args:
        num_characters: size of the character vocabulary, padding (0) included.
        embedding_dim: width of a character's vector.
        filters: number of filters for each of ``widths``.
        widths: odd or even window sizes in characters.
    """

    def __init__(self, num_characters: int, embedding_dim: int, filters: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_characters, embedding_dim, padding_idx=0)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(embedding_dim, filters, width, padding=width // 2) for width in widths
        )
        self.output_dim = filters * len(widths)

    def forward(self, characters: Tensor) -> Tensor:
        """Embed words.

        Args:
            characters: [U, C] long, padded with 0.

        Returns:
            [U, filters * len(widths)]
        """
        real = (characters != 0).unsqueeze(1)  # [U, 1, C]
        embedded = self.embedding(characters).transpose(1, 2)  # [U, D, C]
        pooled = []
        for convolution in self.convolutions:
            windows = convolution(embedded)[..., : characters.shape[1]]  # [U, F, C]
            pooled.append(windows.masked_fill(~real, torch.finfo(windows.dtype).min).amax(dim=2))  # [U, F]
        return torch.relu(torch.cat(pooled, dim=1))
