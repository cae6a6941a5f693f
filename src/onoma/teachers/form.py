"""What a form of teachers' answers is: everything that depends on *what* is asked of teachers.

A student of tags learns from the probabilities of tokens' parts, one of spans from those of spans. A form
asks teachers, says what is kept in shards, and reads it again. Making targets and learning ask the form.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from onoma.errors import ConfigError
from onoma.plugins import find_own, pick
from onoma.tasks import EntityTask, Task
from onoma.teachers.base import Teacher
from onoma.teachers.spans import TaughtSpan
from onoma.teachers.tables import Ids, Table
from onoma.text import Document

DEFAULT = "parts"
"""Targets that name no form are of this one: they were made before there were others."""


class Form(ABC):
    """How teachers answer.

    Class attributes:
        name: by which targets and tasks name it.
        teaches: what its students find.
        heads: options of a model that make it a student.
        kept: settings that decide about what is kept of an answer; stored with the targets.
        table: what it is kept in.
    """

    name: ClassVar[str]
    teaches: ClassVar[str]
    heads: ClassVar[str]
    kept: ClassVar[Mapping[str, Any]]
    table: ClassVar[type[Table]]

    @abstractmethod
    def width(self, labels: Sequence[str]) -> int:
        """Return of how many different things an entry of a table can be."""

    @abstractmethod
    def ask(self, teachers: Sequence[Teacher], documents: Sequence[Document], labels: Sequence[str]) -> Any:
        """Return what teachers say on average of the tokens of all documents, as a table.

        Args:
            teachers: all of the same labels.
            documents: tokenised.
            labels: theirs, in the order in which the table names them.

        Raises:
            OnomaError: one cannot answer.
        """

    @abstractmethod
    def sureness(self, table: Any, lengths: Ids) -> npt.NDArray[np.float64]:
        """Return how sure the teachers are of each sentence: the least probability of a best choice. [S]

        Args:
            table: of the words of all sentences.
            lengths: words of each sentence. [S]
        """

    @abstractmethod
    def entities(
        self, table: Any, lengths: Ids, labels: Sequence[str], *, nested: bool
    ) -> Iterator[list[TaughtSpan]]:
        """Yield the entities that are most probable in each sentence, with confidence, in its own tokens.

        Args:
            table: of the words of all sentences.
            lengths: words of each sentence. [S]
            labels: in the order in which the table names them.
            nested: whether they may lie in one another, where the form can say so.
        """

    @abstractmethod
    def learned(self, table: Any, labelling: Any) -> tuple[Any, str]:
        """Return what of a table a student can learn, and a clause about the rest, empty where there is none.

        Args:
            table: of some words.
            labelling: the student's, of `onoma.tasks.base.EntityTask.soft_labelling`.
        """

    @abstractmethod
    def batch(self, table: Any, lengths: Ids, labels: Sequence[str]) -> Any:
        """Return what is said of some sentences as the student's labelling takes it.

        Args:
            table: of the words of these.
            lengths: words of each. [B]
            labels: in the order in which the table names them.
        """


@functools.cache
def _forms() -> dict[str, Form]:
    return {form.name: form for form in find_own("onoma.teachers.forms", "FORM", Form)}  # type: ignore[type-abstract]


def get_form(name: str) -> Form:
    """Return the form called ``name``.

    Raises:
        ConfigError: no such form.
    """
    return pick(_forms(), name, "form of targets")


def form_for(tasks: Sequence[type[Task]], options: Any, *, with_gold: bool) -> Form:
    """Return the form that a student learns entities from.

    Args:
        tasks: of the student.
        options: of the model.
        with_gold: whether it learns from gold, too.

    Raises:
        ConfigError: it finds no entities, cannot be taught, or is to learn what teachers do not teach without
            gold.
    """
    others = ", ".join(task.name for task in tasks if not issubclass(task, EntityTask))
    entities = next((task for task in tasks if issubclass(task, EntityTask)), None)
    if entities is None:
        raise ConfigError(f"teachers teach entities, and the student learns {others} alone")
    if others and not with_gold:
        raise ConfigError(
            f"teachers teach entities, and the student is to learn {others}, too: give it gold with --data "
            "and a --share below 1, or --set tasks=entities"
        )
    return get_form(entities.taught_by(options))
