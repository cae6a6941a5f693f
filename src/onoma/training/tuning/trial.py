"""What a trial's training tells the study: scores by epoch, the objective, or why it failed."""

from __future__ import annotations

from optuna import Trial, TrialPruned

from onoma.errors import ConfigError, ModelError, excerpt
from onoma.training.config import RunConfig
from onoma.training.loop import DevScore, Epoch
from onoma.training.run import Finished
from onoma.training.tuning.records import FIGURES


def report(trial: Trial, epoch: Epoch, config: RunConfig) -> None:
    """Tell the study an epoch's dev score.

    Raises:
        TrialPruned: there is no hope left, and more epochs to come.
    """
    score = DevScore(
        epoch.dev_precision, epoch.dev_recall, epoch.dev_f1, epoch.dev_document_f1, _tasks(config)
    )
    trial.report(score.choice, step=epoch.epoch)
    if epoch.epoch < config.training.epochs and trial.should_prune():
        raise TrialPruned


def objective_of(trial: Trial, finished: Finished, config: RunConfig) -> float:
    """Return the dev F1 of the run, of two tasks that by which its best epoch was chosen."""
    dev = finished.metrics["dev"]
    for name in FIGURES:
        trial.set_user_attr(name, finished.metrics[name])
    documents = (dev.get("documents") or {}).get("micro_f1")
    entity = dev["entity"]
    return DevScore(entity["precision"], entity["recall"], entity["f1"], documents, _tasks(config)).choice


def _tasks(config: RunConfig) -> str:
    return str(getattr(config.model, "tasks", "entities"))


def describe_failure(error: BaseException) -> str:
    """Return an error as one line."""
    text = str(error).strip().split("\n")[0]
    known = isinstance(error, (ModelError, ConfigError))
    return excerpt(text if known else f"{type(error).__name__}: {text}", 500)
