"""From pieces, and what is known of the words that they are of, to vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from onoma.nn.embedder import WordEmbedder


class PieceEmbedder(nn.Module):
    """A vector for each piece, with its word's features beside it.

    Args:
        num_pieces: size of the tokenizer's vocabulary.
        piece_dim: width of a piece's vector.
        words: features of words: casing, characters, word vectors; None for none.
    """

    def __init__(self, num_pieces: int, piece_dim: int, words: WordEmbedder | None) -> None:
        super().__init__()
        self.pieces = nn.Embedding(num_pieces, piece_dim)
        nn.init.normal_(self.pieces.weight, std=piece_dim**-0.5)
        self.scale = piece_dim**0.5
        self.words = words
        self.output_dim = piece_dim + (words.output_dim if words else 0)

    def tables(self) -> Iterator[nn.Embedding]:
        """Yield the one of the pieces."""
        yield self.pieces

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Embed a batch.

        Args:
            inputs: ``pieces`` and ``piece_words`` [B, P], and what the word features need.

        Returns:
            [B, P, D]
        """
        pieces: Tensor = self.pieces(inputs["pieces"]) * self.scale  # [B, P, piece_dim]
        if self.words is None:
            return pieces
        words = self.words(inputs)  # [B, T, W]
        owners = inputs["piece_words"].unsqueeze(-1).expand(-1, -1, words.shape[-1])  # [B, P, W]
        return torch.cat([pieces, torch.gather(words, 1, owners)], dim=-1)
