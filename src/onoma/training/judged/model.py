"""A model that was finished elsewhere: what all kinds of it have in common."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from onoma.errors import ConfigError, excerpt
from onoma.placing.labels import nothing_in_common
from onoma.readers.label_map import LabelMap, read_label_map
from onoma.runtime.given_cost import GivenCost
from onoma.text import Document
from onoma.training.judged.exam import Exam

_SHOWN, _LONGEST, _LONGEST_BYTES = 5, 60, 180


def _check_name(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    if composed != _as_name(composed):
        raise ValueError(
            f"'{excerpt(name)}' cannot be a model's name, which names a folder, too: letters, "
            f"digits, and . _ + - between them, {_LONGEST} at most"
        )
    return composed


def _as_name(text: str) -> str:
    """Return what of a text can name a model and a folder, in any script; empty where nothing can."""
    composed = unicodedata.normalize("NFC", text)
    name = re.sub(" +", "_", "".join(char if _fits(char) else " " for char in composed))
    first = next((place for place, char in enumerate(name) if char.isalnum()), len(name))
    return name[first:][:_LONGEST].encode()[:_LONGEST_BYTES].decode(errors="ignore")


def _fits(char: str) -> bool:
    return char in "._+-" or unicodedata.category(char)[0] in "LMN"


ModelName = Annotated[str, AfterValidator(_check_name)]
"""What models of a suite may be called: names are folders, too."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model finds in the documents of an exam.

    Args:
        documents: gold's, with what was found.
        unplaced: [D] of what was found in each, what has no place in its text; it counts as spurious.
        lost: of what was found, what belongs to no document; it counts as spurious, too.
        notes: what a reader of the scores has to know, in sentences.
        placed: the account of laying predictions on gold; empty where nothing had to be laid.
    """

    documents: tuple[Document, ...]
    unplaced: tuple[int, ...]
    lost: int = 0
    notes: tuple[str, ...] = ()
    placed: dict[str, Any] = field(default_factory=dict)


class FinishedModel(BaseModel, ABC):
    """One of the tables ``[[models]]`` that needs no training."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    KIND: ClassVar[str]

    name: ModelName = Field("", description="unique; made from the file when not given")
    map: dict[str, str] = Field(
        default_factory=dict,
        description='renames (A = "B") and drops (A = "") its labels; [data] label_map when not given',
    )

    @field_validator("map", mode="before")
    @classmethod
    def _read_map(cls, value: Any) -> Any:
        """Take ``A=B`` texts and files, too, as ``--map`` does."""
        if not isinstance(value, list):
            return value
        try:
            return dict(read_label_map(map_texts(value)).names)
        except ConfigError as error:
            raise ValueError(str(error)) from None

    @property
    @abstractmethod
    def source(self) -> str:
        """What it was called by the user."""

    @property
    @abstractmethod
    def rung(self) -> str:
        """What kind of model it is, as runs name theirs."""

    @property
    def place(self) -> Path | None:
        """Where its bundle is; None where there is none, so that its cost cannot be measured."""
        return None

    @property
    def given_cost(self) -> GivenCost | None:
        """What it costs, as somebody says."""
        return None

    @abstractmethod
    def digest(self) -> str:
        """Return a hash of all that its answers depend on.

        Raises:
            OnomaError: it is not there.
        """

    @abstractmethod
    def answer(self, exam: Exam) -> Answers:
        """Return what it finds.

        Raises:
            OnomaError: it cannot be used, or is not for these documents.
        """

    @abstractmethod
    def command(self, exam: Exam) -> list[str]:
        """Return the command that scores it alone."""

    @abstractmethod
    def anchored(self, folder: Path) -> Self:
        """Return it with its place relative to a folder, if it is there."""

    def named(self) -> Self:
        """Return it with a name: its own, or one made of what the user called it."""
        return self if self.name else self.model_copy(update={"name": _name_of(self.source) or self.KIND})

    def labels(self, exam: Exam) -> LabelMap:
        """Return what becomes of its labels."""
        return LabelMap(self.map) if self.map else exam.data.read_options().labels

    def map_options(self, exam: Exam) -> list[str]:
        """Return the map as options of a command."""
        return [word for one in self.labels(exam).as_assignments() for word in ("--map", one)]

    def check_labels(self, given: Collection[str], exam: Exam) -> None:
        """Refuse labels, after mapping, of which gold has none.

        Raises:
            ConfigError: they cannot meet.
        """
        message = nothing_in_common(given, exam.labels, giver=self.name)
        if message and not exam.data.allow_empty:
            raise ConfigError(f'{message}; in a suite by map = {{ A = "B" }}')


def _name_of(source: str) -> str:
    """Return the last part of a path or of a name on the Hub, as a name of a model."""
    path = PurePath(source.partition("@")[0] if "://" in source else source)
    stem = path.parent.name if path.name == "bundle" else path.name
    return _as_name(stem.split(".")[0])


def map_texts(given: Sequence[Any]) -> list[str]:
    """Return the items of a list as texts.

    Raises:
        ConfigError: one is something else.
    """
    for one in given:
        if not isinstance(one, str):
            raise ConfigError(f"a map is a table, or a list of A=B texts, not {one!r}")
    return list(given)


def note_strangers(documents: Sequence[Document], exam: Exam) -> list[str]:
    """Return a sentence on the labels that gold does not have; nothing where there are none."""
    known = set(exam.labels)
    counts = Counter(span.label for one in documents for span in one.entities if span.label not in known)
    if not counts:
        return []
    shown = [f"{excerpt(label, 40)} {count:,}" for label, count in counts.most_common(_SHOWN)]
    more = f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else ""
    return [f"labels that gold does not have, whose entities count as spurious: {', '.join(shown)}{more}"]
