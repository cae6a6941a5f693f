"""A head for document labels: each label looks at the whole document for what concerns it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from onoma.decode.documents import DocumentDecoder


class DocumentHead(nn.Module):
    """Label-wise attention over all words of a document, however many sentences or windows it has.

    For each label, attention picks the words that matter, and a linear unit scores what it picked (Mullenbach
    et al. 2018, "Explainable prediction of medical codes from clinical text"). Words are scored first and
    pooled then, which is the same, smaller, and can be done piece by piece.

    Args:
        input_dim: width of the words' states.
        num_labels: L.
        hidden_dim: width of the projection that attention looks at.
        dropout: share of the states' features dropped in training.
    """

    thresholds: Tensor
    positive_weights: Tensor

    def __init__(self, input_dim: int, num_labels: int, hidden_dim: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.projection = nn.Linear(input_dim, hidden_dim)
        self.queries = nn.Linear(hidden_dim, num_labels, bias=False)
        self.scorers = nn.Parameter(torch.empty(num_labels, input_dim))
        nn.init.normal_(self.scorers, std=input_dim**-0.5)
        self.biases = nn.Parameter(torch.zeros(num_labels))
        # Probabilities from which on labels are given: chosen after training, and part of the model.
        self.register_buffer("thresholds", torch.full((num_labels,), 0.5))
        # Weight of a label where it is on against where it is off. Only training needs it.
        self.register_buffer("positive_weights", torch.ones(num_labels), persistent=False)

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Let words vote.

        Args:
            states: [..., H]

        Returns:
            How much each word matters for each label, before the softmax over the document, and what it
            says; [..., L] both.
        """
        words = self.dropout(states.float())
        attention: Tensor = self.queries(torch.tanh(self.projection(words)))
        return attention, words @ self.scorers.t()

    def pool(self, attention: Tensor, values: Tensor, owners: Tensor, num_documents: int) -> Tensor:
        """Score documents by their words' votes.

        Args:
            attention: [M, L]
            values: [M, L]
            owners: [M] the document of each word, in 0..D-1.
            num_documents: D.

        Returns:
            [D, L] logits; those of a document without words are the biases.
        """
        attention, values = attention.float(), values.float()
        index = owners.unsqueeze(1).expand_as(attention)  # [M, L]
        lowest = attention.new_full((num_documents, attention.shape[1]), -torch.inf)
        highest = lowest.scatter_reduce(0, index, attention.detach(), "amax")  # [D, L]
        weights = (attention - highest[owners]).exp()  # [M, L]
        empty = attention.new_zeros(num_documents, attention.shape[1])
        total = empty.index_add(0, owners, weights)  # [D, L]
        pooled = empty.index_add(0, owners, weights * values) / total.clamp(min=1e-9)
        logits: Tensor = pooled + self.biases
        return logits

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Binary cross-entropy, mean over documents and labels.

        Args:
            logits: [D, L]
            targets: [D, L] 0 or 1.
        """
        return nn.functional.binary_cross_entropy_with_logits(
            logits, targets.float(), pos_weight=self.positive_weights
        )

    def decoder(self, labels: Sequence[str]) -> DocumentDecoder:
        """Return what decides on ``labels``, in the order of the logits, with the present weights."""
        biases, thresholds = (
            np.asarray(one.detach().cpu().numpy(), dtype=np.float64) for one in (self.biases, self.thresholds)
        )
        return DocumentDecoder(tuple(labels), biases, thresholds)
