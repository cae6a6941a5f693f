"""Running a training to its end, from wherever it is asked for: a program, the command line, a suite."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.api.progress import Say, Unwatched, Watcher, say_nothing
from onoma.errors import StoppedError
from onoma.extras import require

if TYPE_CHECKING:
    from onoma.training.config import RunConfig
    from onoma.training.run import Finished, Run


def train_run(
    config: RunConfig,
    out: Path,
    *,
    resume: bool = False,
    say: Say = say_nothing,
    warn: Say = say_nothing,
    watcher: Watcher | None = None,
) -> Finished:
    """Train a run, show what happens, and draw its plots.

    Args:
        config: resolved.
        out: folder of the run.
        resume: go on with the run that is there.
        say: is told, in lines, what is done.
        warn: is told what the user should know in any case.
        watcher: sees updates and epochs.

    Raises:
        OnomaError: data, settings or folder cannot be used.
        StoppedError: SIGTERM or Ctrl-C; what was trained is saved.
        MissingExtraError: PyTorch, or what the model needs besides, is not installed.
    """
    require("train", *config.rung.extras)
    from onoma.training.folder import is_begun
    from onoma.training.run import Run
    from onoma.training.signals import StopSignals, Terminated

    run: Run | None = None
    finished: Finished | None = None

    def request_stop() -> bool:
        if run is not None and run.training:
            run.stop()
            return True
        return False

    signals = StopSignals(request_stop)
    try:
        with signals:
            run = Run(config, out, say, resume=resume, warn=warn)
            say(f"{run.threads} threads, {run.device}, {run.precision}")
            finished = _follow(run, watcher or Unwatched())
    except Terminated:
        pass
    except KeyboardInterrupt:
        if not is_begun(out):
            raise
    if finished is None:
        how = f"onoma train --resume --out {shlex.quote(str(out))}"
        raise StoppedError(f"stopped by {signals.name}; go on with: {how}", signals.exit_code)
    return finished


def _follow(run: Run, watcher: Watcher) -> Finished | None:
    """Pass events on, and draw the plots at the end; None for a run that was stopped."""
    from onoma.reports.runs import write_plots
    from onoma.training.loop import Epoch, Step
    from onoma.training.run import Finished

    finished = None
    for event in run.execute():
        if isinstance(event, Step):
            watcher.step(event)
        elif isinstance(event, Epoch):
            watcher.epoch(event)
        elif isinstance(event, Finished):
            finished = event
            write_plots(run.folder / "plots", event)
    return finished
