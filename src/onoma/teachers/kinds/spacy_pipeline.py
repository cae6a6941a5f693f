"""spaCy pipelines: a folder, or the name of an installed package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onoma.errors import MissingExtraError, ModelError, excerpt
from onoma.teachers.base import HardTeacher, Teacher, TeacherKind, TeacherOptions
from onoma.teachers.digests import folder_digest, text_digest
from onoma.text import Document, Span

_FINDERS = ("ner", "entity_ruler", "beam_ner")


class SpacyTeacher(HardTeacher):
    """A pipeline that reads texts as they are, with its own tokeniser."""

    nested = False

    def __init__(self, place: str, nlp: Any, options: TeacherOptions) -> None:
        found = {label for name in _FINDERS for label in nlp.pipe_labels.get(name, ())}
        if not found:
            parts = ", ".join(nlp.pipe_names) or "none"
            raise ModelError(f"{place}: no part of the pipeline finds entities (it has {excerpt(parts)})")
        super().__init__(place, sorted(found), options)
        self._nlp = nlp

    @property
    def digest(self) -> str:
        """That of the pipeline's files and of spaCy's version."""
        import spacy

        return text_digest(spacy.__version__, folder_digest(Path(self._nlp.path)))

    def find(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Return the pipeline's entities."""
        answers = self._nlp.pipe(document.text for document in documents)
        return [
            [Span(entity.start_char, entity.end_char, entity.label_, entity.text) for entity in answer.ents]
            for answer in answers
        ]


def _matches(path: Path) -> bool:
    return (path / "meta.json").is_file() and (path / "config.cfg").is_file()


def _open(place: str, options: TeacherOptions) -> Teacher:
    try:
        import spacy
    except ImportError:
        raise MissingExtraError("spaCy", "spacy") from None
    try:
        nlp = spacy.load(Path(place) if Path(place).is_dir() else place)
    except Exception as error:  # of any part of the pipeline
        raise ModelError(f"{place}: spaCy cannot load it: {excerpt(str(error), 200)}") from None
    return SpacyTeacher(place, nlp, options)


TEACHER = TeacherKind("spacy", "a spaCy pipeline, a folder or a package (onoma[spacy])", _matches, _open)
