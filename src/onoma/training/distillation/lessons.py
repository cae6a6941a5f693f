"""Targets as a student learns them: its own rows, and the teachers' probabilities, in memory."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from onoma.errors import ConfigError, DataError
from onoma.features.protocol import Features
from onoma.features.soft_targets import SoftLabelling
from onoma.features.windows import DEFAULT_WINDOW
from onoma.features.word_types import Rows
from onoma.tasks import EntityTask, Task
from onoma.teachers.form import Form, form_for
from onoma.teachers.tables import Array, Ids, Table
from onoma.teachers.targets import Targets, open_targets
from onoma.training.config import DataConfig

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Material:
    """Sentences of a folder of targets, before the student's features are known.

    Args:
        sentences: their words.
        form: of what is said of them.
        targets: what is said of their words, in order.
        labels: in the order in which the table names them.
        found: those of which there is an entity that is more probable than all else.
        min_count: words that are rarer here get no vector of their own, unless the data has them.
    """

    sentences: Sequence[Sequence[str]]
    form: Form
    targets: Table
    labels: tuple[str, ...]
    found: frozenset[str]
    min_count: int

    def frequent_words(self) -> Iterator[list[str]]:
        """Yield the sentences with those words only that are not too rare."""
        counts = Counter(word for words in self.sentences for word in words)
        for words in self.sentences:
            yield [word for word in words if counts[word] >= self.min_count]


@dataclass(frozen=True, slots=True)
class Lessons:
    """Sentences that a student learns from teachers.

    Args:
        rows: of each one's words. [T] each
        lengths: tokens of each. [N]
        sizes: units of each. [N]
        starts: of each one's first word among the targets. [N]
        form: of the targets.
        targets: what is said of all words, as far as the student can learn it.
        labels: in the order in which the table names them.
        labelling: how the student learns it.
        temperature: at which the teachers are heard.
    """

    rows: Sequence[Rows]
    lengths: Ids
    sizes: Ids
    starts: Ids
    form: Form
    targets: Table
    labels: tuple[str, ...]
    labelling: SoftLabelling
    temperature: float

    def batch(self, indices: Ids) -> tuple[Array, ...]:
        """Return what the teachers expect of some sentences, as the student's head takes it."""
        starts, lengths = self.starts[indices], self.lengths[indices]
        before = np.cumsum(lengths) - lengths  # words of the sentences before each
        words = np.repeat(starts - before, lengths) + np.arange(lengths.sum())
        said = self.form.batch(self.targets.take(words), lengths, self.labels)
        return self.labelling(said, lengths, self.temperature)


def load_material(config: DataConfig) -> Material | None:
    """Read the targets that a configuration names; None where it names none.

    Sentences of which the teachers are not sure enough are left out, and so are those that are held out for
    measuring; how many is logged.

    Raises:
        DataError: the targets are missing, unfinished or damaged, or nothing of them is left.
        ConfigError: their texts were cut by another tokeniser.
    """
    if config.targets is None:
        return None
    targets = open_targets(Path(config.targets))
    if targets.tokenizer != config.tokenizer:
        raise ConfigError(
            f"{config.targets}: its texts are cut by {targets.tokenizer}, and the model's by "
            f"{config.tokenizer}: give --tokenizer {targets.tokenizer}"
        )
    material, unsure = _gather(targets, config)
    if not material.sentences:
        raise DataError(
            f"no sentence is left of which the teachers are as sure as {config.targets_confidence:g}",
            code="no-targets",
            path=config.targets,
        )
    left_out = f"; {unsure:,} left out as unsure" if unsure else ""
    _LOG.info(
        f"targets: {len(material.sentences):,} sentences, {len(material.targets.counts):,} tokens{left_out}"
    )
    return material


def _gather(targets: Targets, config: DataConfig) -> tuple[Material, int]:
    sentences: list[Sequence[str]] = []
    kept: list[Table] = []
    unsure = 0
    for shard in targets.shards():
        sure = targets.form.sureness(shard.targets, shard.lengths) >= config.targets_confidence
        asked = (shard.lengths > 0) & [not held for _, held in shard.sentences()]
        unsure += int((asked & ~sure).sum())
        taken = asked & sure
        sentences += [words for (words, _), one in zip(shard.sentences(), taken, strict=True) if one]
        kept.append(shard.targets.take(np.flatnonzero(np.repeat(taken, shard.lengths))))
    found = frozenset(targets.record.get("entities", targets.labels))
    joined = targets.form.table.join(kept)
    count = config.targets_min_count
    return Material(sentences, targets.form, joined, targets.labels, found, count), unsure


def check_student(tasks: Sequence[Task], options: Any, material: Material, *, with_gold: bool) -> EntityTask:
    """Return the task of a student that can be taught.

    A label that teachers know, but of which they have found no entity, may be missing; it is logged.

    Args:
        tasks: of the model.
        options: of the model.
        material: what the teachers say.
        with_gold: whether it learns from gold, too.

    Raises:
        ConfigError: it has no such task, or no gold for the others, learns from another form of targets, or
            has other labels than the teachers.
    """
    form = form_for([type(task) for task in tasks], options, with_gold=with_gold)
    if form is not material.form:
        raise ConfigError(
            f"the targets teach {material.form.teaches}, and the model finds {form.teaches}: give it "
            f"{material.form.heads}, or make others with onoma distill (onoma weak makes those of tags)"
        )
    entities = next(task for task in tasks if isinstance(task, EntityTask))
    for here, there, missing in (
        ("the teachers find", "train has none", sorted(material.found - set(entities.labels))),
        ("train has", "the teachers know none", sorted(set(entities.labels) - set(material.labels))),
    ):
        if missing:
            raise ConfigError(
                f"{here} entities of {', '.join(missing)}, and {there}: see onoma distill --map"
            )
    if unknown := sorted(set(material.labels) - set(entities.labels)):
        _LOG.warning(f"warning: not learned, since the teachers have found none: {', '.join(unknown)}")
    return entities


def make_lessons(
    material: Material, task: EntityTask, features: Features, window: int, temperature: float
) -> Lessons:
    """Look up the words of the targets, leaving out sentences that the model cannot see at once.

    Raises:
        ConfigError: the model's scheme cannot be taught, or no sentence is left.
    """
    rows = [features.rows(words) for words in material.sentences]
    lengths = np.array([len(row) for row in rows], np.int64)
    sizes = np.array([int(features.sizes(row).sum()) + features.overhead for row in rows], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    fits = np.flatnonzero(sizes <= (window or DEFAULT_WINDOW))
    if len(fits) < len(rows):
        _LOG.info(f"targets: {len(rows) - len(fits):,} sentences are longer than the model sees, left out")
    if not len(fits):
        raise ConfigError("all sentences of the targets are longer than model.max_length")
    labelling = task.soft_labelling(material.labels)
    learned, left_out = material.form.learned(material.targets, labelling)
    if left_out:
        _LOG.info(f"targets: {left_out}")
    return Lessons(
        [rows[index] for index in fits.tolist()],
        lengths[fits],
        sizes[fits],
        starts[fits],
        material.form,
        learned,
        material.labels,
        labelling,
        temperature,
    )
