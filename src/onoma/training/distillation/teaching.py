"""Asking teachers about texts, shard by shard; it can be killed and gone on with at any moment."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from onoma.errors import ConfigError
from onoma.readers.label_map import LabelMap
from onoma.teachers import Teacher, TeacherOptions, open_teacher
from onoma.teachers.form import DEFAULT, get_form
from onoma.teachers.tables import Table
from onoma.teachers.targets import CACHE, shard_path
from onoma.text import Document
from onoma.training.distillation.making import MakingTargets, Notes, take_notes
from onoma.training.distillation.texts import Texts
from onoma.training.events import Labelled, Stopped, TargetsMade

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is to be asked of whom.

    Args:
        teachers: places of the teachers.
        texts: what they are asked about.
        labels: renames, merges and drops their labels.
        gold_labels: labels of the data that the student learns from besides; None where there is none.
        confidence: of teachers that do not say how sure they are.
        form: of what they are asked, which the student's task decides; see `onoma.teachers.form`.
        held_out: share of the documents for measuring, 0 for none.
        threads: of the teachers, 0 to leave the number as it is.
    """

    teachers: tuple[str, ...]
    texts: Texts
    labels: LabelMap = field(default_factory=LabelMap)
    gold_labels: tuple[str, ...] | None = None
    confidence: float = 1.0
    form: str = DEFAULT
    held_out: float = 0.0
    threads: int = 0


class Teaching(MakingTargets[Labelled]):
    """Making a folder of targets.

    Args:
        lessons: what is to be asked of whom.
        folder: where the targets go; empty or new, unless ``resume``. A finished one that was made of the
            same is not made again.
        resume: go on with what is there.

    Raises:
        OutputError: the folder is in use or holds something else.
        ConfigError: the teachers differ in their labels, or what is there was made of something else.
        DataError: a text cannot be read.
        ModelError: a teacher cannot be used.
        MissingExtraError: what a teacher needs is not installed.
    """

    def __init__(self, lessons: Lessons, folder: Path, *, resume: bool = False) -> None:
        self.lessons = lessons
        super().__init__(lessons.texts, lessons.held_out, get_form(lessons.form), folder, resume=resume)

    def _prepare(self) -> None:
        lessons = self.lessons
        lessons.texts.check()
        options = TeacherOptions(lessons.labels, lessons.confidence, lessons.threads, self.folder / CACHE)
        self.teachers: list[Teacher] = [open_teacher(place, options) for place in lessons.teachers]
        self.labels = common_labels(self.teachers, lessons.gold_labels)
        made = {
            "teachers": [[teacher.digest, *teacher.labels] for teacher in self.teachers],
            **self._of_texts(),
            "map": lessons.labels.as_assignments(),
            "confidence": lessons.confidence,
            **self.form.kept,
        }
        self._begin(made)

    def _work(self) -> Iterator[Labelled | TargetsMade | Stopped]:
        if self._record["finished"]:
            _LOG.info(f"{self.folder}: these targets are made, and used as they are")
            yield TargetsMade(self.folder, self._record)
            return
        with self._saving_on_stop():
            for labelled in self._label(partial(shard_path, self.folder), self._teach):
                yield labelled
                if self.stopping:
                    yield Stopped(f"after {labelled.tokens:,} tokens")
                    return
            nested = any(teacher.nested for teacher in self.teachers)
            self._finish(self.labels, self._by_whom(), nested=nested)
        yield TargetsMade(self.folder, self._record)

    def _teach(self, documents: Sequence[Document]) -> tuple[Table, Notes]:
        """Ask all teachers about some documents."""
        said: Table = self.form.ask(self.teachers, documents, self.labels)
        return said, take_notes((teacher.place, teacher) for teacher in self.teachers)

    def _by_whom(self) -> dict[str, Any]:
        teachers = [
            {"place": teacher.place, "labels": list(teacher.labels), **teacher.costs()}
            for teacher in self.teachers
        ]
        return {"teachers": teachers, "left_out": dict(self.lessons.texts.left_out)}


def common_labels(teachers: Sequence[Teacher], gold: Sequence[str] | None) -> tuple[str, ...]:
    """Return the labels that all teachers, and gold, have after mapping.

    Raises:
        ConfigError: they differ: a teacher that does not know a label would teach that it is nothing.
    """
    first = teachers[0]
    others = [(teacher.place, teacher.labels) for teacher in teachers[1:]]
    if gold is not None:
        others.append(("the data", tuple(gold)))
    for place, labels in others:
        own, theirs = (sorted(set(a) - set(b)) for a, b in ((first.labels, labels), (labels, first.labels)))
        if own or theirs:
            shown = [
                f"{name} alone has the labels {', '.join(alone)}"
                for name, alone in ((first.place, own), (place, theirs))
                if alone
            ]
            raise ConfigError(
                f"{'; '.join(shown)}: name what is the same with --map A=B, or leave out with --map A="
            )
    if not first.labels:
        raise ConfigError(f"{first.place}: no label is left of what it gives")
    return first.labels
