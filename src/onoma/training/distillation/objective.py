"""Learning from gold and from teachers, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from onoma.features.batches import Indices, shuffled_buckets
from onoma.features.protocol import Features
from onoma.nn.network import Network, SentenceBatch
from onoma.nn.soft_targets import SoftTargets
from onoma.runtime.precision import Precision
from onoma.tasks import EntityTask, Task
from onoma.training.augmentation.making import Augment, AugmentLessons
from onoma.training.config import TrainingConfig
from onoma.training.distillation.lessons import Lessons
from onoma.training.objectives import Objective, Taught, automatic_batch_size
from onoma.training.processes.world import World


class DistillingObjective(Objective):
    """An objective whose epochs are of gold batches and of batches that teachers have labelled.

    An epoch is a pass over gold, mixed with so many lessons that these are the wanted share of its batches;
    epoch by epoch they go on through the unlabelled text, as often as needed. Where all batches are lessons,
    an epoch is a pass over these. A batch is of one kind; sentences of lessons are numbered behind what is
    learned of gold. Lessons are of entities: other tasks learn from gold alone.

    Args:
        network: on its device.
        features: gathers batches.
        tasks: those of the network, the one of entities among them.
        train: gold.
        dev: for the dev loss.
        config: how to train.
        lessons: what teachers say.
        share: of all batches, above 0; 1 for lessons alone.
        precision: in which the layers compute while something is learned.
        augment: gives sentences of gold the form in which they are learned in an epoch.
        augment_lessons: does so for lessons.
        world: as in `Objective`.
    """

    def __init__(
        self,
        network: Network,
        features: Features,
        tasks: Sequence[Task],
        train: Taught,
        dev: Taught,
        config: TrainingConfig,
        lessons: Lessons,
        share: float,
        *,
        precision: Precision,
        augment: Augment | None = None,
        augment_lessons: AugmentLessons | None = None,
        world: World | None = None,
    ) -> None:
        super().__init__(
            network, features, tasks, train, dev, config, precision=precision, augment=augment, world=world
        )
        self._lessons = lessons
        self._augment_lessons = augment_lessons
        self._first = self._train.end
        self._role = next(task.role for task in tasks if isinstance(task, EntityTask))
        self._with_gold = share < 1
        # Their number says how large batches may be: gold beside them is often small.
        self._lessons_a_batch = config.batch_size or automatic_batch_size(len(lessons.lengths))
        self._each_pass = -(-len(lessons.lengths) // self._lessons_a_batch)
        num_gold = self.num_batches if self._with_gold else 0
        self._num_lessons = max(1, round(num_gold * share / (1 - share))) if num_gold else self._each_pass
        self.num_batches = num_gold + self._num_lessons

    def batches(self, epoch: int) -> list[Indices]:
        """Return the batches of an epoch: a pure function of seed and epoch."""
        gold = super().batches(epoch) if self._with_gold else []
        first = (epoch - 1) * self._num_lessons
        mixed = gold + self._lesson_batches(first, first + self._num_lessons)
        order = np.random.default_rng((self._config.seed, epoch, 1)).permutation(len(mixed))
        return [mixed[index] for index in order]

    def _lesson_batches(self, first: int, end: int) -> list[Indices]:
        """Return batches by their number in the endless row of passes over the lessons."""
        found: list[Indices] = []
        while first < end:
            number, place = divmod(first, self._each_pass)
            of_pass = shuffled_buckets(
                self._lessons.sizes,
                batch_size=self._lessons_a_batch,
                seed=self._config.seed,
                epoch=number + 1,
            )
            found += of_pass[place : place + end - first]
            first = min(end, (number + 1) * self._each_pass)
        return [batch + self._first for batch in found]

    def num_tokens(self, batch: Indices) -> int:
        """Return the tokens of a batch."""
        if batch[0] < self._first:
            return super().num_tokens(batch)
        return int(self._lessons.lengths[batch - self._first].sum())

    def _share(self, loss: Tensor, part: Indices, batch: Indices, num_parts: int) -> Tensor:
        if batch[0] < self._first:
            return super()._share(loss, part, batch, num_parts)
        return loss * (self.num_tokens(part) / self.num_tokens(batch))

    def _roles(self, part: Indices) -> list[str]:
        return super()._roles(part) if part[0] < self._first else [self._role]

    def _gather_train(self, units: Indices, epoch: int) -> tuple[list[SentenceBatch], dict[str, Any]]:
        if units[0] < self._first:
            return super()._gather_train(units, epoch)
        indices = units - self._first
        if self._augment_lessons is not None:
            rows = self._augment_lessons(indices, epoch)
        else:
            rows = [self._lessons.rows[index] for index in indices]
        arrays = self._features.batch(rows)
        inputs = {name: torch.from_numpy(array).to(self._device) for name, array in arrays.items()}
        expected = tuple(torch.from_numpy(one).to(self._device) for one in self._lessons.batch(indices))
        targets = SoftTargets(expected, self._lessons.temperature)
        return [SentenceBatch(inputs)], {self._role: [targets]}
