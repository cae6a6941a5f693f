"""Networks over words: embedder, encoder, pooling from pieces to words, and for taggers a head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from onoma.decode.protocol import EMISSIONS
from onoma.nn.biaffine import BiaffineHead
from onoma.nn.embedder import WordEmbedder
from onoma.nn.heads import CRFHead, SoftmaxHead
from onoma.nn.pooling import WordPooling


@dataclass(frozen=True, slots=True)
class Body:
    """What stands under a head.

    Args:
        embedder: features to vectors [B, U, D] of the units that the encoder reads, words or pieces; or to
            piece ids [B, U] for an encoder with embeddings of its own.
        encoder: ``encoder(units, lengths)`` to states in context [B, U, H]; has ``output_dim``.
        pooling: states of pieces to states of words; None when the units are words.
        beside: word features that join the states after the encoder, for encoders whose input is given.
    """

    embedder: nn.Module
    encoder: nn.Module
    pooling: WordPooling | None = None
    beside: WordEmbedder | None = None


def state_dim(body: Body) -> int:
    """Width H of a word's state."""
    return int(body.encoder.output_dim) + (body.beside.output_dim if body.beside else 0)  # type: ignore[arg-type]


class EncoderNetwork(nn.Module):
    """Word features in, one state a word out: what the networks of all heads share."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        self.embedder = body.embedder
        self.encoder = body.encoder
        self.pooling = body.pooling
        self.beside = body.beside

    def states(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """States [B, T, H] for a batch of features; padding holds arbitrary finite values."""
        units = self.embedder(inputs)  # [B, U, D]
        lengths = inputs["lengths" if self.pooling is None else "piece_lengths"]  # [B]
        states: Tensor = self.encoder(units, lengths)  # [B, U, H]
        if self.pooling is not None:
            states = self.pooling(states, inputs)  # [B, T, H]
        if self.beside is not None:
            states = torch.cat([states, self.beside(inputs)], dim=-1)
        return states


Head = SoftmaxHead | CRFHead | BiaffineHead


class TaggerNetwork(EncoderNetwork):
    """Word features in, emissions out; the head knows the loss.

    Args:
        body: embedder and encoder.
        head: states to emissions.
    """

    def __init__(self, body: Body, head: Head) -> None:
        super().__init__(body)
        self.head = head

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Emissions [B, T, K] of tags, or [B, T, W, C] of spans, for a batch of features."""
        emissions: Tensor = self.head(self.states(inputs))
        return emissions

    def outputs(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What prediction needs, by name."""
        return {EMISSIONS: self(inputs)}

    def loss(self, inputs: Mapping[str, Tensor], targets: Tensor) -> Tensor:
        """Loss a token of a batch; ``targets`` as the head's `Labelling` pads them."""
        return self.head.loss(self(inputs).float(), targets, inputs["lengths"])
