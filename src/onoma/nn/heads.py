"""Tagging heads: they turn encoder states into emissions and own the loss."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from onoma.decode.protocol import Decoder
from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import Transitions, zero_transitions
from onoma.nn.crf import CRF
from onoma.tags import Scheme


class SoftmaxHead(nn.Module):
    """Independent tags: cross-entropy per token, weighted by tag where ``class_weights`` [K] are set.

    Args:
        input_dim: width of the encoder's states.
        num_tags: K.
        constraints: forbidden moves, kept in decoding only; None to take each token's best tag.
    """

    class_weights: Tensor | None

    def __init__(self, input_dim: int, num_tags: int, constraints: Transitions | None) -> None:
        super().__init__()
        self.num_classes = num_tags
        self.projection = nn.Linear(input_dim, num_tags)
        self._transitions = constraints or zero_transitions(num_tags)
        # Only training needs the weights: they are no part of a bundle.
        self.register_buffer("class_weights", None, persistent=False)

    def forward(self, states: Tensor) -> Tensor:
        """Emissions [B, T, K] from states [B, T, H]."""
        emissions: Tensor = self.projection(states)
        return emissions

    def loss(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Mean cross-entropy over the real tokens, each counting by the weight of its gold tag.

        Args:
            emissions: [B, T, K]
            tags: [B, T] long; anything beyond the lengths.
            lengths: [B]
        """
        mask = torch.arange(tags.shape[1], device=tags.device) < lengths.unsqueeze(1)  # [B, T]
        return nn.functional.cross_entropy(emissions[mask], tags[mask], self.class_weights)

    def transitions(self) -> Transitions:
        """Zero for every allowed move: tags are independent given the sentence."""
        return self._transitions

    def decoder(self, tags: Sequence[str], scheme: Scheme, *, with_scores: bool = True) -> Decoder:
        """Return what turns emissions into entities, with the present weights."""
        return TagDecoder(tags, scheme, self.transitions(), with_scores=with_scores)


class CRFHead(nn.Module):
    """A linear-chain conditional random field over the tags (Lafferty et al. 2001).

    Args:
        input_dim: width of the encoder's states.
        num_tags: K.
        constraints: forbidden moves of the tag scheme, or None to let the model learn them.
    """

    def __init__(self, input_dim: int, num_tags: int, constraints: Transitions | None) -> None:
        super().__init__()
        self.num_classes = num_tags
        self.projection = nn.Linear(input_dim, num_tags)
        self.crf = CRF(num_tags, constraints)

    def forward(self, states: Tensor) -> Tensor:
        """Emissions [B, T, K] from states [B, T, H]."""
        emissions: Tensor = self.projection(states)
        return emissions

    def loss(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Negative log-likelihood of the gold tags, summed over sentences, a token.

        Division by the number of tokens puts it on one scale with cross-entropy.
        """
        per_sentence: Tensor = self.crf(emissions.float(), tags, lengths)  # [B]
        return per_sentence.sum() / lengths.sum()

    def transitions(self) -> Transitions:
        """Learned scores with the constraints."""
        return self.crf.as_transitions()

    def decoder(self, tags: Sequence[str], scheme: Scheme, *, with_scores: bool = True) -> Decoder:
        """Return what turns emissions into entities, with the present weights."""
        return TagDecoder(tags, scheme, self.transitions(), with_scores=with_scores)
