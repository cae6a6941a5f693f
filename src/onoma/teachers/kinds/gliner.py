"""GLiNER models: they find what labels are described as (Zaratiana et al., 2023, arXiv 2311.08526)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from onoma.errors import ConfigError, MissingExtraError, ModelError, excerpt
from onoma.teachers.base import HardTeacher, Teacher, TeacherKind, TeacherOptions
from onoma.teachers.described import Description, has_table, read_description
from onoma.teachers.digests import file_digest, folder_digest, text_digest
from onoma.text import Document, Span

_MOST_WORDS = 200
"""Of a text that is asked about: what is longer than a model's limit it cuts off, and says nothing."""

_CONFIG = "gliner_config.json"


class GlinerSettings(BaseModel):
    """Settings of the table ``gliner``.

    Args:
        folder: of the model, from the file's place.
        threshold: lowest score of an entity.
        batch_size: sentences at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str
    threshold: float = Field(0.5, gt=0, lt=1)
    batch_size: int = Field(8, ge=1)


class GlinerTeacher(HardTeacher):
    """A model that is asked sentence by sentence, each label by its definition where it has one."""

    def __init__(
        self, place: str, model: Any, settings: GlinerSettings, description: Description,
        digest: str, options: TeacherOptions,
    ) -> None:  # fmt: skip
        super().__init__(place, sorted(description.labels), options)
        self._model, self._settings, self._digest = model, settings, digest
        self._prompts = {one.definition or label: label for label, one in description.labels.items()}
        if len(self._prompts) < len(description.labels):
            raise ConfigError(f"{place}: two labels have the same definition")

    @property
    def digest(self) -> str:
        """That of the model's files and of the description."""
        return self._digest

    def find(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Return the model's entities, with its scores."""
        return self._find(documents, flat=True)

    def find_nested(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Return them with those that lie in others."""
        return self._find(documents, flat=False)

    def _find(self, documents: Sequence[Document], *, flat: bool) -> list[list[Span]]:
        found: list[list[Span]] = [[] for _ in documents]
        pieces = list(_pieces(documents))
        for first in range(0, len(pieces), self._settings.batch_size):
            batch = pieces[first : first + self._settings.batch_size]
            texts = [documents[number].text[start:end] for number, start, end in batch]
            answers = self._model.inference(
                texts, list(self._prompts), flat_ner=flat, threshold=self._settings.threshold
            )
            for (number, base, _), answer in zip(batch, answers, strict=True):
                text = documents[number].text
                for one in answer:
                    start, end = base + int(one["start"]), base + int(one["end"])
                    label = self._prompts[one["label"]]
                    found[number].append(Span(start, end, label, text[start:end], float(one["score"])))
        return found


def _pieces(documents: Sequence[Document]) -> Iterator[tuple[int, int, int]]:
    """Yield places in texts: sentences, and parts of long ones."""
    for number, document in enumerate(documents):
        for first, end in document.sentences:
            for start in range(first, end, _MOST_WORDS):
                last = min(start + _MOST_WORDS, end) - 1
                yield number, document.tokens[start].start, document.tokens[last].end


def _matches(path: Path) -> bool:
    return has_table(path, "gliner") or (path / _CONFIG).is_file()


def _open(place: str, options: TeacherOptions) -> Teacher:
    path = Path(place)
    if path.is_dir():
        raise ConfigError(
            f"{place}: a GLiNER model finds what is described to it: name a TOML file with [gliner] "
            f'folder = "{place}", and a table [labels.NAME] with a definition for each label'
        )
    settings, description = read_description(path, "gliner", GlinerSettings)
    folder = (path.parent / settings.folder).resolve()
    if not (folder / _CONFIG).is_file():
        raise ModelError(f"{folder}: holds no {_CONFIG}: not the folder of a GLiNER model")
    if not (folder / "model.safetensors").is_file():
        raise ModelError(f"{folder}: holds no model.safetensors; pickles, which can run code, are not read")
    try:
        from gliner import GLiNER
    except ImportError:
        raise MissingExtraError("GLiNER", "gliner") from None
    try:
        model = GLiNER.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:  # of its own and its libraries
        raise ModelError(f"{folder}: GLiNER cannot load it: {excerpt(str(error), 200)}") from None
    digest = text_digest(file_digest(path), folder_digest(folder))
    return GlinerTeacher(place, model, settings, description, digest, options)


TEACHER = TeacherKind(
    "gliner", "a TOML file of described labels and a GLiNER folder (onoma[gliner])", _matches, _open
)
