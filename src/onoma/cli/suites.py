"""How the command line shows a suite: each run with its bar, in the run's own process."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from onoma.api.contestants import Sitting, read_contestants
from onoma.api.suites import compare_inputs
from onoma.cli.option_groups import OptionGroup, option
from onoma.cli.progress import Progress, lines_shown
from onoma.cli.reading import Reading
from onoma.cli.terminal import command_line, escaping

if TYPE_CHECKING:
    from onoma.comparison.decision import Constraints
    from onoma.comparison.result import Compared
    from onoma.training.config import RunConfig
    from onoma.training.suites.engine import Crew


@dataclass(frozen=True)
class ScoredOn(OptionGroup):
    """On which documents models are scored that were not scored in training, as it was given."""

    gold: Annotated[
        str | None,
        option("--gold", help="Score all models on this labelled file; else on the data of the runs."),
    ] = None
    train: Annotated[
        str | None,
        option("--train", help="Training file, to tell seen from unseen mentions; with --gold."),
    ] = None
    reading: Reading = field(default_factory=Reading)

    def sitting(self) -> Sitting:
        """Return it for the API.

        Raises:
            ConfigError: a map or a file of names that cannot be read.
        """
        from onoma.readers.options import SETTING_NAMES

        settings = {name: value for name, value in self.reading.settings().items() if value is not None}
        labels = settings.pop(SETTING_NAMES["labels"], ())
        return Sitting(self.gold, self.train, tuple(labels), settings)


def compare_shown(
    inputs: list[str],
    out: Path,
    constraints: Constraints,
    *,
    quiet: bool,
    measure: bool = True,
    crew: Crew | None = None,
    scored_on: ScoredOn,
) -> Compared:
    """Compare, and show the trainings, unless there may be several at a time; see `compare_inputs`."""
    alone = crew is None or (crew.engine == "local" and crew.workers < 2)
    train = partial(train_shown, quiet=quiet or not alone)
    with lines_shown(quiet=quiet):
        return compare_inputs(
            read_contestants(inputs),
            out,
            constraints,
            measure=measure,
            train=train,
            crew=crew,
            sitting=scored_on.sitting(),
            command=command_line(),
        )


def train_shown(config: RunConfig, folder: Path, resume: bool, *, quiet: bool) -> None:
    """Train one run in this process, which is its own: its warnings are shown, and how far it has come."""
    from onoma.api.jobs import train_run

    with escaping(), lines_shown(quiet=True), Progress(quiet=quiet) as progress:
        train_run(config, folder, resume=resume, watch=progress)
