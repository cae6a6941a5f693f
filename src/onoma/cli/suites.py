"""How the command line shows a suite: each run with its bar, in the run's own process."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.api.suites import compare_inputs
from onoma.cli.progress import Progress, lines_shown
from onoma.cli.terminal import escaping

if TYPE_CHECKING:
    from onoma.reports.comparison.decision import Constraints
    from onoma.reports.comparison.result import Compared
    from onoma.training.config import RunConfig
    from onoma.training.suites.engine import Crew


def compare_shown(
    inputs: list[Path],
    out: Path,
    constraints: Constraints,
    *,
    quiet: bool,
    measure: bool = True,
    crew: Crew | None = None,
) -> Compared:
    """Compare, and show the trainings, unless there may be several at a time; see `compare_inputs`."""
    alone = crew is None or (crew.engine == "local" and crew.workers < 2)
    train = partial(train_shown, quiet=quiet or not alone)
    with lines_shown(quiet=quiet):
        return compare_inputs(inputs, out, constraints, measure=measure, train=train, crew=crew)


def train_shown(config: RunConfig, folder: Path, resume: bool, *, quiet: bool) -> None:
    """Train one run in this process, which is its own: its warnings are shown, and how far it has come."""
    from onoma.api.jobs import train_run

    with escaping(), lines_shown(quiet=True), Progress(quiet=quiet) as progress:
        train_run(config, folder, resume=resume, watch=progress)
