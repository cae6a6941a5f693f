"""What a head is, and those that give each token a tag."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from onoma.decode.protocol import EMISSIONS
from onoma.decode.transitions import Transitions
from onoma.errors import ModelError
from onoma.nn.crf import CRF
from onoma.nn.soft_targets import SoftTags, SoftTargets


class Words(NamedTuple):
    """Encoded sentences.

    Args:
        states: [B, T, H]; padding holds arbitrary finite values.
        lengths: [B]
        owners: the document of each sentence, in 0..D-1; None where only sentences matter. [B]
    """

    states: Tensor
    lengths: Tensor
    owners: Tensor | None = None

    @property
    def mask(self) -> Tensor:
        """Which places hold a word. [B, T]"""
        places = torch.arange(self.states.shape[1], device=self.states.device)
        return places < self.lengths.unsqueeze(1)


OUTPUTS, ENTITIES = "outputs", "entities"
"""What an axis of a head's weight may stand for, place by place; see `Head.named_axes`."""


class Head(nn.Module):
    """Turns encoder states into what one task needs, and owns its loss."""

    def named_axes(self) -> Mapping[str, Mapping[int, str]]:
        """Return, by weight, which of its axes stand for things with names, which another model may have at
        other places: `OUTPUTS`, which `Task.names` names; or, at the axis's end behind the states,
        `ENTITIES`, the outputs of the head of entities before this one.
        """
        return {}

    @abstractmethod
    def outputs(self, words: Words, before: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return what prediction needs, [B, T, ...] each, by name.

        Args:
            words: encoded sentences.
            before: outputs of the heads before this one.
        """

    @abstractmethod
    def observe(
        self, words: Words, before: Mapping[str, Tensor], targets: Any, index: int
    ) -> tuple[dict[str, Tensor], Any]:
        """Look at one part of a batch in training.

        Args:
            words: its sentences.
            before: outputs of the heads before this one.
            targets: of the whole batch.
            index: of the part.

        Returns:
            Outputs for the heads after this one, and what `loss` is to get of this part.
        """

    @abstractmethod
    def loss(self, observed: Sequence[Any], targets: Any) -> Tensor:
        """Return the loss of a batch from what was observed of its parts. []"""

    def count(self, lengths: Sequence[Tensor], targets: Any) -> float:
        """Return what the loss of a batch is a mean over: the sum of it over shares is that of the whole.

        Args:
            lengths: of the sentences of each part. [B] each
            targets: of the batch.

        Raises:
            ModelError: the head does not say it.
        """
        raise ModelError(
            f"{type(self).__name__} does not say what its loss is a mean over, so that shares of a batch "
            "cannot be learned by several processes: train it by one"
        )


class EntityHead(Head):
    """A head whose targets are those of sentences: one array [B, T, ...] for each part of a batch.

    Class attributes:
        num_classes: the last dimension of its emissions.
        rank: how many dimensions they have.
    """

    num_classes: int
    rank: int = 3

    @abstractmethod
    def forward(self, states: Tensor) -> Tensor:
        """Emissions [B, T, ...] from states [B, T, H]."""

    @abstractmethod
    def token_loss(self, emissions: Tensor, targets: Tensor, lengths: Tensor) -> Tensor:
        """Loss a token over the real tokens of a part; what lies beyond the lengths does not count."""

    def share(self, lengths: Tensor) -> Tensor:
        """Return what a part with these sentences counts for in the loss of its batch: its tokens. []"""
        return lengths.sum()

    def weight(self, targets: Any, lengths: Tensor) -> Tensor:
        """Return what the loss of a part is a mean over, where its targets matter to that. []"""
        return lengths.sum() if isinstance(targets, SoftTargets) else self.share(lengths)

    def count(self, lengths: Sequence[Tensor], targets: Sequence[Any]) -> float:
        """As in `Head`."""
        return sum(float(self.weight(part, size)) for part, size in zip(targets, lengths, strict=True))

    def soft_loss(self, emissions: Tensor, targets: SoftTargets, lengths: Tensor) -> Tensor:
        """Loss a token where a teacher's probabilities stand in the place of gold.

        At a temperature it is multiplied by its square, which keeps gradients as large as without (Hinton,
        Vinyals and Dean, 2015, section 2).
        """
        raise NotImplementedError(f"{type(self).__name__} learns from gold alone")

    def outputs(self, words: Words, before: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the emissions."""
        return {EMISSIONS: self(words.states)}

    def observe(
        self, words: Words, before: Mapping[str, Tensor], targets: Sequence[Any], index: int
    ) -> tuple[dict[str, Tensor], tuple[Tensor, Tensor]]:
        """Compute the emissions and the loss of a part, with its share of the batch."""
        emissions = self(words.states)
        # In full precision: log-sums of bf16 scores are worth nothing.
        with torch.autocast(emissions.device.type, enabled=False):
            given = targets[index]
            of_targets = self.soft_loss if isinstance(given, SoftTargets) else self.token_loss
            loss = of_targets(emissions.float(), given, words.lengths)
        return {EMISSIONS: emissions}, (loss, self.weight(given, words.lengths))

    def loss(self, observed: Sequence[tuple[Tensor, Tensor]], targets: Any) -> Tensor:
        """Return the mean over the batch, each part by its share. []"""
        whole = sum(share.item() for _, share in observed)
        total = torch.zeros((), device=observed[0][0].device)
        for loss, share in observed:
            total = total + loss * (share / whole)
        return total


_PROJECTION = {f"projection.{name}": {0: OUTPUTS} for name in ("weight", "bias")}


class SoftmaxHead(EntityHead):
    """Independent tags: cross-entropy per token, weighted by tag where ``class_weights`` [K] are set.

    Args:
        input_dim: width of the encoder's states.
        num_tags: K.
        by_sentence: the loss is the mean of the sentences' own weighted means, in which a word of a short
            sentence counts for more; else the weighted mean of all tokens.
    """

    class_weights: Tensor | None

    def __init__(self, input_dim: int, num_tags: int, *, by_sentence: bool = False) -> None:
        super().__init__()
        self.num_classes = num_tags
        self.by_sentence = by_sentence
        self.projection = nn.Linear(input_dim, num_tags)
        # Only training needs the weights: they are no part of a bundle.
        self.register_buffer("class_weights", None, persistent=False)

    def named_axes(self) -> Mapping[str, Mapping[int, str]]:
        """As in `Head`."""
        return _PROJECTION

    def forward(self, states: Tensor) -> Tensor:
        """Emissions [B, T, K] from states [B, T, H]."""
        emissions: Tensor = self.projection(states)
        return emissions

    def token_loss(self, emissions: Tensor, targets: Tensor, lengths: Tensor) -> Tensor:
        """Mean cross-entropy over real tokens or sentences, each token by the weight of its gold tag.

        Args:
            emissions: [B, T, K]
            targets: [B, T] tag ids; anything beyond the lengths.
            lengths: [B]
        """
        mask = torch.arange(targets.shape[1], device=targets.device) < lengths.unsqueeze(1)  # [B, T]
        if not self.by_sentence:
            return nn.functional.cross_entropy(emissions[mask], targets[mask], self.class_weights)
        gold = torch.where(mask, targets, 0)  # [B, T]
        weights = mask.float() if self.class_weights is None else self.class_weights[gold] * mask  # [B, T]
        logs = emissions.log_softmax(-1).gather(-1, gold.unsqueeze(-1)).squeeze(-1)  # [B, T]
        losses = torch.where(mask, -logs * weights, 0.0).sum(1) / weights.sum(1)  # [B]
        return losses.mean()

    def share(self, lengths: Tensor) -> Tensor:
        """Return the tokens of a part, or its sentences. []"""
        return lengths.new_tensor(len(lengths)) if self.by_sentence else super().share(lengths)

    def weight(self, targets: Any, lengths: Tensor) -> Tensor:
        """Return the summed weights of a part's gold tags, where they have some and all are one mean. []"""
        if self.class_weights is None or self.by_sentence or isinstance(targets, SoftTargets):
            return super().weight(targets, lengths)
        mask = torch.arange(targets.shape[1], device=targets.device) < lengths.unsqueeze(1)  # [B, T]
        return self.class_weights[targets[mask]].sum()

    def soft_loss(self, emissions: Tensor, targets: SoftTargets, lengths: Tensor) -> Tensor:
        """Cross-entropy of a token's tags to those of the teacher; beyond the lengths these are 0."""
        logs = (emissions / targets.temperature).log_softmax(dim=-1)
        return -(logs * SoftTags(*targets.expected).tags).sum() * targets.temperature**2 / lengths.sum()


class CRFHead(EntityHead):
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

    def named_axes(self) -> Mapping[str, Mapping[int, str]]:
        """As in `Head`."""
        ends = {f"crf.{name}_transitions": {0: OUTPUTS} for name in ("start", "end")}
        return {**_PROJECTION, **ends, "crf.transitions": {0: OUTPUTS, 1: OUTPUTS}}

    def forward(self, states: Tensor) -> Tensor:
        """Emissions [B, T, K] from states [B, T, H]."""
        emissions: Tensor = self.projection(states)
        return emissions

    def token_loss(self, emissions: Tensor, targets: Tensor, lengths: Tensor) -> Tensor:
        """Negative log-likelihood of the gold tags, summed over sentences, a token.

        Division by the number of tokens puts it on one scale with cross-entropy.
        """
        per_sentence: Tensor = self.crf(emissions, targets, lengths)  # [B]
        return per_sentence.sum() / lengths.sum()

    def soft_loss(self, emissions: Tensor, targets: SoftTargets, lengths: Tensor) -> Tensor:
        """Negative log-likelihood expected under the teacher; see `ExpectedNegativeLogLikelihood`."""
        total: Tensor = self.crf.expected_loss(emissions, targets, lengths)
        return total * targets.temperature**2 / lengths.sum()
