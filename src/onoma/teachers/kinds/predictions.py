"""A file of anyone's predictions about the same texts, in any format that Onoma reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from onoma.errors import DataError
from onoma.readers import ReadOptions, read_corpus
from onoma.teachers.base import HardTeacher, Teacher, TeacherKind, TeacherOptions
from onoma.teachers.digests import file_digest, folder_digest
from onoma.text import Document, Span


class PredictionsTeacher(HardTeacher):
    """Predictions by the text they are of."""

    def __init__(self, place: str, documents: Sequence[Document], options: TeacherOptions) -> None:
        labels = sorted({span.label for document in documents for span in document.entities})
        super().__init__(place, labels, options)
        self._by_text = {document.text: document.entities for document in documents}
        path = Path(place)
        self._digest = folder_digest(path) if path.is_dir() else file_digest(path)

    @property
    def digest(self) -> str:
        """That of the file's content."""
        return self._digest

    def find(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Look the texts up.

        Raises:
            DataError: one of them is not in the file.
        """
        found = []
        for document in documents:
            entities = self._by_text.get(document.text)
            if entities is None:
                raise DataError(
                    "holds no predictions for a text; it has to have the very same texts",
                    code="text-missing",
                    path=self.place,
                    text=document.text,
                )
            found.append(list(entities))
        return found


def _open(place: str, options: TeacherOptions) -> Teacher:
    corpus = read_corpus(place, ReadOptions(gold=True, on_misaligned="expand", allow_empty=False))
    return PredictionsTeacher(place, corpus.documents, options)


TEACHER = TeacherKind(
    "predictions",
    "a file of predictions about the same texts, in any readable format",
    lambda path: path.is_file() or path.is_dir(),
    _open,
)
