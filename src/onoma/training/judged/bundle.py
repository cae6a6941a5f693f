"""A bundle without a run: a folder, a model on the Hub, or one that comes with Onoma."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field

from onoma.readers.label_map import map_entities
from onoma.runtime.bundle import load_bundle, manifest_hash
from onoma.runtime.hub import PREFIX
from onoma.runtime.loading import find_bundle, load
from onoma.text import Document
from onoma.training.judged.exam import Exam
from onoma.training.judged.model import Answers, FinishedModel, note_strangers


class FinishedBundle(FinishedModel):
    """Tags the documents itself."""

    KIND: ClassVar[str] = "bundle"

    bundle: str = Field(min_length=1, description="run, bundle, hf://OWNER/NAME, or en or ru")

    @property
    def source(self) -> str:
        """What it was called by the user."""
        return self.bundle

    @cached_property
    def _place(self) -> Path:
        return find_bundle(self.bundle)

    @property
    def place(self) -> Path:
        """Where the bundle is; of the Hub's models where it was downloaded to.

        Raises:
            ModelError: there is no such model.
        """
        return self._place

    @property
    def rung(self) -> str:
        """The rung that it was trained as."""
        return load_bundle(self.place).config.model

    def digest(self) -> str:
        """Return the hash of its manifest, which names those of all its files."""
        return manifest_hash(self.place)

    def anchored(self, folder: Path) -> Self:
        """Return it with its place relative to a folder, if it is there."""
        here = folder / self.bundle
        if self.bundle.startswith(PREFIX) or not here.exists():
            return self
        return self.model_copy(update={"bundle": str(here.resolve())})

    def command(self, exam: Exam) -> list[str]:
        """Return the command that scores it alone."""
        return ["onoma", "evaluate", self.bundle, exam.path, *self.map_options(exam)]

    def answer(self, exam: Exam) -> Answers:
        """Tag the documents, cut by the model's own tokeniser where the file gives no tokens."""
        labels, tagger = self.labels(exam), load(self.place)
        self.check_labels({new for label in tagger.labels if (new := labels(label)) is not None}, exam)
        tagged = tagger.tag([tagger.tokenizer.document(document) for document in exam.raw])
        found = [map_entities(document, labels) for document in tagged]
        documents = tuple(map(_lay, exam.gold, found))
        return Answers(documents, (0,) * len(documents), notes=tuple(note_strangers(found, exam)))


def _lay(gold: Document, found: Document) -> Document:
    """Return a gold document with what was found in the same text."""
    placed = gold.with_predicted(found.entities)
    return placed if found.labels is None else replace(placed, labels=found.labels)
