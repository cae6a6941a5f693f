"""``onoma tune``: the search for good settings of a model."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from onoma.cli.option_groups import takes
from onoma.cli.options import Json, Quiet
from onoma.cli.reading import Reading, reads
from onoma.cli.training_options import TrainingOptions
from onoma.training.signals import StopSignals, Terminated

if TYPE_CHECKING:
    from onoma.cli.progress import TrainingProgress
    from onoma.training.config import RunConfig
    from onoma.training.tuning.space import Dimension
    from onoma.training.tuning.study import Event, TrialEnded, Tuning


@takes(
    TrainingOptions,
    data="Folder with train and dev (or valid) files; en or ru: bundled ones. Test is not read.",
    test="Test file: only written into best.toml, never read.",
    config="TOML file with the settings to start from.",
    assignments="key=value, such as dropout=0.3: fixed, not searched; may be repeated.",
    head="softmax, crf or span; fixed.",
    epochs="Passes over the data, of each trial.",
    init_from="Run or bundle whose weights each trial starts from.",
    seed="Seed of the search and of each training.",
)
@reads()
def command(
    out: Annotated[Path, typer.Option("--out", help="Folder of the study; one that is there goes on.")],
    options: TrainingOptions,
    trials: Annotated[int, typer.Option("--trials", min=1, help="Trials that the study shall have.")] = 20,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0, help="For all trials of the study together, 0 for no end.")
    ] = 0.0,
    space: Annotated[
        Path | None,
        typer.Option("--space", help="TOML file with what to search; see STUDY/space.toml for the default."),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            "--storage",
            envvar="ONOMA_STORAGE",
            help="Database that several processes share, postgresql://USER@HOST/NAME; else a file in --out.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Of the study in the database; that of --out by default.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> int:
    """Search for the settings of a model with the best dev F1.

    Each trial is a training run; hopeless ones end early. The first trial has the settings as given. The same
    command goes on with a study that was stopped or killed, or with more --trials. The study's folder gets
    best.toml, for `onoma train --config`, and all trials as a table.
    """
    from onoma.cli.progress import say, say_nothing

    given = options.given(reading)
    resolved = options.resolve(given, say_nothing if quiet else say)
    fixed = {name.rpartition(".")[2] for name in given}
    searched = _search_space(resolved, space, fixed)
    limits = {
        "num_trials": trials,
        "name": name or out.resolve().name,
        "url": storage,
        "minutes": minutes,
    }
    return _tune(resolved, searched, out, limits, as_json=as_json, quiet=quiet)


def _search_space(config: RunConfig, path: Path | None, fixed: set[str]) -> dict[str, Dimension]:
    """Return what to search: a file's space, or the default one without what is fixed.

    Raises:
        ConfigError: the space does not fit the model, or nothing is left to search.
    """
    from onoma.errors import ConfigError
    from onoma.training.tuning.defaults import default_space
    from onoma.training.tuning.space import check_space, read_space

    if path is None:
        found = {name: one for name, one in default_space(config).items() if name not in fixed}
        if not found:
            raise ConfigError("every setting that would be searched is fixed: give a --space")
        return check_space(found, config)
    space = read_space(path)
    for name in space:
        if name in fixed:
            raise ConfigError(f"{path}: space.{name}: the command line fixes it; leave one of them out")
    try:
        return check_space(space, config)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _tune(
    config: RunConfig,
    space: dict[str, Dimension],
    out: Path,
    options: dict[str, Any],
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    from onoma.cli.progress import say, say_nothing
    from onoma.errors import MissingExtraError, StoppedError
    from onoma.training.tuning.storage import import_optuna

    tell = say_nothing if quiet else say
    import_optuna()
    try:
        from onoma.training.tuning.study import Tuning
    except ModuleNotFoundError as error:
        if error.name == "torch":
            raise MissingExtraError("PyTorch", "train") from None
        raise
    study: Tuning | None = None
    signals = StopSignals(lambda: study is not None and study.stop())
    try:
        with signals:
            study = Tuning(config, space, out, say=tell, **options)
            with _Progress(study, config, quiet=quiet) as progress:
                whole = study.run(progress)
        if not whole:
            tell("the study's time is over; the same command with more --minutes goes on")
        return _show(study, config, as_json=as_json, tell=tell)
    except (StoppedError, Terminated, KeyboardInterrupt):
        if signals.received is None:
            raise
        say(f"stopped by {signals.name}; the same command goes on")
        return signals.exit_code
    finally:
        if study is not None:
            study.close()


class _Progress:
    """Shows a study's events and keeps its files up to date."""

    def __init__(self, study: Tuning, config: RunConfig, *, quiet: bool) -> None:
        self.study, self.config, self.quiet = study, config, quiet
        self._bar: TrainingProgress | None = None
        self._write()

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def __call__(self, event: Event) -> None:
        from onoma.cli.progress import TrainingProgress
        from onoma.reports.tuning import describe_values
        from onoma.training.loop import Step
        from onoma.training.tuning.study import TrialStarted

        if isinstance(event, Step):
            assert self._bar is not None, "a trial begins before it makes steps"
            self._bar.step(event)
        elif isinstance(event, TrialStarted):
            self._tell(f"[{event.place}/{self.study.num_trials}] {describe_values(event.values)}")
            self._bar = TrainingProgress(self.config.training.epochs, quiet=self.quiet).__enter__()
        else:
            self._close()
            self._tell(f"[{event.place}/{self.study.num_trials}] {_outcome(event)}")
            self._write()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None

    def _tell(self, line: str) -> None:
        from onoma.cli.progress import say

        if not self.quiet:
            say(line)

    def _write(self) -> None:
        from onoma.reports.tuning import write_study

        result = self.study.result()
        write_study(result, best_config(self.study, self.config), self.study.folder)


def _outcome(event: TrialEnded) -> str:
    from onoma.cli.progress import format_seconds

    trial, best = event.trial, event.best
    score = "" if trial.dev_f1 is None else f"dev F1 {100 * trial.dev_f1:.2f}, "
    if trial.state == "failed":
        return f"trial {trial.number} failed: {trial.reason}"
    hope = f" after epoch {max(trial.dev_f1_by_epoch)}" if trial.state == "pruned" else ""
    top = f"; best {100 * (best.dev_f1 or 0.0):.2f}, trial {best.number}" if best else ""
    return f"trial {trial.number} {trial.state}{hope}: {score}{format_seconds(trial.seconds or 0.0)}{top}"


def best_config(study: Tuning, config: RunConfig) -> RunConfig | None:
    """Return the settings of the best trial, with the test file; None where no trial is complete."""
    best = study.result().best
    if best is None:
        return None
    found = study.config_of(best)
    return replace(found, data=found.data.model_copy(update={"test": config.data.test}))


def _show(study: Tuning, config: RunConfig, *, as_json: bool, tell: Callable[[str], None]) -> int:
    """Write and print what came of the study; 1 where no trial is complete."""
    from onoma.reports.tuning import BEST, study_table, write_study, write_study_plots

    result = study.result(with_importance=True)
    write_study(result, best_config(study, config), study.folder)
    write_study_plots(result, study.folder)
    if as_json:
        print(json.dumps(result.as_dict(), ensure_ascii=False))
    else:
        from rich.console import Console

        Console(highlight=False).print(study_table(result))
    if result.best is None:
        tell("no trial is complete, so there are no best settings")
        return 1
    if not as_json:
        path = shlex.quote(str(study.folder / BEST))
        tell(f"settings written; try: onoma train --config {path} --out RUN")
    return 0
