"""Folders of targets: claimed, begun or gone on with, and finished, whoever says what is in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, ClassVar, Generic, TextIO, TypeVar

import numpy as np

from onoma.errors import ConfigError, DataError, OutputError
from onoma.files import atomic_path
from onoma.files.locks import LOCK, FolderLock, claim, is_debris, remove_debris
from onoma.readers import write_documents
from onoma.teachers import Teacher
from onoma.teachers.form import Form, get_form
from onoma.teachers.shards import Shard, write_shard
from onoma.teachers.spans import TaughtSpan
from onoma.teachers.tables import Table
from onoma.teachers.targets import (
    CACHE,
    DEV,
    FORMAT,
    RECORD,
    SHARDS,
    TRAIN,
    Targets,
    digest,
    form_of,
    read_record,
    shard_path,
    write_record,
)
from onoma.text import Document, document_from_sentences
from onoma.training.distillation.texts import Texts
from onoma.training.events import Labelled, TargetsMade
from onoma.training.fingerprints import fingerprint
from onoma.training.holding_out import Mask, redrawn
from onoma.training.jobs.job import Job

_PARTS = 10**6
"""Of shares that are counted in whole numbers."""
VOTES = "votes"
"""What sources say, before their votes are merged."""
Event = TypeVar("Event")
Notes = Counter[str]


class MakingTargets(Job[Event, TargetsMade], Generic[Event]):
    """A job that makes a folder of targets, shard by shard.

    Args:
        texts: what the targets are of.
        held_out: share of the documents for measuring, 0 for none.
        form: of what is said.
        folder: where the targets go; empty or new, unless ``resume``. A finished one that was made of the
            same is not made again.
        resume: go on with what is there.

    Raises:
        OutputError: the folder is in use or holds something else.
        ConfigError: what is there was made of something else.
    """

    WHO: ClassVar[str] = "teachers"
    """They say what is in the targets."""
    NO_DEV: ClassVar[str] = "--data with a dev file"
    """What to give where nothing can be held out."""

    def __init__(self, texts: Texts, held_out: float, form: Form, folder: Path, *, resume: bool) -> None:
        self.texts, self.held_out, self.form, self.resume = texts, held_out, form, resume
        self._begins = False
        super().__init__(folder)

    def _claim(self) -> FolderLock:
        def check() -> None:
            record = read_record(self.folder)
            if record and not record.get("finished") and not self._has_answers():
                # As after a text that could not be read: it may have been mended since.
                (self.folder / RECORD).unlink()
                record = None
            if record is None and any(not _is_nothing(path) for path in self.folder.iterdir()):
                raise OutputError(
                    f"{self.folder}: is not empty; name another folder for the targets, or remove it"
                )
            if record is not None and not record.get("finished") and not self.resume:
                raise OutputError(
                    f"{self.folder}: holds unfinished targets; add --resume to go on, or remove them"
                )
            remove_debris(self.folder)

        return claim(self.folder, check)

    def _has_answers(self) -> bool:
        """Whether something stands there beside a record and what a folder without one may hold."""
        return any(path.name != RECORD and not _is_nothing(path) for path in self.folder.iterdir())

    def _begin(self, made: dict[str, Any]) -> None:
        """Begin a folder that is made of these settings and hashes, or go on with one that was."""
        made = {"form": self.form.name, **made}
        past = read_record(self.folder)
        self._record: dict[str, Any] = past or {"format": FORMAT, "finished": False, "made": _plain(made)}
        if past is None:
            self._begins = True
            write_record(self.folder, self._record)
        else:
            self._check_same(past, _plain(made))
        (self.folder / SHARDS).mkdir(exist_ok=True)

    def _of_texts(self) -> dict[str, Any]:
        """Return what of the texts decides about the targets."""
        texts = self.texts
        return {
            "texts": {str(Path(file).resolve()): fingerprint(Path(file)) for file in texts.files},
            "reading": {**asdict(texts.options), "labels": ""},
            "max_words": texts.max_words,
            "tokenizer": texts.tokenizer.id,
            "held_out": self.held_out,
        }

    def _label(
        self, path_of: Callable[[int], Path], answer: Callable[[Sequence[Document]], tuple[Table, Notes]]
    ) -> Iterator[Labelled]:
        """Go through the texts, and write the shards that are not there.

        Args:
            path_of: where a shard lies, by its number.
            answer: what is said of some documents, and notes of what could not be said.

        Raises:
            DataError: the texts hold nothing.
        """
        tokens = first = 0
        self._num_shards = 0
        for number, documents in enumerate(self.texts.pieces()):
            size = sum(document.num_tokens for document in documents)
            if not (path := path_of(number)).exists():
                write_shard(path, self._shard(documents, first, *answer(documents)))
            tokens, first = tokens + size, first + len(documents)
            self._num_shards = number + 1
            yield Labelled(tokens, size, self.texts.max_words, self.WHO)
        if not tokens:
            raise DataError("holds no text", code="empty", path=self.texts.files[0])

    def _shard(self, documents: Sequence[Document], first: int, targets: Table, notes: Notes) -> Shard[Table]:
        """Return a shard of some documents, of which the first is number ``first`` of all."""
        return Shard(
            [[words for words in document.sentence_words() if words] for document in documents],
            [self._is_held_out(first + place) for place in range(len(documents))],
            targets,
            notes,
            [_glued(document) for document in documents],
        )

    def _undo(self, error: BaseException) -> None:
        if self._begins and isinstance(error, Exception | KeyboardInterrupt):
            (self.folder / RECORD).unlink(missing_ok=True)

    def _check_same(self, past: dict[str, Any], now: dict[str, Any]) -> None:
        if (form := form_of(past)) != self.form.name:
            raise ConfigError(
                f"{self.folder}: holds targets that teach {get_form(form).teaches}, and {self.form.teaches} "
                f"are to be taught; name another folder for them"
            )
        then = {"form": form, **past["made"]}
        for name, value in now.items():
            if then.get(name) != value:
                raise ConfigError(
                    f"{self.folder}: the {name.replace('_', ' ')} are not those that these targets were made "
                    f"with; name another folder for the targets"
                )

    def _is_held_out(self, number: int) -> bool:
        """Whether a document, by its number among all, is for measuring."""
        share = round(self.held_out * _PARTS)
        return (number + 1) * share // _PARTS > number * share // _PARTS

    def _redrawn(self, named: bytearray) -> Mask | None:
        """Return which documents to hold out instead, where one part would be without an entity.

        What was drawn first goes by numbers alone: a killed command may have changed some of the shards.
        """
        drawn = map(self._is_held_out, range(len(named)))
        held = np.fromiter(drawn, np.bool_, len(named))
        return redrawn(held, np.frombuffer(named, np.bool_)) if held.any() else None

    def _finish(self, labels: Sequence[str], more: dict[str, Any], *, nested: bool = False) -> None:
        """Write the targets as labelled documents, and then that all is there.

        Args:
            labels: in the order in which tables name them.
            more: for the record.
            nested: whether what is said are entities that may lie in one another.
        """
        record = self._record
        record |= {"labels": list(labels), "shards": self._num_shards, **more}
        tokenizer = self.texts.tokenizer.id
        targets = Targets(self.folder, self.form, tuple(labels), tokenizer, self._num_shards, record)
        counts, named = write_labelled(targets, nested=nested)
        if (drawn := self._redrawn(named)) is not None:
            hold_out(targets, drawn)
            counts, _ = write_labelled(targets, nested=nested)
        record |= counts
        self._check_enough(record, sum(named))
        record |= {"sha256": digest(self.folder, labels), "finished": True}
        write_record(self.folder, record)

    def _check_enough(self, record: dict[str, Any], named: int) -> None:
        """Refuse what cannot be learned from, or not be measured by; ``named`` documents have entities."""
        code, wrong = "too-few-documents", None
        if not named:
            code, wrong = "no-entities", f"the {self.WHO} find no entity in it, so there is nothing to learn"
        elif self.held_out and not record["held_out_documents"]:
            wrong = f"is too little text to hold some of it out: give more, or {self.NO_DEV}"
        elif self.held_out and named == 1:
            wrong = (
                f"the {self.WHO} find entities in one document alone, so there is none to hold out: give "
                f"more, or {self.NO_DEV}"
            )
        if wrong is not None:
            raise DataError(wrong, code=code, path=self.texts.files[0])


def take_notes(teachers: Iterable[tuple[str, Teacher]]) -> Notes:
    """Return what teachers noted since they were last asked, each note under the name beside its teacher."""
    notes: Notes = Counter()
    for name, teacher in teachers:
        notes.update({f"{name}: {reason}": count for reason, count in teacher.notes.items()})
        teacher.notes.clear()
    return notes


def hold_out(targets: Targets, drawn: Mask) -> None:
    """Let the shards say that these documents are held out. [N]"""
    first = 0
    for number, shard in enumerate(targets.shards()):
        end = first + len(shard.documents)
        if drawn[first:end].tolist() != list(map(bool, shard.held_out)):
            path = shard_path(targets.folder, number)
            write_shard(path, replace(shard, held_out=drawn[first:end].tolist()))
        first = end


def write_labelled(targets: Targets, *, nested: bool) -> tuple[dict[str, Any], bytearray]:
    """Write ``train.jsonl`` and ``dev.jsonl``.

    Returns:
        The counts of what is in them, and of each document whether it has an entity, as 1 or 0.
    """
    named = bytearray()
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
            found = targets.form.entities(shard.targets, shard.lengths, targets.labels, nested=nested)
            for place, (sentences, held) in enumerate(zip(shard.documents, shard.held_out, strict=True)):
                told = islice(found, len(sentences))
                document = labelled(f"{number}-{place}", sentences, told, shard.spaces(place))
                write_documents(files[held], [document], format="spans-jsonl")
                size = document.num_tokens
                counts.update(documents=1, sentences=len(sentences), tokens=size, held_out_documents=held)
                entities.update(span.label for span in document.entities)
                named.append(bool(document.entities))
    names = ("documents", "sentences", "tokens", "held_out_documents")
    found_of = {"entities": dict(sorted(entities.items())), "not_taught": dict(sorted(not_taught.items()))}
    return {name: counts[name] for name in names} | found_of, named


def _glued(document: Document) -> list[bool]:
    """Return of each word whether the next one follows without white space."""
    tokens = document.tokens
    return [*(one.end == after.start for one, after in pairwise(tokens)), *([False] if tokens else [])]


def labelled(
    id: str,
    sentences: Sequence[Sequence[str]],
    found: Iterable[Sequence[TaughtSpan]],
    spaces: Sequence[Sequence[str]] | None = None,
) -> Document:
    """Return a document with the entities of each sentence, each with its confidence.

    Args:
        id: its name.
        sentences: the words of each.
        found: the entities of each.
        spaces: the white space after each word; one everywhere when not given.
    """
    document = document_from_sentences(id, map(list, sentences), spaces=spaces)
    return document.with_entities(
        document.span_of_tokens(base + first, base + end, label, round(score, 4))
        for (base, _), spans in zip(document.sentences, found, strict=True)
        for first, end, label, score in spans
    )


def _is_nothing(path: Path) -> bool:
    """Whether a folder without a record may hold this: answers that were paid for are welcome again."""
    if path.name in (SHARDS, VOTES):
        return not any(path.iterdir())
    return path.name in (LOCK, CACHE) or is_debris(path)


def _plain(made: dict[str, Any]) -> dict[str, Any]:
    """Return settings as JSON would give them back."""
    plain: dict[str, Any] = json.loads(json.dumps(made))
    return plain
