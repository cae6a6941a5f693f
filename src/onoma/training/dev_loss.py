"""The loss over the dev sentences from what the network puts out while they are tagged: one pass for both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from onoma.features.examples import Examples
from onoma.nn.heads import EntityHead
from onoma.runtime.sentence_parts import Part


class SeenLoss:
    """Adds up the loss of sentences that a `Tagger` lets it see.

    Args:
        examples: of all sentences that will be tagged, in their order.
        head: what put the emissions out.
        weigh: makes the network's loss from the head's. []
    """

    def __init__(self, examples: Examples, head: EntityHead, weigh: Callable[[Tensor], Tensor]) -> None:
        self._examples, self._head, self._weigh = examples, head, weigh
        self._device = next(head.parameters()).device
        self._total = 0.0
        self._sentences = self._shares = 0

    @torch.inference_mode()
    def see(self, part: Part) -> None:
        """Add the sentences of a part; those of one that is in windows are left out, and `mean` is None."""
        indices = np.asarray(part.indices)
        lengths = self._examples.lengths
        if part.emissions is None or indices.max() >= len(lengths):
            return
        if not np.array_equal(lengths[indices], part.lengths):
            return
        emissions, targets, tokens = (
            torch.from_numpy(array).to(self._device)
            for array in (part.emissions, self._examples.target_batch(indices), lengths[indices])
        )
        loss = self._weigh(self._head.token_loss(emissions, targets, tokens))
        share = int(self._head.share(tokens))
        self._total += loss.item() * share
        self._shares += share
        self._sentences += len(indices)

    @property
    def mean(self) -> float | None:
        """A mean as in training; None where not all sentences were seen, or not as the examples have them."""
        if self._sentences != len(self._examples.lengths):
            return None
        return self._total / max(1, self._shares)
