"""What is learned from a batch: the tasks of a network, from sentences or from whole documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from onoma.errors import StoppedError
from onoma.features.batches import Indices, bucket_by_length, shuffled_buckets
from onoma.features.examples import Examples
from onoma.features.passages import members
from onoma.features.protocol import Features
from onoma.nn.heads import EntityHead
from onoma.nn.network import Network, SentenceBatch
from onoma.runtime.precision import Precision, autocast
from onoma.tasks import DocumentTask, EntityTask, Task
from onoma.training.augmentation.making import Augment
from onoma.training.config import TrainingConfig
from onoma.training.dev_loss import SeenLoss
from onoma.training.processes.world import World

FEWEST_UPDATES = 64
"""Of an epoch: fewer learn little."""

_MOST_SENTENCES, _MOST_UNITS = 32, 4096
"""Of what goes through the network at once where no batch size says it: few calls, little padding."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What a network is taught of one split.

    Args:
        examples: sentences with the targets of entities, in the order of their documents.
        of_documents: targets of the tasks about documents, by role.
    """

    examples: Examples
    of_documents: Mapping[str, Any]


def automatic_batch_size(num_sentences: int) -> int:
    """Return 32, or less where one pass would have fewer than 64 updates."""
    return min(32, max(8, num_sentences // FEWEST_UPDATES))


def passes_an_epoch(config: TrainingConfig, num_batches: int) -> int:
    """Return how often an epoch goes through the data: small data has too few batches to learn from.

    Args:
        config: of the training.
        num_batches: of one pass.
    """
    fewest = config.epoch_updates or (0 if config.batch_size else FEWEST_UPDATES)
    return max(1, fewest // max(1, num_batches))


class Objective:
    """A network, and the data it learns from and is measured on.

    A batch is an array of passages of similar length: of sentences or, where the model reads context, of what
    it reads of a document at once. Where a task is about documents, or `by_document` says so, it is one of
    documents, in random order. The batch size is in sentences, and reached on average.

    Args:
        network: on its device.
        features: gathers batches.
        tasks: those of the network.
        train: what to learn from.
        dev: for the dev loss.
        config: how to train.
        precision: see there.
        by_document: learn from whole documents also where no task needs them.
        augment: gives sentences of train the form in which they are learned in an epoch.
        world: the processes that learn together: this one learns from its share of every batch.

    Attributes:
        num_batches: batches an epoch, which goes through small data several times.
        precision: in which the layers compute while something is learned.
    """

    def __init__(
        self,
        network: Network,
        features: Features,
        tasks: Sequence[Task],
        train: Taught,
        dev: Taught,
        config: TrainingConfig,
        *,
        precision: Precision,
        by_document: bool = False,
        augment: Augment | None = None,
        world: World | None = None,
    ) -> None:
        self._network = network
        self._features = features
        self._tasks = tuple(tasks)
        self._config = config
        self._device = next(network.parameters()).device
        self._augment = augment
        self._world = world or World()
        self.precision: Precision = precision
        by_document = by_document or any(isinstance(task, DocumentTask) for task in tasks)
        units = _Documents if by_document else _Passages
        self._train, self._dev = units(train), units(dev)
        num_sentences = len(train.examples.lengths)
        size = config.batch_size or automatic_batch_size(num_sentences)
        self._batch_size = self._train.batch_size(size)
        num_batches = -(-self._train.count // self._batch_size)
        self._passes = passes_an_epoch(config, num_batches)
        self.num_batches = num_batches * self._passes

    def batches(self, epoch: int) -> list[Indices]:
        """Return the batches of an epoch: a pure function of seed and epoch."""
        first = (epoch - 1) * self._passes + 1
        passes = (
            self._train.shuffled(self._batch_size, self._config.seed, number)
            for number in range(first, first + self._passes)
        )
        return list(chain.from_iterable(passes))

    def num_tokens(self, batch: Indices) -> int:
        """Return the tokens of a batch."""
        return self._train.num_tokens(batch)

    def backward(self, batch: Indices, epoch: int, scale: float = 1.0) -> float:
        """Add a batch's gradients to those of the network, and return its loss a token.

        It is computed in as many parts as the configuration says. Where several processes learn together
        the mean of both over the processes is that of the batch.

        Args:
            batch: of an epoch.
            epoch: which; sentences may have another form in each.
            scale: factor on the gradients.
        """
        parts = np.array_split(batch, min(self._config.accumulate, len(batch)))
        value = 0.0
        for part in parts:
            with autocast(self.precision, self._device):
                loss = self._loss_of_share(part, epoch)
            loss = self._share(loss, part, batch, len(parts))
            if loss.requires_grad:  # not where this process has nothing of it
                (loss if scale == 1 else loss * scale).backward()  # type: ignore[no-untyped-call]
            value += loss.item()
        return value

    def _loss_of_share(self, part: Indices, epoch: int) -> Tensor:
        """Return the loss of this process's share of a part, weighed as `World.weigh` says. []"""
        own = self._world.own(part)
        batch, targets = self._gather_train(own, epoch) if len(own) else ([], {})
        if batch:
            losses: Mapping[str, Tensor] = self._network(batch, targets)
        else:
            losses = {role: torch.zeros((), device=self._device) for role in self._roles(part)}
        losses = self._world.weigh(losses, lambda: self._network.counts(batch, targets))
        weighed: Tensor = self._network.weighting(losses)
        return weighed

    def _roles(self, part: Indices) -> list[str]:
        """Return the tasks that a part of a batch teaches."""
        return [task.role for task in self._tasks]

    def _share(self, loss: Tensor, part: Indices, batch: Indices, num_parts: int) -> Tensor:
        return self._train.share(loss, part, batch, num_parts)

    def watch_dev(self) -> SeenLoss | None:
        """Return what makes the dev loss of the emissions that tagging dev brings along.

        None where that is not enough: where whole documents, or more than entities, are learned.
        """
        task, *others = self._tasks
        head = self._network.heads[task.role]
        if others or isinstance(self._dev, _Documents) or not isinstance(head, EntityHead):
            return None
        return SeenLoss(
            self._dev.taught.examples, head, lambda loss: self._network.weighting({task.role: loss})
        )

    @torch.inference_mode()
    def dev_loss(self, stopping: Callable[[], bool]) -> float:
        """Return the loss over the dev data, a token or, where documents are learned from, a document.

        The network is to be in evaluation mode.

        Raises:
            StoppedError: a stop has been asked for.
        """
        total = weights = 0.0
        for part in self._dev.in_order(self._batch_size):
            if stopping():
                raise StoppedError
            weight = self._dev.weight(part)
            total += self._loss(self._dev, part).item() * weight
            weights += weight
        return total / max(1, weights)

    def task_weights(self) -> dict[str, float]:
        """Return the present weight of each of several tasks; nothing where there is one."""
        return self._network.weighting.weights() if isinstance(self._train, _Documents) else {}

    def _loss(self, data: _Passages, units: Indices) -> Tensor:
        """Return the loss of some units as they are. []"""
        weighed: Tensor = self._network.weighting(self._network(*self._gather(data, units)))
        return weighed

    def _gather_train(self, units: Indices, epoch: int) -> tuple[list[SentenceBatch], dict[str, Any]]:
        """Return inputs and targets of some units of train, in the form that they have in an epoch."""
        return self._gather(self._train, units, epoch)

    def _gather(
        self, data: _Passages, units: Indices, epoch: int | None = None
    ) -> tuple[list[SentenceBatch], dict[str, Any]]:
        """Return inputs and targets of some units, in the form that they have in an epoch, or as they are."""
        batch, entities = [], []
        for indices, owners in data.parts(units):
            examples, chosen = data.taught.examples, indices
            if self._augment is not None and epoch is not None:
                examples = self._augment(examples.take(indices), indices, epoch)
                chosen = np.arange(len(indices))
            arrays, cuts = examples.input_batch(self._features, chosen)
            inputs = {name: self._on_device(array) for name, array in arrays.items()}
            parts = None
            if cuts is not None:
                parts = [
                    (self._on_device(some), self._on_device(cut.places), self._on_device(cut.lengths))
                    for some, cut in cuts
                ]
            documents = None if owners is None else torch.tensor(owners).to(self._device)
            batch.append(SentenceBatch(inputs, documents, parts))
            for some in [chosen] if cuts is None else [chosen[some] for some, _ in cuts]:
                entities.append(self._on_device(examples.target_batch(some)))
        targets: dict[str, Any] = {}
        for task in self._tasks:
            if isinstance(task, DocumentTask):
                gold = task.batch(data.taught.of_documents[task.role], units)
                targets[task.role] = tuple(torch.from_numpy(array).to(self._device) for array in gold)
            elif isinstance(task, EntityTask):
                targets[task.role] = entities
        return batch, targets

    def _on_device(self, array: npt.NDArray[Any]) -> Tensor:
        return torch.from_numpy(array).to(self._device)


class _Passages:
    """A split as what is read at once: sentences or, with context, some of a document that stand in a row.

    Args:
        taught: of the split.

    Attributes:
        count: how many there are.
        end: one above the highest number of them.
    """

    def __init__(self, taught: Taught) -> None:
        self.taught = taught
        examples = taught.examples
        self._edges = examples.edges
        self._sizes = examples.sizes[self._edges[:-1]]
        self.count = self.end = len(self._sizes)
        before = np.concatenate([[0], np.cumsum(examples.lengths)])
        self._tokens = np.diff(before[self._edges])

    def batch_size(self, sentences: int) -> int:
        """Return how many units have so many sentences on average."""
        return max(1, round(sentences * self.count / max(1, len(self.taught.examples.lengths))))

    def shuffled(self, size: int, seed: int, epoch: int) -> list[Indices]:
        """Return an epoch's batches, of units of similar length."""
        return shuffled_buckets(self._sizes, batch_size=size, seed=seed, epoch=epoch)

    def in_order(self, size: int) -> list[Indices]:
        """Return batches that are quick to compute."""
        return list(bucket_by_length(self._sizes, max_sentences=_MOST_SENTENCES, max_tokens=_MOST_UNITS))

    def num_tokens(self, units: Indices) -> int:
        """Return the tokens of some units."""
        return int(self._tokens[units].sum())

    def weight(self, units: Indices) -> int:
        """Return what the loss of some units counts by in a mean."""
        return self.num_tokens(units)

    def share(self, loss: Tensor, part: Indices, batch: Indices, num_parts: int) -> Tensor:
        """Return a part's loss as it counts within its batch's: by its tokens."""
        return loss * (self.num_tokens(part) / self.num_tokens(batch))

    def parts(self, units: Indices) -> list[tuple[Indices, list[int] | None]]:
        """Return examples that go through the network together, and the place of each one's document."""
        return [(members(self._edges, units), None)]


class _Documents(_Passages):
    """A split as whole documents, those without a sentence left out."""

    def __init__(self, taught: Taught) -> None:
        super().__init__(taught)
        owners = taught.examples.owners[self._edges[:-1]]  # of passages
        self._filled = np.unique(owners)
        self.count, self.end = len(self._filled), int(self._filled.max(initial=-1)) + 1
        self._documents = np.searchsorted(owners, np.arange((int(owners.max()) if len(owners) else -1) + 2))

    def shuffled(self, size: int, seed: int, epoch: int) -> list[Indices]:
        """Return an epoch's batches, in random order."""
        order = np.random.default_rng((seed, epoch)).permutation(self._filled)
        return [order[start : start + size] for start in range(0, len(order), size)]

    def in_order(self, size: int) -> list[Indices]:
        """Return the documents one after the other."""
        return [self._filled[start : start + size] for start in range(0, self.count, size)]

    def num_tokens(self, units: Indices) -> int:
        """Return the tokens of the documents."""
        return super().num_tokens(members(self._documents, units))

    def weight(self, units: Indices) -> int:
        """Return the number of documents."""
        return len(units)

    def share(self, loss: Tensor, part: Indices, batch: Indices, num_parts: int) -> Tensor:
        """Return a part's loss as it counts within its batch's: all parts the same."""
        return loss / num_parts

    def parts(self, units: Indices) -> list[tuple[Indices, list[int] | None]]:
        """Return the documents' sentences, those of similar length together."""
        passages = members(self._documents, units)
        places = {int(document): place for place, document in enumerate(units)}
        found: list[tuple[Indices, list[int] | None]] = []
        for chosen in bucket_by_length(
            self._sizes[passages], max_sentences=_MOST_SENTENCES, max_tokens=_MOST_UNITS
        ):
            indices = members(self._edges, passages[chosen])
            owners = self.taught.examples.owners[indices].tolist()
            found.append((indices, [places[owner] for owner in owners]))
        return found
