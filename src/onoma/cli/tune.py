"""``onoma tune``: the search for good settings of a model."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from onoma.cli.option_groups import takes
from onoma.cli.options import Json, Quiet
from onoma.cli.reading import Reading, reads
from onoma.cli.training_options import TrainingOptions

if TYPE_CHECKING:
    from onoma.training.config import RunConfig
    from onoma.training.tuning.records import StudyResult
    from onoma.training.tuning.space import Dimension


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
    from onoma.training.tuning.defaults import choose_space

    given = options.given(reading)
    resolved = options.resolve(given, say_nothing if quiet else say)
    fixed = {name.rpartition(".")[2] for name in given}
    searched = choose_space(resolved, space, fixed)
    limits = {
        "num_trials": trials,
        "name": name or out.resolve().name,
        "url": storage,
        "minutes": minutes,
    }
    return _tune(resolved, searched, out, limits, as_json=as_json, quiet=quiet)


def _tune(
    config: RunConfig,
    space: dict[str, Dimension],
    out: Path,
    options: dict[str, Any],
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    from onoma.api.jobs import tune_study
    from onoma.cli.progress import Progress, lines_shown, say
    from onoma.training.events import TrialEnded

    with lines_shown(quiet=quiet) as lines, Progress(quiet=quiet) as progress:

        def watch(event: object) -> None:
            progress(event)
            if isinstance(event, TrialEnded):
                lines.mute("onoma.training")  # what the first trial has said of the data holds for all

        ended = tune_study(config, space, out, **options, watch=watch)
    if not ended.in_time and not quiet:
        say("the study's time is over; the same command with more --minutes goes on")
    return _show(ended.result, out, as_json=as_json, quiet=quiet)


def _show(result: StudyResult, out: Path, *, as_json: bool, quiet: bool) -> int:
    """Print what came of the study; 1 where no trial is complete."""
    from onoma.cli.progress import say
    from onoma.reports.tuning import BEST, study_table

    if as_json:
        print(json.dumps(result.as_dict(), ensure_ascii=False))
    else:
        from onoma.cli.consoles import SafeConsole

        SafeConsole().print(study_table(result))
    if quiet:
        return int(result.best is None)
    if result.best is None:
        say("no trial is complete, so there are no best settings")
        return 1
    if not as_json:
        say(f"settings written; try: onoma train --config {shlex.quote(str(out / BEST))} --out RUN")
    return 0
