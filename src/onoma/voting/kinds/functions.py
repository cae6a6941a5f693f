"""Source ``functions``: Python functions, of a file that the user names, or of other packages."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from onoma.errors import ConfigError, ModelError, did_you_mean
from onoma.teachers.base import HardTeacher, Teacher
from onoma.teachers.digests import file_digest, text_digest
from onoma.text import Document, Span
from onoma.voting.labeller import Labeller, checked
from onoma.voting.source import Context, SourceKind, SourceSettings


class Functions(SourceSettings):
    """A table ``[[functions]]``.

    Args:
        function: name of a `Labeller`, of the file of ``--functions`` or of an installed package.
    """

    function: str


class FunctionTeacher(HardTeacher):
    """A user's function, whose answers are looked at before they are used."""

    def __init__(self, labeller: Labeller, settings: Functions, context: Context) -> None:
        super().__init__(labeller.name, labeller.labels, context.options(settings))
        self._labeller = labeller

    @property
    def digest(self) -> str:
        """That of the function's own digest, and of the file that it is written in."""
        return text_digest(self._labeller.name, self._labeller.digest, _code_digest(self._labeller))

    def find(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Return what the function finds.

        Raises:
            ModelError: it fails, or gives what is no entity.
        """
        try:
            found = [checked(self._labeller, document) for document in documents]
        except ModelError as error:
            raise ModelError(f"the function '{self._labeller.name}' {error}") from error.__cause__
        return [
            [Span(first, end, label, document.text[first:end]) for first, end, label in one]
            for document, one in zip(documents, found, strict=True)
        ]


def _code_digest(labeller: Labeller) -> str:
    code = getattr(labeller.find, "__code__", None)
    path = Path(code.co_filename) if code is not None else None
    if path is None or not path.is_file():
        module = import_module(type(labeller.find).__module__)
        path = Path(getattr(module, "__file__", None) or "")
    return file_digest(path) if path.is_file() else ""


def _open(settings: Functions, context: Context) -> Teacher:
    known = context.functions
    if settings.function not in known:
        hint = did_you_mean(settings.function, known) or "; give the file that has it with --functions"
        raise ConfigError(f"function: there is no '{settings.function}'{hint}")
    return FunctionTeacher(known[settings.function], settings, context)


SOURCE = SourceKind("functions", "Python functions, of --functions FILE.py or installed", Functions, _open)
