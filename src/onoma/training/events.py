"""What jobs tell of themselves while they run; nothing here needs what the jobs need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from onoma.metrics.calibration import Calibration
    from onoma.metrics.report import Evaluation
    from onoma.training.classes import ClassCounts
    from onoma.training.suites.plan import PlannedRun
    from onoma.training.tuning.records import StudyResult, TrialRecord


@dataclass(frozen=True, slots=True)
class Stopped:
    """The last event of a job that was asked to stop: what it had done is saved.

    Args:
        place: up to where, in words: "after step 12"; empty where that is of no interest.
    """

    place: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One update: its place in the epoch, its loss a token, its real tokens, and the number of epochs."""

    epoch: int
    step: int
    num_steps: int
    loss: float
    num_tokens: int
    num_epochs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One epoch's results; a row of ``history.jsonl``. Losses are means a token, seconds are of this epoch.

    ``tokens_per_second`` counts training tokens over training time, evaluation excluded. ``task_weights``
    are what the losses of several tasks count by at the epoch's end. ``best`` says that its weights were
    kept, up to the next such epoch (see `onoma.training.keeping`); ``dev_choice`` is what that is decided by,
    where it is not the F1 of entities. ``dev_accuracy`` is of tokens; ``train_f1`` and ``train_accuracy`` are
    of a sample of train, tagged as dev is.
    """

    epoch: int
    train_loss: float
    dev_loss: float
    dev_precision: float
    dev_recall: float
    dev_f1: float
    learning_rate: float
    tokens_per_second: float
    seconds: float
    best: bool
    dev_document_f1: float | None = None
    task_weights: Mapping[str, float] = field(default_factory=dict)
    dev_choice: float | None = None
    dev_accuracy: float | None = None
    train_f1: float | None = None
    train_accuracy: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, those that there are."""
        values = asdict(self)
        if not self.task_weights:
            del values["task_weights"]
        return {name: value for name, value in values.items() if value is not None}

    @property
    def choice(self) -> float:
        """The figure that the epoch is chosen by."""
        return self.dev_f1 if self.dev_choice is None else self.dev_choice


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of a run.

    Args:
        metrics: what ``metrics.json`` holds.
        history: the epochs.
        evaluations: the full scores by split, for plots.
        counts: of labels and tags by split.
        uncalibrated: of entity scores before the temperature, by split; empty where it was not fitted.
    """

    metrics: dict[str, Any]
    history: list[Epoch]
    evaluations: dict[str, Evaluation]
    counts: ClassCounts
    uncalibrated: dict[str, Calibration]


@dataclass(frozen=True, slots=True)
class WordsRead:
    """How far raw text has been read, in words."""

    words: int


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a pretraining.

    Args:
        step: how many were made, this one included.
        share: of the training done.
        loss: mean over the hidden pieces of the batch.
        pieces: read in this update.
        seconds: it took.
    """

    step: int
    share: float
    loss: float
    pieces: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A row of a pretraining's history.

    Args:
        step: updates made.
        pieces: read so far.
        train_loss: mean a hidden piece since the row before.
        perplexity: of the held-out part.
        pieces_per_second: of the updates since the row before.
        seconds: of training so far, measurements included.
    """

    step: int
    pieces: int
    train_loss: float
    perplexity: float
    pieces_per_second: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Pretrained:
    """The last event of a pretraining: the encoder is in its folder.

    Args:
        folder: of the encoder.
        history: its rows, each as `Measured` has it.
    """

    folder: Path
    history: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Labelled:
    """How far teachers, or other sources of labels, have come in a text.

    Args:
        tokens: done.
        new: of these, since the event before.
        total: that will be done; 0 where that is not known.
        who: labels it.
    """

    tokens: int
    new: int
    total: int = 0
    who: str = "teachers"


@dataclass(frozen=True, slots=True)
class Learned:
    """A pass over all votes is done, in which it was learned whom to believe.

    Args:
        round: from 1.
        objective: what is made larger, a token.
        gain: since the pass before; None after the first.
    """

    round: int
    objective: float
    gain: float | None


@dataclass(frozen=True, slots=True)
class Merged:
    """So many shards of votes, of so many, are merged."""

    shards: int
    total: int


@dataclass(frozen=True, slots=True)
class TargetsMade:
    """The last event of teaching: the targets are in their folder.

    Args:
        folder: of the targets.
        record: what ``targets.json`` holds.
    """

    folder: Path
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StudyStarted:
    """A study begins or goes on: what came of it so far."""

    result: StudyResult


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A trial of a study begins.

    Args:
        number: in the study.
        place: among the trials that count, from 1.
        num_trials: that the study shall have.
        values: its settings.
    """

    number: int
    place: int
    num_trials: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """A trial has ended.

    Args:
        trial: its record.
        place: among the trials that count, from 1.
        result: of the study so far.
    """

    trial: TrialRecord
    place: int
    result: StudyResult


@dataclass(frozen=True, slots=True)
class StudyEnded:
    """The last event of a study.

    Args:
        result: what came of it, with the settings' importance.
        in_time: whether it has all its trials; False when its time was over before.
    """

    result: StudyResult
    in_time: bool


@dataclass(frozen=True, slots=True)
class Starting:
    """A run of a suite is about to be trained.

    Args:
        run: which.
        number: its place among all, from 1.
        total: of all runs.
        resume: whether it goes on where it was.
    """

    run: PlannedRun
    number: int
    total: int
    resume: bool


Status = Literal["trained", "reused", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run of a suite.

    Args:
        run: which.
        folder: where it is.
        status: trained now, reused as it was, or failed.
        message: why it failed, on one line.
    """

    run: PlannedRun
    folder: Path
    status: Status
    message: str = ""

    @property
    def usable(self) -> bool:
        """Whether it has scores."""
        return self.status != "failed"


@dataclass(frozen=True, slots=True)
class SuiteEnded:
    """The last event of a suite: what became of its runs."""

    outcomes: Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class VectorsProgress:
    """How far the training of word vectors has come.

    Args:
        epoch: from 1; 0 while the text is read.
        num_epochs: that will be made.
        words: read in this epoch.
        total: words an epoch; 0 while they are counted.
        seconds: since the epoch began.
        ended: whether the epoch is over.
    """

    epoch: int
    num_epochs: int
    words: int
    total: int
    seconds: float
    ended: bool = False
