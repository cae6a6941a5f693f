"""What is learned from a batch: entities from sentences, or entities and document labels from documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from onoma.features.batches import Indices, bucket_by_length, shuffled_buckets
from onoma.features.document_labels import DocumentTargets
from onoma.features.examples import Examples
from onoma.features.protocol import Features
from onoma.nn.joint import JointNetwork
from onoma.nn.tagger import TaggerNetwork
from onoma.runtime.precision import autocast
from onoma.training.config import TrainingConfig
from onoma.training.precision import pick_precision
from onoma.training.stopping import StoppedError

_MOST_SENTENCES, _MOST_UNITS = 32, 4096
"""Of what goes through the network at once where no batch size says it: few calls, little padding."""


class Objective(Protocol):
    """A network, and the data it learns from and is measured on."""

    num_batches: int
    """Batches an epoch."""

    def batches(self, epoch: int) -> list[Indices]:
        """Return the batches of an epoch: a pure function of seed and epoch."""
        ...

    def num_tokens(self, batch: Indices) -> int:
        """Return the tokens of a batch."""
        ...

    def backward(self, batch: Indices) -> float:
        """Add a batch's gradients to those of the network, and return its loss a token."""
        ...

    def dev_loss(self, stopping: Callable[[], bool]) -> float:
        """Return the loss a token over the dev data.

        Raises:
            StoppedError: a stop has been asked for.
        """
        ...

    def task_weights(self) -> dict[str, float]:
        """Return the present weight of each of several tasks."""
        ...


def automatic_batch_size(num_sentences: int) -> int:
    """Return 32, or less where an epoch would have fewer than 64 updates: few updates learn little."""
    return min(32, max(8, num_sentences // 64))


class TaggingObjective:
    """Entities from sentences.

    Args:
        network: on its device.
        features: gathers batches.
        train: examples to learn from.
        dev: examples for the dev loss.
        config: how to train.
    """

    def __init__(
        self,
        network: TaggerNetwork,
        features: Features,
        train: Examples,
        dev: Examples,
        config: TrainingConfig,
    ) -> None:
        self._network = network
        self._features = features
        self._train = train
        self._dev = dev
        self._config = config
        self._device = next(network.parameters()).device
        self._precision = pick_precision(config, self._device)
        self._batch_size = config.batch_size or automatic_batch_size(len(train.lengths))
        self.num_batches = -(-len(train.lengths) // self._batch_size)

    def batches(self, epoch: int) -> list[Indices]:
        """Return index arrays of sentences of similar length."""
        return shuffled_buckets(
            self._train.sizes, batch_size=self._batch_size, seed=self._config.seed, epoch=epoch
        )

    def num_tokens(self, batch: Indices) -> int:
        """Return the tokens of the sentences."""
        return int(self._train.lengths[batch].sum())

    def backward(self, batch: Indices) -> float:
        """Learn from sentences, in as many parts as the configuration says."""
        num_tokens, value = self.num_tokens(batch), 0.0
        for part in np.array_split(batch, min(self._config.accumulate, len(batch))):
            inputs, targets = _tensors(self._features, self._train, part, self._device)
            with autocast(self._precision, self._device):
                emissions = self._network(inputs)
            loss = self._network.head.loss(emissions.float(), targets, inputs["lengths"])
            loss = loss * (self.num_tokens(part) / num_tokens)
            loss.backward()  # type: ignore[no-untyped-call]
            value += loss.item()
        return value

    @torch.inference_mode()
    def dev_loss(self, stopping: Callable[[], bool]) -> float:
        """Return the loss a token; the network is left in evaluation mode."""
        self._network.eval()
        total = 0.0
        for indices in bucket_by_length(
            self._dev.sizes, max_sentences=_MOST_SENTENCES, max_tokens=_MOST_UNITS
        ):
            if stopping():
                raise StoppedError
            inputs, targets = _tensors(self._features, self._dev, indices, self._device)
            total += self._network.loss(inputs, targets).item() * int(self._dev.lengths[indices].sum())
        return total / max(1, self._dev.num_tokens)

    def task_weights(self) -> dict[str, float]:
        """There is one task."""
        return {}


class JointObjective:
    """Entities and document labels from whole documents; a batch is an array of documents.

    The batch size, counted in sentences, is reached on average.

    Args:
        network: on its device.
        features: gathers batches.
        train: examples to learn from, and their documents' labels.
        dev: the same of the dev data.
        config: how to train.
    """

    def __init__(
        self,
        network: JointNetwork,
        features: Features,
        train: tuple[Examples, DocumentTargets],
        dev: tuple[Examples, DocumentTargets],
        config: TrainingConfig,
    ) -> None:
        self._network = network
        self._features = features
        self._train = _Documents(*train)
        self._dev = _Documents(*dev)
        self._config = config
        self._device = next(network.parameters()).device
        self._precision = pick_precision(config, self._device)
        num_sentences = len(train[0].lengths)
        size = config.batch_size or automatic_batch_size(num_sentences)
        self._num_documents = max(1, round(size * len(self._train.filled) / max(1, num_sentences)))
        self.num_batches = -(-len(self._train.filled) // self._num_documents)

    def batches(self, epoch: int) -> list[Indices]:
        """Return index arrays of documents, in random order."""
        order = np.random.default_rng((self._config.seed, epoch)).permutation(self._train.filled)
        return [
            order[start : start + self._num_documents] for start in range(0, len(order), self._num_documents)
        ]

    def num_tokens(self, batch: Indices) -> int:
        """Return the tokens of the documents."""
        return int(self._train.examples.lengths[self._train.sentences(batch)].sum())

    def backward(self, batch: Indices) -> float:
        """Learn from documents, in as many parts as the configuration says, each counting the same."""
        parts = np.array_split(batch, min(self._config.accumulate, len(batch)))
        value = 0.0
        for part in parts:
            with autocast(self._precision, self._device):
                loss = self._loss(self._train, part) / len(parts)
            loss.backward()  # type: ignore[no-untyped-call]
            value += loss.item()
        return value

    @torch.inference_mode()
    def dev_loss(self, stopping: Callable[[], bool]) -> float:
        """Return the mean over batches of documents; the network is left in evaluation mode."""
        self._network.eval()
        total, filled = 0.0, self._dev.filled
        for start in range(0, len(filled), self._num_documents):
            if stopping():
                raise StoppedError
            part = filled[start : start + self._num_documents]
            total += self._loss(self._dev, part).item() * len(part)
        return total / max(1, len(filled))

    def task_weights(self) -> dict[str, float]:
        """Return what each task's loss is multiplied by."""
        return self._network.weighting.weights()

    def _loss(self, data: _Documents, documents: Indices) -> Tensor:
        sentences = data.sentences(documents)
        places = {int(document): place for place, document in enumerate(documents)}
        batches = []
        for chosen in bucket_by_length(
            data.examples.sizes[sentences], max_sentences=_MOST_SENTENCES, max_tokens=_MOST_UNITS
        ):
            indices = sentences[chosen]
            inputs, targets = _tensors(self._features, data.examples, indices, self._device)
            owners = torch.tensor([places[owner] for owner in data.examples.owners[indices].tolist()])
            batches.append((inputs, targets, owners.to(self._device)))
        on, annotated = (
            torch.from_numpy(array[documents]).to(self._device)
            for array in (data.targets.on, data.targets.annotated)
        )
        losses = self._network.losses(batches, on, annotated)
        weighed: Tensor = self._network.weighting(losses)
        return weighed


class _Documents:
    """Examples by document.

    Args:
        examples: in the order of their documents.
        targets: the documents' labels.
    """

    def __init__(self, examples: Examples, targets: DocumentTargets) -> None:
        self.examples = examples
        self.targets = targets
        self.filled = np.unique(examples.owners)
        """Documents that have a sentence."""
        edges = np.arange(len(targets.annotated) + 1)
        self._starts = np.searchsorted(examples.owners, edges)  # [D+1]

    def sentences(self, documents: Indices) -> Indices:
        """Return the examples of some documents."""
        ranges = [np.arange(self._starts[one], self._starts[one + 1]) for one in documents]
        return np.concatenate(ranges)


def _tensors(
    features: Features, examples: Examples, indices: Indices, device: torch.device
) -> tuple[dict[str, Tensor], Tensor]:
    batch = features.batch([examples.rows[index] for index in indices])
    inputs = {name: torch.from_numpy(array).to(device) for name, array in batch.items()}
    return inputs, torch.from_numpy(examples.target_batch(indices)).to(device)
