"""One network for entities and document labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from onoma.decode.protocol import ATTENTION, EMISSIONS, VALUES
from onoma.nn.documents import DocumentHead
from onoma.nn.tagger import Body, EncoderNetwork, Head
from onoma.nn.uncertainty import FixedWeights, UncertaintyWeights

ENTITIES, DOCUMENTS = "entities", "documents"
"""The two tasks."""


class JointNetwork(EncoderNetwork):
    """A shared body under one head for entities and one for document labels; either may be missing.

    Args:
        body: embedder and encoder.
        head: states to emissions.
        documents: states to votes on document labels.
        weighting: one loss from both.
        sees_entities: the document head sees, beside states, what the other one thinks of each word, and
            takes no part in teaching it (Sanh et al. 2019, "A hierarchical multi-task approach").
    """

    def __init__(
        self,
        body: Body,
        head: Head | None,
        documents: DocumentHead | None,
        weighting: UncertaintyWeights | FixedWeights,
        *,
        sees_entities: bool = False,
    ) -> None:
        super().__init__(body)
        self.sees_entities = sees_entities and head is not None
        self.head = head
        self.documents = documents
        self.weighting = weighting

    def outputs(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What prediction needs, by name: emissions, and votes [B, T, L]."""
        states = self.states(inputs)
        outputs: dict[str, Tensor] = {}
        if self.head is not None:
            outputs[EMISSIONS] = self.head(states)
        if self.documents is not None:
            seen = self._seen(states, outputs.get(EMISSIONS), inputs["lengths"])
            outputs[ATTENTION], outputs[VALUES] = self.documents(seen)
        return outputs

    def _seen(self, states: Tensor, emissions: Tensor | None, lengths: Tensor) -> Tensor:
        """What the document head looks at. [B, T, H] or [B, T, H + C]"""
        if not self.sees_entities or emissions is None:
            return states
        beliefs = word_probabilities(emissions.detach(), lengths)
        return torch.cat([states.float(), beliefs], dim=-1)

    def losses(
        self,
        batches: Sequence[tuple[Mapping[str, Tensor], Tensor, Tensor]],
        labels: Tensor,
        annotated: Tensor,
    ) -> dict[str, Tensor]:
        """Loss of each task over some whole documents.

        Args:
            batches: the documents' sentences, those of similar length together: features, targets of the
                head, and the document [B] of each sentence, in 0..D-1.
            labels: which labels are on. [D, L]
            annotated: documents that have labels at all, if only none of them; others do not count. [D]
        """
        total = labels.new_zeros((), dtype=torch.float32)
        num_tokens = sum(int(inputs["lengths"].sum()) for inputs, _, _ in batches)
        votes: list[tuple[Tensor, Tensor, Tensor]] = []
        for inputs, targets, owners in batches:
            states, lengths = self.states(inputs), inputs["lengths"]
            emissions = None
            if self.head is not None:
                emissions = self.head(states)
                loss = self.head.loss(emissions.float(), targets, lengths)
                total = total + loss * (lengths.sum() / num_tokens)
            if self.documents is not None:
                mask = torch.arange(states.shape[1], device=states.device) < lengths.unsqueeze(1)  # [B, T]
                seen = self._seen(states, emissions, lengths)
                votes.append((*self.documents(seen[mask]), owners.repeat_interleave(lengths)))
        losses = {} if self.head is None else {ENTITIES: total}
        if self.documents is not None:
            attention, values, owners = (torch.cat(parts) for parts in zip(*votes, strict=True))
            logits = self.documents.pool(attention, values, owners, len(labels))  # [D, L]
            kept = logits[annotated], labels[annotated]
            losses[DOCUMENTS] = self.documents.loss(*kept) if len(kept[0]) else logits.sum() * 0
        return losses


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
