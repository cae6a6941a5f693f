"""Targets as a student learns them: its own rows, and the teachers' probabilities, in memory."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from onoma.errors import ConfigError, DataError
from onoma.features.protocol import Features
from onoma.features.soft_targets import Doubles, ExpectedTags, expected_tags, softened, tag_columns
from onoma.features.windows import DEFAULT_WINDOW
from onoma.features.word_types import Rows
from onoma.tasks import EntityTask, Task
from onoma.tasks.tags import TagTask
from onoma.teachers.shards import Sparse
from onoma.teachers.targets import Targets, open_targets
from onoma.training.config import DataConfig

_LOG = logging.getLogger(__name__)

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Material:
    """Sentences of a folder of targets, before the student's features are known.

    Args:
        sentences: their words.
        targets: a row a word, of all sentences in order.
        labels: in the order of the columns.
        found: those of which there is an entity that is more probable than all else.
        min_count: words that are rarer here get no vector of their own, unless the data has them.
    """

    sentences: Sequence[Sequence[str]]
    targets: Sparse
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
        starts: of each one's first row among the targets. [N]
        offsets: of each row's first entry among the targets' entries, and the end. [R + 1]
        targets: of all rows.
        columns: which tag each part is written as. [1 + 4L, K]
        temperature: at which the teachers are heard.
    """

    rows: Sequence[Rows]
    lengths: Ids
    sizes: Ids
    starts: Ids
    offsets: Ids
    targets: Sparse
    columns: Doubles
    temperature: float

    def batch(self, indices: Ids) -> ExpectedTags:
        """Return what the teachers expect of some sentences."""
        lengths = self.lengths[indices]
        parts = np.zeros((len(indices), int(lengths.max(initial=0)), len(self.columns)), np.float32)
        for row, (start, length) in enumerate(zip(self.starts[indices], lengths, strict=True)):
            first, end = self.offsets[start], self.offsets[start + length]
            counts = self.targets.counts[start : start + length]
            sparse = Sparse(counts, self.targets.columns[first:end], self.targets.values[first:end])
            parts[row, :length] = sparse.dense(len(self.columns))
        return expected_tags(softened(parts, self.temperature), lengths, self.columns)


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
    kept: list[Sparse] = []
    unsure = 0
    for shard in targets.shards():
        mask = np.zeros(len(shard.targets.counts), bool)
        ends = np.cumsum(shard.targets.counts, dtype=np.int64)
        best = shard.targets.values[ends - shard.targets.counts]  # a row's largest comes first
        start = 0
        for words, held in shard.sentences():
            end = start + len(words)
            if not held and words:
                sure = float(best[start:end].min()) >= config.targets_confidence
                unsure += not sure
                if sure:
                    mask[start:end] = True
                    sentences.append(words)
            start = end
        entries = np.repeat(mask, shard.targets.counts)
        kept.append(
            Sparse(shard.targets.counts[mask], shard.targets.columns[entries], shard.targets.values[entries])
        )
    joined = Sparse(*(np.concatenate(parts) for parts in zip(*map(_parts, kept), strict=True)))
    found = frozenset(targets.record.get("entities", targets.labels))
    return Material(sentences, joined, targets.labels, found, config.targets_min_count), unsure


def _parts(
    sparse: Sparse,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint16], npt.NDArray[np.float16]]:
    return sparse.counts, sparse.columns, sparse.values


def check_student(tasks: Sequence[Task], material: Material) -> TagTask:
    """Return the one task of a student, which can be taught.

    A label that teachers know, but of which they have found no entity, may be missing; it is logged.

    Raises:
        ConfigError: it has other tasks, a head of spans, or other labels than the teachers.
    """
    entities = next((task for task in tasks if isinstance(task, EntityTask)), None)
    if not isinstance(entities, TagTask) or len(tasks) != 1:
        raise ConfigError("teachers teach tags: the model needs --head softmax or crf, and no other task")
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
    material: Material, task: TagTask, features: Features, window: int, temperature: float
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
    return Lessons(
        [rows[index] for index in fits.tolist()],
        lengths[fits],
        sizes[fits],
        starts[fits],
        np.concatenate([[0], np.cumsum(material.targets.counts, dtype=np.int64)]),
        material.targets,
        tag_columns(task.tags, task.scheme, material.labels),
        temperature,
    )
