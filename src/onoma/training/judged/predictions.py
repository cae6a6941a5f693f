"""Predictions of any origin, in a file of any readable format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field

from onoma.errors import ConfigError, DataError
from onoma.placing.predictions import place_predictions
from onoma.readers import ReadOptions, read_corpus
from onoma.readers.plausible import refuse_none
from onoma.runtime.given_cost import GivenCost
from onoma.training.fingerprints import fingerprint
from onoma.training.judged.exam import Exam
from onoma.training.judged.model import Answers, FinishedModel, note_strangers


class FinishedPredictions(FinishedModel):
    """Were made elsewhere; they are laid on gold as ``onoma score`` does."""

    KIND: ClassVar[str] = "predictions"

    predictions: str = Field(min_length=1, description="file in any readable format")
    format: str | None = Field(None, description="of the file; by content when not given")
    tag_column: int | None = Field(None, ge=1, description="column of the predicted tags in column files")
    encoding: str | None = Field(None, description="of the file; that of the data when not given")
    allow_extra: bool = Field(False, description="leave out predicted documents that gold does not have")
    cost: GivenCost | None = Field(None, description="what making them costs, as far as it is known")

    @property
    def source(self) -> str:
        """What it was called by the user."""
        return self.predictions

    @property
    def rung(self) -> str:
        """Nothing is known of the model."""
        return self.KIND

    @property
    def given_cost(self) -> GivenCost | None:
        """What making them costs, as somebody says."""
        return self.cost

    def digest(self) -> str:
        """Return the hash of the file."""
        return fingerprint(Path(self.predictions))

    def anchored(self, folder: Path) -> Self:
        """Return them with their place relative to a folder."""
        return self.model_copy(update={"predictions": str((folder / self.predictions).resolve())})

    def command(self, exam: Exam) -> list[str]:
        """Return the command that scores them alone."""
        return ["onoma", "score", exam.path, self.predictions, *self.map_options(exam)]

    def answer(self, exam: Exam) -> Answers:
        """Lay the predictions on gold's documents; what has no place there counts as spurious."""
        corpus = read_corpus(Path(self.predictions), self._options(exam))
        refuse_none(corpus.documents, self.predictions, allow_empty=exam.data.allow_empty)
        self.check_labels(corpus.entity_labels, exam)
        try:
            placed = place_predictions(exam.gold, corpus.documents, allow_extra=self.allow_extra)
        except DataError as error:
            message = error.message.replace(
                "--allow-extra", "allow_extra = true, or onoma score --allow-extra"
            )
            raise DataError(message, code=error.code, path=self.predictions) from None
        lost = corpus.ledger.num_unread
        notes = [*placed.account.lines(), *note_strangers(placed.documents, exam)]
        if lost:
            notes.append(f"{lost:,} predictions were lost on reading, and count as spurious")
        if not corpus.num_entities:
            notes.append("there is no entity among the predictions")
        return Answers(
            placed.documents, placed.unplaced, lost + placed.lost, tuple(notes), placed.account.as_dict()
        )

    def _options(self, exam: Exam) -> ReadOptions:
        """How they are read: as gold is, but for what a file has of its own."""
        try:
            return replace(
                exam.data.read_options(),
                format=self.format,
                tag_column=self.tag_column,
                encoding=self.encoding or exam.data.encoding,
                labels=self.labels(exam),
                on_misaligned="expand",
            )
        except ConfigError as error:
            raise ConfigError(f"{self.predictions}: {error}") from None
