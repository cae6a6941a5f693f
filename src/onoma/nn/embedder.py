"""From word features to one vector a token."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from onoma.features.vocabulary import UNKNOWN
from onoma.nn.charcnn import CharacterCNN
from onoma.nn.dropout import LockedDropout


class WordEmbedder(nn.Module):
    """Concatenates word, casing and character vectors.

    Args:
        frequencies: [V] counts of the words in train; decides how often word dropout hits a word.
        word_dim: width of word vectors.
        num_casings: number of casing classes.
        casing_dim: width of casing vectors, 0 for none.
        characters: a character encoder, or None.
        dropout: share of input features dropped in training.
        word_dropout: strength a of word dropout: a word seen n times is replaced by "unknown" with
            probability a / (n + a) (Kiperwasser and Goldberg 2016), so that the unknown word's vector is
            learned from rare words and the model learns to read their characters and context.
    """

    frequencies: Tensor

    def __init__(
        self,
        frequencies: Tensor,
        word_dim: int,
        num_casings: int,
        casing_dim: int,
        characters: CharacterCNN | None,
        dropout: float,
        word_dropout: float,
    ) -> None:
        super().__init__()
        self.words = nn.Embedding(len(frequencies), word_dim, padding_idx=0)
        nn.init.uniform_(self.words.weight, -((3 / word_dim) ** 0.5), (3 / word_dim) ** 0.5)
        with torch.no_grad():
            self.words.weight[0].zero_()
        self.casing = nn.Embedding(num_casings, casing_dim, padding_idx=0) if casing_dim else None
        self.characters = characters
        self.dropout = LockedDropout(dropout)
        self.word_dropout = word_dropout
        self.register_buffer("frequencies", frequencies.float(), persistent=False)
        self.output_dim = word_dim + casing_dim + (characters.output_dim if characters else 0)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Embed a batch.

        Args:
            inputs: ``words`` [B, T]; also ``casing`` [B, T], ``characters`` [U, C] and ``types`` [B, T] where
                the model uses them.

        Returns:
            [B, T, D]
        """
        word_ids = inputs["words"]  # [B, T]
        if self.training and self.word_dropout > 0:
            rare = self.word_dropout / (self.frequencies[word_ids] + self.word_dropout)  # [B, T]
            dropped = (torch.rand_like(rare) < rare) & (word_ids > UNKNOWN)
            word_ids = word_ids.masked_fill(dropped, UNKNOWN)
        parts = [self.words(word_ids)]  # [B, T, word_dim]
        if self.casing is not None:
            parts.append(self.casing(inputs["casing"]))
        if self.characters is not None:
            parts.append(nn.functional.embedding(inputs["types"], self.characters(inputs["characters"])))
        embedded: Tensor = self.dropout(torch.cat(parts, dim=-1), time_dim=1)
        return embedded
