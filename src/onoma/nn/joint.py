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
    """

    def __init__(
        self,
        body: Body,
        head: Head | None,
        documents: DocumentHead | None,
        weighting: UncertaintyWeights | FixedWeights,
    ) -> None:
        super().__init__(body)
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
            outputs[ATTENTION], outputs[VALUES] = self.documents(states)
        return outputs

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
            if self.head is not None:
                loss = self.head.loss(self.head(states).float(), targets, lengths)
                total = total + loss * (lengths.sum() / num_tokens)
            if self.documents is not None:
                mask = torch.arange(states.shape[1], device=states.device) < lengths.unsqueeze(1)  # [B, T]
                votes.append((*self.documents(states[mask]), owners.repeat_interleave(lengths)))
        losses = {} if self.head is None else {ENTITIES: total}
        if self.documents is not None:
            attention, values, owners = (torch.cat(parts) for parts in zip(*votes, strict=True))
            logits = self.documents.pool(attention, values, owners, len(labels))  # [D, L]
            kept = logits[annotated], labels[annotated]
            losses[DOCUMENTS] = self.documents.loss(*kept) if len(kept[0]) else logits.sum() * 0
        return losses
