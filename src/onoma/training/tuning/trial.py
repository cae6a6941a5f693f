"""What a trial's training tells the study: scores by epoch, the objective, or why it failed."""

from __future__ import annotations

from optuna import Trial, TrialPruned

from onoma.errors import ConfigError, ModelError, excerpt
from onoma.training.config import RunConfig
from onoma.training.events import Epoch, Finished
from onoma.training.tuning.records import FIGURES


def report(trial: Trial, epoch: Epoch, config: RunConfig) -> None:
    """Tell the study an epoch's dev score.

    Raises:
        TrialPruned: there is no hope left, and more epochs to come.
    """
    trial.report(epoch.choice, step=epoch.epoch)
    if epoch.epoch < config.training.epochs and trial.should_prune():
        raise TrialPruned


def objective_of(trial: Trial, finished: Finished) -> float:
    """Return the dev F1 of the run, of several tasks that by which its epoch was chosen."""
    for name in FIGURES:
        trial.set_user_attr(name, finished.metrics[name])
    return float(finished.metrics["dev_choice"])


def describe_failure(error: BaseException) -> str:
    """Return an error as one line."""
    text = str(error).strip().split("\n")[0]
    known = isinstance(error, (ModelError, ConfigError))
    return excerpt(text if known else f"{type(error).__name__}: {text}", 500)
