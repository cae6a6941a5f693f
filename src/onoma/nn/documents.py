"""A head for document labels: each label looks at the whole document for what concerns it."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DocumentHead(nn.Module):
    """Label-wise attention over all words of a document, however many sentences or windows it has.

    For each label, attention picks the words that matter, and a linear unit scores what it picked (Mullenbach
    et al. 2018, "Explainable prediction of medical codes from clinical text").

    Args:
        input_dim: width of the words' states.
        num_labels: L.
        hidden_dim: width of the projection that attention looks at.
        dropout: share of the states' features dropped in training.
        positive_weights: [L] weight of a label where it is on against where it is off; 1 when None.
    """

    positive_weights: Tensor

    def __init__(
        self,
        input_dim: int,
        num_labels: int,
        hidden_dim: int,
        dropout: float,
        positive_weights: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.projection = nn.Linear(input_dim, hidden_dim)
        self.queries = nn.Linear(hidden_dim, num_labels, bias=False)
        self.scorers = nn.Parameter(torch.empty(num_labels, input_dim))
        nn.init.normal_(self.scorers, std=input_dim**-0.5)
        self.biases = nn.Parameter(torch.zeros(num_labels))
        weights = torch.ones(num_labels) if positive_weights is None else positive_weights
        # Only training needs them: they are no part of a bundle.
        self.register_buffer("positive_weights", weights.float(), persistent=False)

    def forward(self, states: Tensor, lengths: Tensor, owners: Tensor, num_documents: int) -> Tensor:
        """Score labels.

        Args:
            states: [N, T, H] of all sentences.
            lengths: [N] words of each.
            owners: [N] the document of each sentence, in 0..D-1.
            num_documents: D.

        Returns:
            [D, L] logits; those of a document without words are the biases.
        """
        mask = torch.arange(states.shape[1], device=states.device) < lengths.unsqueeze(1)  # [N, T]
        words = self.dropout(states[mask].float())  # [M, H]
        document = owners.unsqueeze(1).expand(mask.shape)[mask]  # [M]
        attention = self.queries(torch.tanh(self.projection(words)))  # [M, L]
        index = document.unsqueeze(1).expand_as(attention)  # [M, L]
        lowest = attention.new_full((num_documents, attention.shape[1]), -torch.inf)
        highest = lowest.scatter_reduce(0, index, attention.detach(), "amax")  # [D, L]
        weights = (attention - highest[document]).exp()  # [M, L]
        values = words @ self.scorers.t()  # [M, L]: scored first, pooled then, which is the same and smaller
        empty = attention.new_zeros(num_documents, attention.shape[1])
        total = empty.index_add(0, document, weights)  # [D, L]
        pooled = empty.index_add(0, document, weights * values) / total.clamp(min=1e-9)
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
