"""A tagger network: embedder, encoder, head."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from onoma.nn.embedder import WordEmbedder
from onoma.nn.heads import CRFHead, SoftmaxHead
from onoma.nn.recurrent import RecurrentEncoder


class TaggerNetwork(nn.Module):
    """Word features in, emissions out; the head knows the loss.

    Args:
        embedder: word features to vectors.
        encoder: vectors to states in context.
        head: states to emissions.
    """

    def __init__(
        self, embedder: WordEmbedder, encoder: RecurrentEncoder, head: SoftmaxHead | CRFHead
    ) -> None:
        super().__init__()
        self.embedder = embedder
        self.encoder = encoder
        self.head = head

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Emissions [B, T, K] for a batch of features."""
        states = self.encoder(self.embedder(inputs), inputs["lengths"])  # [B, T, H]
        emissions: Tensor = self.head(states)
        return emissions

    def loss(self, inputs: Mapping[str, Tensor], tags: Tensor) -> Tensor:
        """Loss a token of a batch; ``tags`` [B, T]."""
        return self.head.loss(self(inputs), tags, inputs["lengths"])
