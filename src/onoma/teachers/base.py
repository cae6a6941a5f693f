"""What a teacher is: it says of each token how probable each part in an entity of each label is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onoma.decode.transitions import Floats
from onoma.readers.label_map import LabelMap
from onoma.teachers.marginals import from_spans, renamed, taught_spans
from onoma.text import Document, Span


@dataclass(frozen=True, slots=True)
class TeacherOptions:
    """What all kinds of teachers are told.

    Args:
        labels: what becomes of the teacher's labels; one that is mapped to nothing is no entity.
        confidence: how sure a teacher counts as that does not say how sure it is, above 0 to 1.
        threads: of the encoder of a model, 0 to leave the number as it is.
        cache: folder for answers that cost money; None for none.
    """

    labels: LabelMap = field(default_factory=LabelMap)
    confidence: float = 1.0
    threads: int = 0
    cache: Path | None = None


class Teacher(ABC):
    """Someone to learn from.

    Attributes:
        place: what the user called it.
        labels: entity labels that it gives, after mapping, sorted.
        notes: what became of what it could not teach, by reason.
    """

    place: str
    labels: tuple[str, ...]
    notes: Counter[str]

    @property
    @abstractmethod
    def digest(self) -> str:
        """A hash of all that its answers depend on."""

    @abstractmethod
    def teach(self, documents: Sequence[Document]) -> list[Floats]:
        """Return the probabilities for each document: [T, 1 + 4L], see `onoma.teachers.marginals`.

        Args:
            documents: tokenised.

        Raises:
            OnomaError: it cannot answer.
        """

    def costs(self) -> dict[str, Any]:
        """Return what its answers cost so far; nothing where they are free."""
        return {}


class SoftTeacher(Teacher):
    """A teacher that says for every token what it thinks, in its own labels.

    Args:
        place: what the user called it.
        own: its labels, in their order.
        options: how to map them.
    """

    def __init__(self, place: str, own: Sequence[str], options: TeacherOptions) -> None:
        self.place = place
        self.notes = Counter()
        self._own = tuple(own)
        self._map = options.labels
        self.labels = mapped_labels(own, options.labels)

    @abstractmethod
    def own_marginals(self, documents: Sequence[Document]) -> list[Floats]:
        """Return the probabilities in its own labels."""

    def teach(self, documents: Sequence[Document]) -> list[Floats]:
        """Return the probabilities in the mapped labels."""
        return [
            renamed(marginals, self._own, self._map, self.labels)
            for marginals in self.own_marginals(documents)
        ]


class HardTeacher(Teacher):
    """A teacher that names entities, each with its confidence where it has one.

    Args:
        place: what the user called it.
        own: its labels.
        options: how to map them, and what confidence stands for none.
    """

    def __init__(self, place: str, own: Sequence[str], options: TeacherOptions) -> None:
        self.place = place
        self.notes = Counter()
        self._map = options.labels
        self._confidence = options.confidence
        self.labels = mapped_labels(own, options.labels)

    @abstractmethod
    def find(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Return the entities of each document, in its own labels."""

    def teach(self, documents: Sequence[Document]) -> list[Floats]:
        """Return the probabilities that its entities mean."""
        taught = []
        for document, entities in zip(documents, self.find(documents), strict=True):
            spans = [
                span._replace(label=label)
                for span in entities
                if (label := self._map(span.label)) is not None
            ]
            found = taught_spans(document, spans, self._confidence, self.notes)
            taught.append(from_spans(found, len(document.tokens), self.labels))
        return taught


@dataclass(frozen=True, slots=True)
class TeacherKind:
    """A kind of teachers: how it is called, known, and opened.

    Args:
        name: by which a teacher is named as ``NAME:PLACE``.
        summary: a line about it.
        matches: whether a place, a file or folder, is one of its kind by what lies there.
        open: makes the teacher of a place. Raises an OnomaError where that is impossible.
    """

    name: str
    summary: str
    matches: Callable[[Path], bool]
    open: Callable[[str, TeacherOptions], Teacher]


def mapped_labels(own: Sequence[str], labels: LabelMap) -> tuple[str, ...]:
    """Return what labels become, each once, sorted."""
    return tuple(sorted({new for label in own if (new := labels(label)) is not None}))
