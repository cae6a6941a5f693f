"""What ``compare`` and ``decide`` share: train what is missing, measure, compare, write the report."""

from __future__ import annotations

import json
import multiprocessing
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.cli.progress import say, say_nothing
from onoma.cli.settings import anchored, gather_settings
from onoma.cli.signals import StopSignals, Terminated
from onoma.errors import ConfigError, DataError, ModelError, OnomaError, did_you_mean
from onoma.training.config import DataConfig, RunConfig, Settings
from onoma.training.suites.plan import ModelEntry, PlannedRun, Suite, SuiteFile, plan_runs, read_suite
from onoma.training.suites.runner import InterruptedSuiteError, Outcome, Starting, run_suite

if TYPE_CHECKING:
    from onoma.reports.comparison.decision import Constraints
    from onoma.reports.comparison.result import Compared
    from onoma.reports.comparison.runs import ModelRuns
    from onoma.runtime.cost import Cost

COSTS = "costs.json"
_PRELOADED = [
    *("onoma.cli.train", "onoma.training.run", "onoma.reports.runs", "torch._dynamo"),
    *("torch.utils.tensorboard", "matplotlib.figure", "matplotlib.backends.backend_agg"),
]
"""Imported once, before the first run; each run's process is then there in a few milliseconds."""


class SuiteStoppedError(Exception):
    """A signal ended the suite before its report.

    Args:
        exit_code: of the process.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def compare_inputs(
    inputs: Sequence[Path], out: Path, constraints: Constraints, *, quiet: bool = False, measure: bool = True
) -> Compared:
    """Compare a suite, or finished runs, and write the report.

    Args:
        inputs: one suite's file, or folders of runs.
        out: folder of the report; of a suite also for its runs.
        constraints: of the recommendation.
        quiet: show errors only.
        measure: measure prediction costs.

    Raises:
        OnomaError: the suite or a run cannot be used, or the report cannot be written.
        SuiteStoppedError: a signal came while a run was trained.
    """
    from onoma.reports.comparison.comparing import compare
    from onoma.reports.comparison.report import PAGE, write_report
    from onoma.reports.comparison.runs import compare_on_largest_share, group_runs, load_run

    tell = say_nothing if quiet else say
    if len(inputs) == 1 and inputs[0].suffix == ".toml":
        suite = load_suite(inputs[0])
        groups = train_suite(suite, out, quiet=quiet)
        title = suite.name
    else:
        if suites := [path for path in inputs if path.suffix == ".toml"]:
            raise ConfigError(f"{suites[0]}: give one suite, or runs, not both")
        groups = group_runs([load_run(path) for path in inputs])
        title = ", ".join(group.name for group in groups)
    share = compare_on_largest_share(groups)
    if share < 1:
        title = f"{title} (on {share:.0%} of train)"
    costs: dict[str, Cost | str] = measure_costs(groups, out, tell) if measure else {}
    tell("bootstrap and randomisation tests")
    command = shlex.join(["onoma", *sys.argv[1:]])
    compared = compare(groups, costs, constraints, title=title, command=command)
    write_report(compared, out, say)
    tell(f"report written to {out / PAGE}")
    return compared


def load_suite(path: Path) -> Suite:
    """Read a suite and resolve its runs; paths in it are relative to it.

    Raises:
        ConfigError: a setting does not exist or fit, or no data is named.
        DataError: the data folder has no training file.
    """
    file = read_suite(path)
    known = {*DataConfig.model_fields, "folder"}
    for name in file.data:
        if name not in known:
            raise ConfigError(f"{path}: unknown setting 'data.{name}'{did_you_mean(name, known)}")
    suite = plan_runs(file, lambda entry, extra: _resolve(file, entry, extra))
    data = suite.runs[0].config.data
    if data.dev is None and data.test is None:
        raise ConfigError(
            f"{path}: with neither a dev nor a test file each seed would be scored on other documents"
        )
    return suite


def _resolve(file: SuiteFile, entry: ModelEntry, extra: Settings) -> RunConfig:
    try:
        return _merge(file, entry, extra)
    except (ConfigError, DataError) as error:
        raise ConfigError(f"{file.path}: model '{entry.name}': {error}") from None


def _merge(file: SuiteFile, entry: ModelEntry, extra: Settings) -> RunConfig:
    here = file.path.parent
    data = dict(file.data)
    folder = data.pop("folder", None)
    if folder is not None and (here / str(folder)).exists():
        folder = str(here / str(folder))
    config = None
    if entry.config is not None:
        config = here / entry.config if (here / entry.config).exists() else Path(entry.config)
    settings: Settings = {"data": data, "training": dict(file.training), "model": dict(entry.model)}
    settings["training"] |= entry.training
    for table, values in extra.items():
        settings[table] |= values
    if entry.id is not None:
        settings["model"]["id"] = entry.id
    settings = anchored(settings, here)
    settings["model"].pop("id", None)
    assignments = [
        f"{table}.{key}={json.dumps(value, ensure_ascii=False)}"
        for table, values in settings.items()
        for key, value in values.items()
    ]
    return gather_settings(entry.id, config, folder, {}, assignments, {})


def train_suite(suite: Suite, out: Path, *, quiet: bool = False) -> list[ModelRuns]:
    """Train what is not there yet and return all runs by model.

    Raises:
        SuiteStoppedError: a signal ended it; what is there stays, and the same command goes on.
    """
    from onoma.reports.comparison.runs import ModelRuns, load_run

    tell = say_nothing if quiet else say
    trainer = _ChildTrainer(suite.seconds, quiet)
    groups = {name: ModelRuns(name) for name in suite.models}
    signals = StopSignals(trainer.request_stop)
    try:
        with signals:
            outcomes = _follow_suite(run_suite(suite, out, trainer), tell)
    except Terminated:
        outcomes = []
    if signals.received is not None:
        say(f"stopped by {signals.name}; the same command goes on")
        raise SuiteStoppedError(signals.exit_code)
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


def _follow_suite(events: Iterator[Starting | Outcome], tell: Callable[[str], None]) -> list[Outcome]:
    """Say what happens and return what became of the runs."""
    outcomes = []
    for event in events:
        if isinstance(event, Starting):
            verb = "going on with" if event.resume else "training"
            tell(f"[{event.number}/{event.total}] {verb} {event.run.name}")
            continue
        if event.status == "reused":
            tell(f"{event.run.name}: is there already")
        elif event.status == "failed":
            say(f"{event.run.name}: failed: {event.message}")
        outcomes.append(event)
    return outcomes


class _ChildTrainer:
    """Trains each run in a process of its own: its memory is its own, and its death ends nothing else.

    Args:
        seconds: after which a run is stopped, 0 for never.
        quiet: show nothing.
    """

    def __init__(self, seconds: float, quiet: bool) -> None:
        self.seconds = seconds
        self.quiet = quiet
        self.stopping = False
        self._process: Any = None
        forking = "forkserver" in multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context("forkserver" if forking else "spawn")
        if forking:
            self._context.set_forkserver_preload(_PRELOADED)

    def request_stop(self) -> bool:
        """Let the present run end in good order; False where none is trained."""
        if self._process is None or not self._process.is_alive():
            return False
        self.stopping = True
        self._process.terminate()
        return True

    def __call__(self, run: PlannedRun, folder: Path, resume: bool) -> None:
        """Train; see `onoma.training.suites.runner.Train`."""
        answers, answer = self._context.Pipe(duplex=False)
        life, held = self._context.Pipe(duplex=False)
        arguments = (run.config.as_dict(), folder, resume, self.quiet, answer, life)
        self._process = self._context.Process(target=_train_in_child, args=arguments)
        over_budget = False
        try:
            self._process.start()
            answer.close()
            life.close()
            self._process.join(self.seconds or None)
            if self._process.is_alive():
                over_budget = True
                self._process.terminate()
                self._process.join()
        finally:
            held.close()  # a process that is still there stops
        said = _receive(answers)
        if self.stopping:
            raise InterruptedSuiteError
        if said == "done":
            return
        if over_budget:
            raise ModelError(f"stopped after the budget of {self.seconds:g} s; a larger one goes on with it")
        if isinstance(said, tuple):
            message, code = said
            raise DataError(message, code=code) if code else ModelError(message)
        raise ModelError(said or _death(self._process.exitcode))


def _receive(connection: Connection) -> Any:
    try:
        return connection.recv() if connection.poll() else None
    except EOFError:
        return None
    finally:
        connection.close()


def _death(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        hint = ", perhaps by the system for want of memory" if name == "SIGKILL" else ""
        return f"its process was killed by {name}{hint}"
    return f"its process ended with exit code {exit_code}"


def _train_in_child(
    settings: Settings, folder: Path, resume: bool, quiet: bool, answer: Connection, life: Connection
) -> None:
    """Train one run; the answer is "done", (message, code) of our error, or the line of another.

    When nothing holds the other end of ``life`` any more, the suite was killed, and the run stops, too.
    """
    threading.Thread(target=_stop_with, args=(life,), daemon=True).start()
    from onoma.training.config import resolve

    try:
        answer.send("done" if _train(resolve(None, settings), folder, resume, quiet) else "stopped")
    except OnomaError as error:
        answer.send((str(error), error.code if isinstance(error, DataError) else None))
    except ModuleNotFoundError as error:
        answer.send(f"needs {error.name}")
    except (Terminated, KeyboardInterrupt):
        answer.send("stopped")
    except Exception as error:
        answer.send(f"{type(error).__name__}: {error}".split("\n")[0])


def _stop_with(life: Connection) -> None:
    try:
        life.recv()
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)


def _train(config: RunConfig, folder: Path, resume: bool, quiet: bool) -> bool:
    from onoma.cli.progress import TrainingProgress
    from onoma.cli.train import follow
    from onoma.training.run import Run

    run: Run | None = None

    def request_stop() -> bool:
        if run is not None and run.training:
            run.stop()
            return True
        return False

    with StopSignals(request_stop):
        run = Run(config, folder, say_nothing, resume=resume, warn=say_nothing if quiet else say)
        with TrainingProgress(config.training.epochs, quiet=quiet) as progress:
            return follow(run, progress) is not None


def measure_costs(
    groups: Sequence[ModelRuns], out: Path, tell: Callable[[str], None]
) -> dict[str, Cost | str]:
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
