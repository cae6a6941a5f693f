"""Asking teachers about texts, shard by shard; it can be killed and gone on with at any moment."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from onoma.decode.transitions import Floats
from onoma.errors import ConfigError, DataError, OutputError
from onoma.files import atomic_path
from onoma.files.locks import LOCK, FolderLock, claim, is_debris, remove_debris
from onoma.readers import write_documents
from onoma.readers.label_map import LabelMap
from onoma.teachers import Teacher, TeacherOptions, open_teacher
from onoma.teachers.marginals import TaughtSpan, average, best_spans
from onoma.teachers.shards import Shard, Sparse, write_shard
from onoma.teachers.targets import (
    CACHE,
    DEV,
    FORMAT,
    RECORD,
    SHARDS,
    TRAIN,
    Targets,
    read_record,
    shard_path,
    write_record,
)
from onoma.text import Document, document_from_sentences
from onoma.training.distillation.texts import Texts
from onoma.training.events import Labelled, Stopped, TargetsMade
from onoma.training.jobs.job import Job
from onoma.training.resume import fingerprint

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
        top: probabilities kept of a token, at most.
        held_out: share of the documents for measuring, 0 for none.
        threads: of the teachers, 0 to leave the number as it is.
    """

    teachers: tuple[str, ...]
    texts: Texts
    labels: LabelMap = field(default_factory=LabelMap)
    gold_labels: tuple[str, ...] | None = None
    confidence: float = 1.0
    top: int = 8
    held_out: float = 0.0
    threads: int = 0


class Teaching(Job[Labelled, TargetsMade]):
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
        self.resume = resume
        self._begins = False
        super().__init__(folder)

    def _claim(self) -> FolderLock:
        def check() -> None:
            record = read_record(self.folder)
            if record is None and any(not _is_nothing(path) for path in self.folder.iterdir()):
                raise OutputError(
                    f"{self.folder}: is not empty; name another folder with --targets, or remove it"
                )
            if record is not None and not record.get("finished") and not self.resume:
                raise OutputError(
                    f"{self.folder}: holds unfinished targets; add --resume to go on, or remove them"
                )
            remove_debris(self.folder)

        return claim(self.folder, check)

    def _prepare(self) -> None:
        lessons = self.lessons
        lessons.texts.check()
        past = read_record(self.folder)
        files = {str(Path(file).resolve()): fingerprint(Path(file)) for file in lessons.texts.files}
        options = TeacherOptions(lessons.labels, lessons.confidence, lessons.threads, self.folder / CACHE)
        self.teachers: list[Teacher] = [open_teacher(place, options) for place in lessons.teachers]
        self.labels = common_labels(self.teachers, lessons.gold_labels)
        made = {
            "teachers": [[teacher.digest, *teacher.labels] for teacher in self.teachers],
            "texts": files,
            "reading": {**asdict(lessons.texts.options), "labels": ""},
            "max_words": lessons.texts.max_words,
            "tokenizer": lessons.texts.tokenizer.id,
            "map": lessons.labels.as_assignments(),
            "confidence": lessons.confidence,
            "top": lessons.top,
            "held_out": lessons.held_out,
        }
        self._record: dict[str, Any] = past or {"format": FORMAT, "finished": False, "made": _plain(made)}
        if past is None:
            self._begins = True
            write_record(self.folder, self._record)
            (self.folder / SHARDS).mkdir(exist_ok=True)
        else:
            _check_same(past["made"], _plain(made), self.folder)

    def _undo(self, error: BaseException) -> None:
        if self._begins and isinstance(error, Exception | KeyboardInterrupt):
            (self.folder / RECORD).unlink(missing_ok=True)

    def _work(self) -> Iterator[Labelled | TargetsMade | Stopped]:
        if self._record["finished"]:
            _LOG.info(f"{self.folder}: these targets are made, and used as they are")
            yield TargetsMade(self.folder, self._record)
            return
        number = tokens = first = 0
        with self._saving_on_stop():
            for number, documents in enumerate(self.lessons.texts.pieces()):
                path = shard_path(self.folder, number)
                size = sum(len(document.tokens) for document in documents)
                if not path.exists():
                    write_shard(path, self._teach(documents, first))
                tokens, first = tokens + size, first + len(documents)
                yield Labelled(tokens, size, self.lessons.texts.max_words)
                if self.stopping:
                    yield Stopped(f"after {tokens:,} tokens")
                    return
            if not tokens:
                raise DataError("holds no text", code="empty", path=self.lessons.texts.files[0])
            self._finish(number + 1)
        yield TargetsMade(self.folder, self._record)

    def _teach(self, documents: Sequence[Document], first: int) -> Shard:
        """Ask all teachers about some documents, of which the first is number ``first`` of all."""
        answers = [teacher.teach(documents) for teacher in self.teachers]
        notes: Counter[str] = Counter()
        for teacher in self.teachers:
            notes.update({f"{teacher.place}: {reason}": count for reason, count in teacher.notes.items()})
            teacher.notes.clear()
        rows = [average(of_one) for of_one in zip(*answers, strict=True)]
        every = round(1 / self.lessons.held_out) if self.lessons.held_out else 0
        return Shard(
            [[words for words in document.sentence_words() if words] for document in documents],
            [bool(every) and (first + place + 1) % every == 0 for place in range(len(documents))],
            Sparse.of(np.concatenate(rows), self.lessons.top),
            notes,
        )

    def _finish(self, num_shards: int) -> None:
        """Write the targets as labelled documents, and then that all is there."""
        record = self._record
        record |= {"labels": list(self.labels), "shards": num_shards}
        record["teachers"] = [
            {"place": teacher.place, "labels": list(teacher.labels), **teacher.costs()}
            for teacher in self.teachers
        ]
        record["left_out"] = dict(self.lessons.texts.left_out)
        targets = Targets(self.folder, self.labels, self.lessons.texts.tokenizer.id, num_shards, record)
        record |= write_labelled(targets)
        if not record["entities"]:
            raise DataError(
                "the teachers find no entity in it, so there is nothing to learn",
                code="no-entities",
                path=self.lessons.texts.files[0],
            )
        if self.lessons.held_out and not record["held_out_documents"]:
            raise DataError(
                "is too little text to hold some of it out: give more, or --data with a dev file",
                code="too-few-documents",
                path=self.lessons.texts.files[0],
            )
        record["finished"] = True
        write_record(self.folder, record)


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


def write_labelled(targets: Targets) -> dict[str, Any]:
    """Write ``train.jsonl`` and ``dev.jsonl``, and return the counts of what is in them."""
    counts: Counter[str] = Counter()
    entities: Counter[str] = Counter()
    not_taught: Counter[str] = Counter()
    with ExitStack() as stack:
        files: list[TextIO] = []
        for name in (TRAIN, DEV):
            part = stack.enter_context(atomic_path(targets.folder / name))
            files.append(stack.enter_context(part.open("w", encoding="utf-8")))
        for number, shard in enumerate(targets.shards()):
            not_taught.update(shard.notes)
            rows = shard.targets.dense(targets.width)
            start = 0
            for place, (sentences, held) in enumerate(zip(shard.documents, shard.held_out, strict=True)):
                size = sum(map(len, sentences))
                document = labelled(
                    f"{number}-{place}", sentences, rows[start : start + size], targets.labels
                )
                start += size
                write_documents(files[held], [document], format="spans-jsonl")
                counts.update(documents=1, sentences=len(sentences), tokens=size, held_out_documents=held)
                entities.update(span.label for span in document.entities)
    names = ("documents", "sentences", "tokens", "held_out_documents")
    return {name: counts[name] for name in names} | {
        "entities": dict(sorted(entities.items())),
        "not_taught": dict(sorted(not_taught.items())),
    }


def labelled(id: str, sentences: Sequence[Sequence[str]], rows: Floats, labels: Sequence[str]) -> Document:
    """Return a document with the entities that its targets mean, each with its confidence."""
    spans: list[tuple[int, int, int, str]] = []
    scores: list[float] = []
    start = 0
    for place, words in enumerate(sentences):
        found: list[TaughtSpan] = best_spans(rows[start : start + len(words)], labels)
        spans += [(place, first, end, label) for first, end, label, _ in found]
        scores += [score for *_, score in found]
        start += len(words)
    document = document_from_sentences(id, map(list, sentences), spans)
    scored = [
        span._replace(score=round(score, 4)) for span, score in zip(document.entities, scores, strict=True)
    ]
    return replace(document, entities=tuple(scored))


def _is_nothing(path: Path) -> bool:
    """Whether a folder without a record may hold this: answers that were paid for are welcome again."""
    return path.name in (LOCK, CACHE) or is_debris(path) or (path.name == SHARDS and not any(path.iterdir()))


def _plain(made: dict[str, Any]) -> dict[str, Any]:
    """Return settings as JSON would give them back."""
    plain: dict[str, Any] = json.loads(json.dumps(made))
    return plain


def _check_same(then: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    for name, value in now.items():
        if then.get(name) != value:
            raise ConfigError(
                f"{folder}: the {name.replace('_', ' ')} are not those that these targets were made with; "
                "name another folder with --targets"
            )
