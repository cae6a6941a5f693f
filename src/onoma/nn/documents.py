"""A head for document labels: each label looks at the whole document for what concerns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from onoma.decode.protocol import ATTENTION, EMISSIONS, VALUES
from onoma.nn.heads import ENTITIES, OUTPUTS, Head, Words

DocumentLabelTargets = tuple[Tensor, Tensor]
"""Which labels are on [D, L], and which documents have labels at all, if only none of them [D]."""


class DocumentHead(Head):
    """Label-wise attention over all words of a document, however many sentences or windows it has.

    For each label, attention picks the words that matter, and a linear unit scores what it picked (Mullenbach
    et al. 2018, "Explainable prediction of medical codes from clinical text"). Words are scored first and
    pooled then, which is the same, smaller, and can be done piece by piece.

    Args:
        input_dim: width of the words' states.
        num_labels: L.
        hidden_dim: width of the projection that attention looks at.
        dropout: share of the states' features dropped in training.
        sees_entities: whether it sees, beside states, what the entity head thinks of each word; it takes no
            part in teaching that one (Sanh et al. 2019, "A hierarchical multi-task approach").
        entity_rank: dimensions of that head's emissions: 3 of tags, 4 of spans.
    """

    thresholds: Tensor
    positive_weights: Tensor

    def __init__(
        self,
        input_dim: int,
        num_labels: int,
        hidden_dim: int,
        dropout: float,
        *,
        sees_entities: bool = False,
        entity_rank: int = 3,
    ) -> None:
        super().__init__()
        self.sees_entities = sees_entities
        self.entity_rank = entity_rank
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

    def named_axes(self) -> Mapping[str, Mapping[int, str]]:
        """As in `Head`."""
        seen = {1: ENTITIES} if self.sees_entities else {}
        of_labels = {name: {0: OUTPUTS} for name in ("queries.weight", "biases", "thresholds")}
        return {**of_labels, "scorers": {0: OUTPUTS, **seen}, "projection.weight": seen}

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

    def outputs(self, words: Words, before: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the words' votes, [B, T, L] each."""
        attention, values = self(self._seen(words, before))
        return {ATTENTION: attention, VALUES: values}

    def observe(
        self, words: Words, before: Mapping[str, Tensor], targets: DocumentLabelTargets, index: int
    ) -> tuple[dict[str, Tensor], tuple[Tensor, Tensor, Tensor]]:
        """Let the real words vote, each for its document."""
        assert words.owners is not None, "document labels are learned from whole documents"
        attention, values = self(self._seen(words, before)[words.mask])
        return {}, (attention, values, words.owners.repeat_interleave(words.lengths))

    def loss(
        self, observed: Sequence[tuple[Tensor, Tensor, Tensor]], targets: DocumentLabelTargets
    ) -> Tensor:
        """Binary cross-entropy, mean over the annotated documents and labels. []"""
        attention, values, owners = (torch.cat(parts) for parts in zip(*observed, strict=True))
        on, annotated = targets
        logits = self.pool(attention, values, owners, len(on))  # [D, L]
        if not annotated.any():
            return logits.sum() * 0
        return nn.functional.binary_cross_entropy_with_logits(
            logits[annotated], on[annotated].float(), pos_weight=self.positive_weights
        )

    def count(self, lengths: Sequence[Tensor], targets: DocumentLabelTargets) -> float:
        """Return the number of annotated documents."""
        return float(targets[1].sum())

    def _seen(self, words: Words, before: Mapping[str, Tensor]) -> Tensor:
        """What it looks at. [B, T, H] or [B, T, H + C]"""
        if not self.sees_entities:
            return words.states
        beliefs = word_probabilities(before[EMISSIONS].detach(), words.lengths)
        return torch.cat([words.states.float(), beliefs], dim=-1)


def word_probabilities(emissions: Tensor, lengths: Tensor) -> Tensor:
    """What emissions say of each word by itself: of its tags, or the most of any span that begins there.

    Args:
        emissions: [B, T, C], or [B, T, W, C] of spans.
        lengths: [B]

    Returns:
        [B, T, C]; padding holds arbitrary finite values.
    """
    probabilities = emissions.float().softmax(dim=-1)
    if probabilities.ndim == 3:
        return probabilities
    num_starts, width = probabilities.shape[1:3]
    places = torch.arange(max(num_starts, width), device=lengths.device)
    ends = places[:num_starts, None] + places[:width] + 1  # [T, W]
    outside = ends > lengths[:, None, None]  # [B, T, W]; what is there depends on the padding
    return probabilities.masked_fill(outside.unsqueeze(-1), 0.0).amax(dim=2)
