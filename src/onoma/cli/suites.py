"""How the command line shows a suite: each run with its bar, in the run's own process."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.api.suites import compare_inputs, train_suite
from onoma.cli.progress import say, say_nothing

if TYPE_CHECKING:
    from onoma.reports.comparison.decision import Constraints
    from onoma.reports.comparison.result import Compared
    from onoma.reports.comparison.runs import ModelRuns
    from onoma.training.config import RunConfig
    from onoma.training.suites.plan import Suite


def compare_shown(
    inputs: list[Path], out: Path, constraints: Constraints, *, quiet: bool, measure: bool = True
) -> Compared:
    """Compare, and show the trainings; see `onoma.api.suites.compare_inputs`."""
    tell = say_nothing if quiet else say
    train = partial(train_shown, quiet=quiet)
    return compare_inputs(inputs, out, constraints, measure=measure, say=tell, warn=say, train=train)


def train_suite_shown(suite: Suite, out: Path, *, quiet: bool) -> list[ModelRuns]:
    """Train a suite, and show it; see `onoma.api.suites.train_suite`."""
    tell = say_nothing if quiet else say
    return train_suite(suite, out, say=tell, warn=say, train=partial(train_shown, quiet=quiet))


def train_shown(config: RunConfig, folder: Path, resume: bool, *, quiet: bool) -> bool:
    """Train one run in this process with a bar; whether it was finished."""
    from onoma.api.jobs import train_run
    from onoma.cli.progress import TrainingProgress
    from onoma.errors import StoppedError

    warn = say_nothing if quiet else say
    try:
        with TrainingProgress(config.training.epochs, quiet=quiet) as progress:
            train_run(config, folder, resume=resume, warn=warn, watcher=progress)
    except StoppedError:
        return False
    return True
