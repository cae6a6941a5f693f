"""From word features to one vector a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from onoma.features.vocabulary import UNKNOWN
from onoma.nn.charcnn import CharacterCNN
from onoma.nn.dropout import LockedDropout

_VECTOR_RMS = 0.4
"""Root mean square of a pretrained vector's numbers at first: about what GloVe's have. On CoNLL-2003 a first
epoch gives 5 points of dev F1 more than with vectors as short as learned ones start (0.1)."""


@runtime_checkable
class HasTables(Protocol):
    """A module with tables of words or pieces that it does nothing with but looking rows up.

    Training then updates only the rows that a batch uses (`onoma.training.tables`).
    """

    def tables(self) -> Iterator[nn.Embedding]:
        """Yield the tables."""
        ...


class WordEmbedder(nn.Module):
    """Concatenates learned and pretrained word vectors, casing and character vectors.

    Pretrained vectors come in as features. Their scale is learned. Tuned ones get a learned difference for
    each word of train, zero at first; words outside train share one, learned from the hidden words.

    Args:
        frequencies: [V] counts of the words in train; decides how often word dropout hits a word.
        word_dim: width of learned word vectors, 0 for none.
        num_casings: number of casing classes.
        casing_dim: width of casing vectors, 0 for none.
        characters: a character encoder, or None.
        dropout: share of input features dropped in training.
        word_dropout: strength a of word dropout: a word seen n times is replaced by "unknown" with
            probability a / (n + a) (Kiperwasser and Goldberg 2016), so that the unknown word's vector is
            learned from rare words and the model learns to read their characters and context. It hides what
            was learned for the word, not its pretrained vector: most unknown words have one of those.
        vector_dim: width of pretrained vectors, 0 for none.
        tuned: learn differences to the pretrained vectors.
    """

    frequencies: Tensor

    def __init__(
        self,
        frequencies: Tensor,
        *,
        word_dim: int,
        num_casings: int,
        casing_dim: int,
        characters: CharacterCNN | None,
        dropout: float,
        word_dropout: float,
        vector_dim: int = 0,
        tuned: bool = False,
    ) -> None:
        super().__init__()
        self.words = nn.Embedding(len(frequencies), word_dim, padding_idx=0) if word_dim else None
        if self.words is not None:
            nn.init.uniform_(self.words.weight, -((3 / word_dim) ** 0.5), (3 / word_dim) ** 0.5)
            with torch.no_grad():
                self.words.weight[0].zero_()
        # Vectors come with a norm of 1 on average.
        scale = torch.full((1,), _VECTOR_RMS * vector_dim**0.5)
        self.vector_scale = nn.Parameter(scale) if vector_dim else None
        self.vector_width = vector_dim
        self.vector_differences = None
        if vector_dim and tuned:
            self.vector_differences = nn.Embedding(len(frequencies), vector_dim, padding_idx=0)
            nn.init.zeros_(self.vector_differences.weight)
        self.casing = nn.Embedding(num_casings, casing_dim, padding_idx=0) if casing_dim else None
        self.characters = characters
        self.dropout = LockedDropout(dropout)
        self.word_dropout = word_dropout
        self.register_buffer("frequencies", frequencies.float(), persistent=False)
        self.output_dim = word_dim + vector_dim + casing_dim + (characters.output_dim if characters else 0)

    def tables(self) -> Iterator[nn.Embedding]:
        """Yield those with a row a word."""
        yield from (table for table in (self.words, self.vector_differences) if table is not None)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Embed a batch.

        Args:
            inputs: ``words`` [B, T]; also ``casing`` [B, T], ``characters`` [U, C], ``vectors`` [U, D] and
                ``types`` [B, T] where the model uses them.

        Returns:
            [B, T, D]
        """
        word_ids = inputs["words"]  # [B, T]
        if self.training and self.word_dropout > 0:
            rare = self.word_dropout / (self.frequencies[word_ids] + self.word_dropout)  # [B, T]
            dropped = (torch.rand_like(rare) < rare) & (word_ids > UNKNOWN)
            word_ids = word_ids.masked_fill(dropped, UNKNOWN)
        parts = []
        if self.words is not None:
            parts.append(self.words(word_ids))  # [B, T, word_dim]
        if self.vector_scale is not None:
            vectors = nn.functional.embedding(inputs["types"], inputs["vectors"])  # [B, T, vector_dim]
            if self.vector_differences is not None:
                vectors = vectors + self.vector_differences(word_ids)
            parts.append(vectors * self.vector_scale)
        if self.casing is not None:
            parts.append(self.casing(inputs["casing"]))
        if self.characters is not None:
            parts.append(nn.functional.embedding(inputs["types"], self.characters(inputs["characters"])))
        embedded: Tensor = self.dropout(torch.cat(parts, dim=-1), time_dim=1)
        return embedded
