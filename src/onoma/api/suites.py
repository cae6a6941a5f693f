"""Comparing: train what a suite lacks, measure costs, compare, and write the report."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.api.contestants import Contestant, Sitting, gather_models, judge_all
from onoma.api.jobs import train_run
from onoma.errors import ConfigError, ModelError, OnomaError
from onoma.extras import require

if TYPE_CHECKING:
    from onoma.comparison.decision import Constraints
    from onoma.comparison.result import Compared
    from onoma.comparison.runs import ModelRuns
    from onoma.runtime.cost import Cost
    from onoma.training.config import RunConfig
    from onoma.training.suites.engine import Crew
    from onoma.training.suites.plan import Suite
    from onoma.training.suites.supervision import TrainHere

_LOG = logging.getLogger(__name__)

COSTS = "costs.json"
PRELOADED = (
    *("onoma.api.jobs", "onoma.training.run", "onoma.reports.runs", "torch._dynamo"),
    *("torch.utils.tensorboard", "matplotlib.figure", "matplotlib.backends.backend_agg"),
)


def compare_inputs(
    inputs: Sequence[Contestant],
    out: Path,
    constraints: Constraints,
    *,
    measure: bool = True,
    train: TrainHere | None = None,
    crew: Crew | None = None,
    sitting: Sitting = Sitting(),  # noqa: B008 (it is frozen)
    command: str = "",
) -> Compared:
    """Compare a suite, or finished models, and write the report.

    Args:
        inputs: one suite's file; or runs, bundles and files of predictions.
        out: folder of the report; of a suite also for its runs.
        constraints: of the recommendation.
        measure: measure prediction costs.
        train: trains one run, in a process of its own; `train_here` when None.
        crew: by which engine, and how many runs at a time; here and one by one when None.
        sitting: on what finished models are scored; on the data of the first run when not told otherwise.
        command: what makes the report, to be said in it; nothing when empty.

    Raises:
        OnomaError: the suite or a model cannot be used, or the report cannot be written.
        StoppedError: a signal came while a run was trained.
    """
    require("report", "train")
    from onoma.comparison.comparing import compare
    from onoma.comparison.runs import compare_on_largest_share
    from onoma.reports.comparison.report import PAGE, check_place, write_report
    from onoma.training.suites.loading import load_suite

    check_place(out, [*(one.place for one in inputs), sitting.gold, sitting.train])
    if len(inputs) == 1 and inputs[0].place.endswith(".toml"):
        if sitting != Sitting():
            raise ConfigError("a suite says itself on what its models are scored: its table [data], and map")
        suite = load_suite(Path(inputs[0].place))
        groups = train_suite(suite, out, train, crew)
        title = suite.name
    else:
        if suites := [one.place for one in inputs if one.place.endswith(".toml")]:
            raise ConfigError(f"{suites[0]}: give one suite, or models, not both")
        if crew is not None and crew != type(crew)():
            raise ConfigError("an engine, workers and an address are for a suite, which is trained first")
        groups = gather_models(inputs, out, sitting)
        title = ", ".join(group.name for group in groups)
    share = compare_on_largest_share(groups)
    if share < 1:
        title = f"{title} (on {share:.0%} of train)"
    costs: dict[str, Cost | str] = measure_costs(groups, out) if measure else {}
    _LOG.info("bootstrap and randomisation tests")
    compared = compare(groups, costs, constraints, title=title, command=command)
    write_report(compared, out, _LOG.warning)
    _LOG.info(f"report written to {out / PAGE}")
    return compared


def train_here(config: RunConfig, folder: Path, resume: bool) -> None:
    """Train one run in this process."""
    train_run(config, folder, resume=resume)


def train_suite(
    suite: Suite, out: Path, train: TrainHere | None = None, crew: Crew | None = None
) -> list[ModelRuns]:
    """Train what is not there yet and return all runs by model; arguments as of `compare_inputs`.

    Raises:
        StoppedError: a signal ended it; what is there stays, and the same call goes on.
        OutputError: the folder is in use or cannot be written.
    """
    from onoma.comparison.runs import ModelRuns, load_run
    from onoma.training.jobs.following import follow
    from onoma.training.suites.engine import Crew
    from onoma.training.suites.job import SuiteTraining

    judged = _judge_finished(suite, out)
    if not suite.runs:
        return judged
    ended = follow(
        lambda: SuiteTraining(suite, out, train or train_here, PRELOADED, crew or Crew()),
        _tell,
        begun=out,
        go_on="the same command goes on",
    )
    groups = {name: ModelRuns(name) for name in suite.models} | {group.name: group for group in judged}
    for outcome in ended.outcomes:
        group = groups[outcome.run.model]
        try:
            if outcome.usable:
                group.add(load_run(outcome.folder))
            else:
                group.failures.append((outcome.run.name, outcome.message))
        except ModelError as error:
            group.failures.append((outcome.run.name, str(error)))
    return list(groups.values())


def _judge_finished(suite: Suite, out: Path) -> list[ModelRuns]:
    """Score what needs no training; before all trainings, so that what cannot be scored is said then."""
    if not suite.finished or suite.data is None:
        return []
    from onoma.training.judged.exam import read_exam

    return judge_all(suite.finished, read_exam(suite.data, "test" if suite.data.test else "dev"), out)


def _tell(event: object) -> None:
    from onoma.training.events import Outcome, Starting

    if isinstance(event, Starting):
        verb = "going on with" if event.resume else "training"
        _LOG.info(f"[{event.number}/{event.total}] {verb} {event.run.name}")
    elif isinstance(event, Outcome) and event.status == "trained":
        _LOG.info(f"{event.run.name}: trained")
    elif isinstance(event, Outcome) and event.status == "reused":
        _LOG.info(f"{event.run.name}: is there already")
    elif isinstance(event, Outcome) and event.status == "failed":
        _LOG.warning(f"{event.run.name}: failed: {event.message}")


def measure_costs(groups: Sequence[ModelRuns], out: Path) -> dict[str, Cost | str]:
    """Return the cost of each model's first run, or why there is none.

    All are measured by turns, unless all were before: what is to be compared has to be measured together.
    """
    from onoma.comparison.comparing import sentences_of
    from onoma.runtime.bundle import manifest_hash
    from onoma.runtime.loading import find_bundle
    from onoma.training.suites.cost_book import CostBook

    costs: dict[str, Cost | str] = {}
    places: dict[str, Path] = {}
    for group in groups:
        try:
            place = group.runs[0].bundle if group.runs else None
            if place:
                manifest_hash(find_bundle(place))
                places[group.name] = place
            elif group.runs:
                costs[group.name] = "predictions come without the model that could be measured"
        except OnomaError as error:
            costs[group.name] = str(error)
    if not places:
        return costs
    try:
        book = CostBook(out / COSTS, sentences_of(groups))
        found: Sequence[Cost | ModelError] | None = book.known(list(places.values()))
        if found is None:
            names = ", ".join(places)
            _LOG.info(f"measuring prediction costs by turns, about a minute each on an idle machine: {names}")
            found = book.measure(list(places.values()))
    except ModelError as error:
        return costs | {name: str(error) for name in places}
    named = zip(places, found, strict=True)
    return costs | {name: str(cost) if isinstance(cost, ModelError) else cost for name, cost in named}
