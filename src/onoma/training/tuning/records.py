"""What a study knows of its trials, in plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from onoma.training.tuning.space import Space, decode

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

State = Literal["complete", "pruned", "failed", "running"]
ERROR, SURPLUS, RETRY_OF, RETRIES = "error", "surplus", "retry_of", "retries"
FIGURES = ("epochs", "best_epoch", "parameters", "bundle_bytes", "train_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """A trial that counts: one that runs or has an end of its own.

    Args:
        number: in the study, from 0; numbers of interrupted trials are left out.
        state: complete; pruned, with no hope left; failed, for a reason; or running.
        dev_f1: the objective, 0..1; of a pruned one the best until then; None without a score.
        values: the searched settings.
        dev_f1_by_epoch: the scores by epoch, from 1.
        seconds: from its beginning to its end; None while it runs.
        figures: epochs, kept epoch, parameters, size and training time of a complete one.
        reason: why it failed.
        retry_of: number of the interrupted trial that it repeats.
    """

    number: int
    state: State
    dev_f1: float | None
    values: Mapping[str, Any]
    dev_f1_by_epoch: Mapping[int, float] = field(default_factory=dict)
    seconds: float | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    retry_of: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResult:
    """What came of a study so far.

    Args:
        name: of the study.
        model: the rung.
        num_trials: that were asked for.
        space: what was searched.
        given: what the settings as given have for it.
        trials: by number.
        importance: share of the objective's variance that each setting accounts for; empty with too few
            complete trials.
        importance_by: how that was estimated.
    """

    name: str
    model: str
    num_trials: int
    space: Space
    given: Mapping[str, Any]
    trials: Sequence[TrialRecord]
    importance: Mapping[str, float] = field(default_factory=dict)
    importance_by: str = ""

    @property
    def best(self) -> TrialRecord | None:
        """The complete trial with the highest dev F1, the first of equals; None when none is complete."""
        complete = [trial for trial in self.trials if trial.state == "complete"]
        return max(complete, key=lambda trial: trial.dev_f1 or 0.0, default=None)

    @property
    def as_given(self) -> TrialRecord | None:
        """The complete trial of the settings as given, None when there is none."""
        complete = (trial for trial in self.trials if trial.state == "complete")
        return next((trial for trial in complete if trial.values == self.given), None)

    @property
    def seconds(self) -> float:
        """Time spent on trials, of all processes together."""
        return sum(trial.seconds or 0.0 for trial in self.trials)

    def as_dict(self) -> dict[str, Any]:
        """Return the object of ``study.json``."""
        best, as_given = self.best, self.as_given
        return {
            "study": self.name,
            "model": self.model,
            "objective": "dev F1",
            "num_trials": self.num_trials,
            "counts": {
                state: sum(trial.state == state for trial in self.trials)
                for state in ("complete", "pruned", "failed", "running")
            },
            "seconds": self.seconds,
            "best": best.as_dict() if best else None,
            "as_given": as_given.as_dict() if as_given else None,
            "importance": dict(self.importance),
            "importance_by": self.importance_by,
            "space": {name: dimension.as_dict() for name, dimension in self.space.items()},
            "trials": [trial.as_dict() for trial in self.trials],
        }


def record(trial: FrozenTrial, space: Space) -> TrialRecord | None:
    """Return a trial's record, None for one that waits, was interrupted, or was one too many."""
    from optuna.trial import TrialState

    states: dict[Any, State] = {
        TrialState.COMPLETE: "complete",
        TrialState.PRUNED: "pruned",
        TrialState.FAIL: "failed",
        TrialState.RUNNING: "running",
    }
    attributes = trial.user_attrs
    if trial.state not in states or SURPLUS in attributes or is_interrupted(trial):
        return None
    by_epoch = {epoch: f1 for epoch, f1 in trial.intermediate_values.items() if math.isfinite(f1)}
    score = trial.value if trial.state == TrialState.COMPLETE else max(by_epoch.values(), default=None)
    duration = trial.duration
    return TrialRecord(
        number=trial.number,
        state=states[trial.state],
        dev_f1=score,
        values={name: decode(space[name], trial.params[name]) for name in space if name in trial.params},
        dev_f1_by_epoch=by_epoch,
        seconds=duration.total_seconds() if duration else None,
        figures={name: attributes[name] for name in FIGURES if name in attributes},
        reason=attributes.get(ERROR, ""),
        retry_of=attributes.get(RETRY_OF),
    )


def is_interrupted(trial: FrozenTrial) -> bool:
    """Whether a trial's process ended before the trial did: it failed without a reason of its own."""
    from optuna.trial import TrialState

    return trial.state == TrialState.FAIL and not {ERROR, SURPLUS} & set(trial.user_attrs)
