"""Comparing: train what a suite lacks, measure costs, compare, and write the report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.api.jobs import train_run
from onoma.api.progress import Say, say_nothing
from onoma.errors import ConfigError, ModelError, OnomaError, StoppedError
from onoma.extras import require

if TYPE_CHECKING:
    from onoma.reports.comparison.decision import Constraints
    from onoma.reports.comparison.result import Compared
    from onoma.reports.comparison.runs import ModelRuns
    from onoma.runtime.cost import Cost
    from onoma.training.config import RunConfig
    from onoma.training.suites.plan import Suite
    from onoma.training.suites.runner import Outcome, Starting

COSTS = "costs.json"
PRELOADED = (
    *("onoma.api.jobs", "onoma.training.run", "onoma.reports.runs", "torch._dynamo"),
    *("torch.utils.tensorboard", "matplotlib.figure", "matplotlib.backends.backend_agg"),
)


def compare_inputs(
    inputs: Sequence[Path],
    out: Path,
    constraints: Constraints,
    *,
    measure: bool = True,
    say: Say = say_nothing,
    warn: Say = say_nothing,
    train: Callable[[RunConfig, Path, bool], bool] | None = None,
) -> Compared:
    """Compare a suite, or finished runs, and write the report.

    Args:
        inputs: one suite's file, or folders of runs.
        out: folder of the report; of a suite also for its runs.
        constraints: of the recommendation.
        measure: measure prediction costs.
        say: is told what is done.
        warn: is told what the user should know in any case.
        train: trains one run in its own process; `train_here` when None.

    Raises:
        OnomaError: the suite or a run cannot be used, or the report cannot be written.
        StoppedError: a signal came while a run was trained.
    """
    require("report", "train")
    from onoma.reports.comparison.comparing import compare
    from onoma.reports.comparison.report import PAGE, write_report
    from onoma.reports.comparison.runs import compare_on_largest_share, group_runs, load_run
    from onoma.training.suites.loading import load_suite

    if len(inputs) == 1 and inputs[0].suffix == ".toml":
        suite = load_suite(inputs[0])
        groups = train_suite(suite, out, say=say, warn=warn, train=train)
        title = suite.name
    else:
        if suites := [path for path in inputs if path.suffix == ".toml"]:
            raise ConfigError(f"{suites[0]}: give one suite, or runs, not both")
        groups = group_runs([load_run(path) for path in inputs])
        title = ", ".join(group.name for group in groups)
    share = compare_on_largest_share(groups)
    if share < 1:
        title = f"{title} (on {share:.0%} of train)"
    costs: dict[str, Cost | str] = measure_costs(groups, out, say) if measure else {}
    say("bootstrap and randomisation tests")
    command = shlex.join(["onoma", *sys.argv[1:]])
    compared = compare(groups, costs, constraints, title=title, command=command)
    write_report(compared, out, warn)
    say(f"report written to {out / PAGE}")
    return compared


def train_here(config: RunConfig, folder: Path, resume: bool, warn: Say = say_nothing) -> bool:
    """Train one run in this process; whether it was finished."""
    try:
        train_run(config, folder, resume=resume, warn=warn)
    except StoppedError:
        return False
    return True


def train_suite(
    suite: Suite,
    out: Path,
    *,
    say: Say = say_nothing,
    warn: Say = say_nothing,
    train: Callable[[RunConfig, Path, bool], bool] | None = None,
) -> list[ModelRuns]:
    """Train what is not there yet and return all runs by model; arguments as of `compare_inputs`.

    Raises:
        StoppedError: a signal ended it; what is there stays, and the same call goes on.
    """
    from onoma.reports.comparison.runs import ModelRuns, load_run
    from onoma.training.signals import StopSignals, Terminated
    from onoma.training.suites.runner import run_suite
    from onoma.training.suites.supervision import ChildTrainer

    trainer = ChildTrainer(train or train_here, suite.seconds, PRELOADED)
    groups = {name: ModelRuns(name) for name in suite.models}
    signals = StopSignals(trainer.request_stop)
    try:
        with signals:
            outcomes = _follow(run_suite(suite, out, trainer), say, warn)
    except Terminated:
        outcomes = []
    if signals.received is not None:
        raise StoppedError(f"stopped by {signals.name}; the same command goes on", signals.exit_code)
    for outcome in outcomes:
        group = groups[outcome.run.model]
        try:
            if outcome.usable:
                group.add(load_run(outcome.folder))
            else:
                group.failures.append((outcome.run.name, outcome.message))
        except ModelError as error:
            group.failures.append((outcome.run.name, str(error)))
    return list(groups.values())


def _follow(events: Iterator[Starting | Outcome], say: Say, warn: Say) -> list[Outcome]:
    """Say what happens and return what became of the runs."""
    from onoma.training.suites.runner import Starting

    outcomes = []
    for event in events:
        if isinstance(event, Starting):
            verb = "going on with" if event.resume else "training"
            say(f"[{event.number}/{event.total}] {verb} {event.run.name}")
            continue
        if event.status == "reused":
            say(f"{event.run.name}: is there already")
        elif event.status == "failed":
            warn(f"{event.run.name}: failed: {event.message}")
        outcomes.append(event)
    return outcomes


def measure_costs(groups: Sequence[ModelRuns], out: Path, tell: Say) -> dict[str, Cost | str]:
    """Measure the first run of each model, or say why not."""
    from onoma.reports.comparison.comparing import sentences_of
    from onoma.training.suites.cost_book import CostBook

    try:
        book = CostBook(out / COSTS, sentences_of(groups))
    except ModelError as error:
        return {group.name: str(error) for group in groups}
    costs: dict[str, Cost | str] = {}
    for group in groups:
        if not group.runs:
            continue
        place = group.runs[0].folder
        try:
            known = book.known(place)
            if known is None:
                tell(f"measuring the prediction cost of {group.name}")
            costs[group.name] = known or book.measure(place)
        except OnomaError as error:
            costs[group.name] = str(error)
    return costs
