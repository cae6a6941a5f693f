"""The one kind of network: a body (embedder, encoder, pooling) under the heads of any number of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from onoma.nn.embedder import WordEmbedder
from onoma.nn.heads import Head, Words
from onoma.nn.pooling import WordPooling
from onoma.nn.uncertainty import FixedWeights, UncertaintyWeights


@dataclass(frozen=True, slots=True)
class Body:
    """What stands under the heads.

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


@dataclass(frozen=True, slots=True)
class SentenceBatch:
    """Sentences that go through the network at once.

    Args:
        inputs: their features.
        owners: the document of each sentence, in 0..D-1; None where only sentences matter. [B]
        cuts: where sentences are read together, which of them each cut is of [B'], the places [B', T] of
            their words in the inputs [G, W] one behind the other, and their lengths [B']; see
            `onoma.features.passages`. The targets of a batch have a part for each.
    """

    inputs: Mapping[str, Tensor]
    owners: Tensor | None = None
    cuts: Sequence[tuple[Tensor, Tensor, Tensor]] | None = None

    @property
    def lengths(self) -> list[Tensor]:
        """Words of each sentence, cut by cut. [B'] each"""
        return [self.inputs["lengths"]] if self.cuts is None else [lengths for *_, lengths in self.cuts]

    def words(self, states: Tensor) -> Iterator[Words]:
        """Yield the sentences' words, cut by cut.

        Args:
            states: of the inputs. [G, W, H]
        """
        if self.cuts is None:
            yield Words(states, self.inputs["lengths"], self.owners)
            return
        for some, places, lengths in self.cuts:
            rows = states.flatten(0, 1).index_select(0, places.flatten())
            owners = None if self.owners is None else self.owners[some]
            yield Words(rows.view(*places.shape, -1), lengths, owners)


class Network(nn.Module):
    """Word features in; named outputs of every task out, or their losses.

    Args:
        body: embedder and encoder.
        heads: by the task's name, in order: a head may look at what those before it put out.
        parts: under which name each head stands in the network, and its weights in a bundle.
        weighting: one loss from those of the tasks.
    """

    def __init__(
        self,
        body: Body,
        heads: Mapping[str, Head],
        parts: Mapping[str, str],
        weighting: UncertaintyWeights | FixedWeights,
    ) -> None:
        super().__init__()
        self.embedder = body.embedder
        self.encoder = body.encoder
        self.pooling = body.pooling
        self.beside = body.beside
        self._parts = dict(parts)
        for name, head in heads.items():
            self.add_module(parts[name], head)
        self.weighting = weighting

    @property
    def heads(self) -> dict[str, Head]:
        """The heads by task, in order."""
        return {name: self.get_submodule(part) for name, part in self._parts.items()}  # type: ignore[misc]

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

    def outputs(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What prediction needs, [B, T, ...] each, by name; what stands in padding is arbitrary."""
        words = Words(self.states(inputs), inputs["lengths"])
        outputs: dict[str, Tensor] = {}
        for head in self.heads.values():
            outputs |= head.outputs(words, outputs)
        return outputs

    def counts(self, batch: Sequence[SentenceBatch], targets: Mapping[str, Any]) -> dict[str, float]:
        """Return what the loss of each task over some sentences is a mean over; see `Head.count`.

        Args:
            batch: as `forward` takes it; empty where there is no sentence.
            targets: likewise.
        """
        lengths = [lengths for part in batch for lengths in part.lengths]
        if not batch:
            return dict.fromkeys(self.heads, 0.0)
        return {
            name: head.count(lengths, targets[name]) for name, head in self.heads.items() if name in targets
        }

    def forward(self, batch: Sequence[SentenceBatch], targets: Mapping[str, Any]) -> dict[str, Tensor]:
        """Loss of each task over some sentences, or whole documents.

        Args:
            batch: the sentences, those of similar length together.
            targets: by task, as its head wants them; a task without any has no loss, and may be missing only
                behind those that have some.
        """
        heads = {name: head for name, head in self.heads.items() if name in targets}
        seen: dict[str, list[Any]] = {name: [] for name in heads}
        for words in (words for part in batch for words in part.words(self.states(part.inputs))):
            outputs: dict[str, Tensor] = {}
            for name, head in heads.items():
                found, what = head.observe(words, outputs, targets[name], len(seen[name]))
                outputs |= found
                seen[name].append(what)
        return {name: head.loss(seen[name], targets[name]) for name, head in heads.items()}
