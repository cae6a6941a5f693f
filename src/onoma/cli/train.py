"""``onoma train``: from labelled files to a run."""

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


@takes(TrainingOptions)
@reads()
def command(
    out: Annotated[Path, typer.Option("--out", help="Folder for the run; empty or new, unless --resume.")],
    options: TrainingOptions,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the killed run in --out; it keeps its settings."),
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> int:
    """Train a model and score it.

    The run's folder gets the model as a bundle, scores, predictions, plots, and how it was made. A run that
    was killed goes on with --resume; its weights will be those of a run that never was.
    """
    from onoma.cli.progress import say, say_nothing
    from onoma.errors import ConfigError
    from onoma.training.folder import METRICS, is_finished, stored_config, tidy_finished

    given = options.given(reading)
    stored = stored_config(out) if resume else None
    if resume and stored is None and options.model is None and options.config is None:
        raise ConfigError(f"{out}: no run has begun here; to begin one, give --model and --data")
    resolved = options.resolve(given, say_nothing if quiet else say, stored=stored)

    if stored is not None and is_finished(out):
        say(f"{out}: this run is finished, there is nothing to resume")
        tidy_finished(out)
        _show(json.loads((out / METRICS).read_text(encoding="utf-8")), as_json=as_json)
        return 0
    return _train(resolved, out, resume=resume, as_json=as_json, quiet=quiet)


def _train(config: RunConfig, out: Path, *, resume: bool, as_json: bool, quiet: bool) -> int:
    from onoma.api.jobs import train_run
    from onoma.cli.progress import Progress, lines_shown, say

    go_on = f"go on with: onoma train --resume --out {shlex.quote(str(out))}"
    with lines_shown(quiet=quiet), Progress(quiet=quiet) as progress:
        finished = train_run(config, out, resume=resume, watch=progress, go_on=go_on)
    _show(finished.metrics, as_json=as_json)
    if not as_json and not quiet:
        say(f"run written to {out}; try: onoma predict {shlex.quote(str(out))} -")
    return 0


def _show(metrics: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(metrics))
    else:
        from onoma.cli.scores import print_metrics

        print_metrics(metrics)
