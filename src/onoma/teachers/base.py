"""What a teacher is: it says how probable entities are, by each token's part in them or by whole spans."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onoma.decode.transitions import Floats
from onoma.readers.label_map import LabelMap
from onoma.teachers.marginals import best_spans, from_spans, renamed, taught_spans
from onoma.teachers.spans import TaughtSpan, nested_spans, renamed_spans
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
        nested: whether entities that it names may lie in one another.
    """

    place: str
    labels: tuple[str, ...]
    notes: Counter[str]
    nested: bool = False

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

    def teach_spans(self, documents: Sequence[Document]) -> list[list[TaughtSpan]]:
        """Return the probabilities of spans for each document: see `onoma.teachers.spans`.

        A kind that knows no better gives the entities on the best row of parts, with confidence.

        Args:
            documents: tokenised.

        Raises:
            OnomaError: it cannot answer.
        """
        return [
            spans_on_parts(document, rows, self.labels)
            for document, rows in zip(documents, self.teach(documents), strict=True)
        ]

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

    def own_spans(self, documents: Sequence[Document]) -> list[list[TaughtSpan]]:
        """Return the probabilities of spans in its own labels."""
        return [
            spans_on_parts(document, rows, self._own)
            for document, rows in zip(documents, self.own_marginals(documents), strict=True)
        ]

    def teach(self, documents: Sequence[Document]) -> list[Floats]:
        """Return the probabilities in the mapped labels."""
        return [
            renamed(marginals, self._own, self._map, self.labels)
            for marginals in self.own_marginals(documents)
        ]

    def teach_spans(self, documents: Sequence[Document]) -> list[list[TaughtSpan]]:
        """Return the probabilities of spans in the mapped labels."""
        return [renamed_spans(spans, self._map) for spans in self.own_spans(documents)]


class HardTeacher(Teacher):
    """A teacher that names entities, each with its confidence where it has one.

    Args:
        place: what the user called it.
        own: its labels.
        options: how to map them, and what confidence stands for none.
    """

    nested = True

    def __init__(self, place: str, own: Sequence[str], options: TeacherOptions) -> None:
        self.place = place
        self.notes = Counter()
        self._map = options.labels
        self._confidence = options.confidence
        self.labels = mapped_labels(own, options.labels)

    @abstractmethod
    def find(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Return the entities of each document, in its own labels."""

    def find_nested(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Return the same where entities may lie in one another, if it has to be asked otherwise for them."""
        return self.find(documents)

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

    def teach_spans(self, documents: Sequence[Document]) -> list[list[TaughtSpan]]:
        """Return the entities, also those in one another, each as probable as its confidence says."""
        taught = []
        for document, entities in zip(documents, self.find_nested(documents), strict=True):
            known = [span for span in entities if self._map(span.label) is not None]
            found = nested_spans(document, known, self._confidence, self.notes)
            taught.append(renamed_spans(found, self._map))
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


def spans_on_parts(document: Document, rows: Floats, labels: Sequence[str]) -> list[TaughtSpan]:
    """Return the entities on the best row of parts of a document [T, 1 + 4L], with confidence."""
    return [
        (base + first, base + last, label, confidence)
        for base, end in document.sentences
        for first, last, label, confidence in best_spans(rows[base:end], labels)
    ]
