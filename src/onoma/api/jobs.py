"""Running jobs to their ends, from wherever they are asked for: a program, the command line, a suite.

What happens is told to ``watch``, event by event (`onoma.training.events`), and logged in lines by loggers
below ``onoma``: what the user should know in any case as warnings, all else as information.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.extras import require

if TYPE_CHECKING:
    from onoma.readers import RawText
    from onoma.training.config import RunConfig
    from onoma.training.distillation.merging import Election
    from onoma.training.distillation.teaching import Lessons
    from onoma.training.events import Finished, Pretrained, StudyEnded, TargetsMade
    from onoma.training.pretraining.config import PretrainingConfig
    from onoma.training.run import Run
    from onoma.training.tuning.space import Space

_LOG = logging.getLogger(__name__)

Watch = Callable[[object], None]
"""Sees the events of a job."""
SAME_CALL = "the same call goes on with resume=True"
SAME_COMMAND = "go on with the same command and --resume"
"""How to go on after a stop, for those who asked from a program, and from the command line."""


def unwatched(event: object) -> None:
    """Look at no event."""


def train_run(
    config: RunConfig,
    out: Path,
    *,
    resume: bool = False,
    watch: Watch = unwatched,
    go_on: str = SAME_CALL,
) -> Finished:
    """Train a run and draw its plots.

    In a process that torchrun has started as one of several all train it together, and all get the result.

    Args:
        config: resolved.
        out: folder of the run.
        resume: go on with the run that is there.
        watch: sees what happens.
        go_on: how to go on after a stop, in words.

    Raises:
        OnomaError: data, settings or folder cannot be used.
        StoppedError: SIGTERM or Ctrl-C; what was trained is saved.
        MissingExtraError: PyTorch, or what the model needs besides, is not installed.
    """
    require("train", *config.rung.extras)
    from onoma.reports.runs import write_plots
    from onoma.training.events import Finished
    from onoma.training.folder import CONFIG
    from onoma.training.jobs.following import follow
    from onoma.training.processes.joining import joined
    from onoma.training.run import Run

    with joined() as world:

        def prepare() -> Run:
            run = Run(config, out, resume=resume, world=world)
            each = f"{world.size} processes, each with " if world.size > 1 else ""
            _LOG.info(f"{each}{run.threads} threads, {run.device}, {run.precision}")
            return run

        def draw(event: object) -> None:
            watch(event)
            if isinstance(event, Finished) and world.leads:
                write_plots(out / "plots", event)

        return follow(prepare, draw, begun=out / CONFIG, go_on=go_on)


def make_targets(
    lessons: Lessons,
    folder: Path,
    *,
    resume: bool = False,
    watch: Watch = unwatched,
    go_on: str = SAME_CALL,
) -> TargetsMade:
    """Ask teachers about texts.

    Args:
        lessons: what is to be asked of whom.
        folder: for the targets; finished ones that were made of the same are used as they are.
        resume: go on with what is there.
        watch: sees what happens.
        go_on: how to go on after a stop, in words.

    Raises:
        OnomaError: teachers, texts or folder cannot be used.
        StoppedError: SIGTERM or Ctrl-C; what was asked is kept.
        MissingExtraError: what a teacher needs is not installed.
    """
    from onoma.teachers.targets import RECORD
    from onoma.training.distillation.teaching import Teaching
    from onoma.training.jobs.following import follow

    return follow(
        lambda: Teaching(lessons, folder, resume=resume),
        watch,
        begun=folder / RECORD,
        go_on=go_on,
    )


def make_silver(
    election: Election,
    folder: Path,
    *,
    resume: bool = False,
    watch: Watch = unwatched,
    go_on: str = SAME_CALL,
) -> TargetsMade:
    """Let sources vote about texts, and merge their votes.

    Args:
        election: who votes about what.
        folder: for the targets; finished ones that were made of the same are used as they are.
        resume: go on with what is there.
        watch: sees what happens.
        go_on: how to go on after a stop, in words.

    Raises:
        OnomaError: rules, sources, texts or folder cannot be used.
        StoppedError: SIGTERM or Ctrl-C; what was done is kept.
        MissingExtraError: what a source needs, or PyTorch, is not installed.
    """
    require("train")
    from onoma.teachers.targets import RECORD
    from onoma.training.distillation.merging import Merging
    from onoma.training.jobs.following import follow

    return follow(
        lambda: Merging(election, folder, resume=resume),
        watch,
        begun=folder / RECORD,
        go_on=go_on,
    )


def tune_study(
    config: RunConfig,
    space: Space,
    out: Path,
    *,
    num_trials: int,
    name: str,
    url: str | None = None,
    minutes: float = 0.0,
    watch: Watch = unwatched,
) -> StudyEnded:
    """Search for the best settings; the study's files are written after each trial, its plots at the end.

    Args:
        config: the settings as given; the test file is written into ``best.toml`` and not read.
        space: what to search, from `onoma.training.tuning.space.check_space`.
        out: folder of the study; one that is there goes on.
        num_trials: that the study shall have.
        name: of the study in its database.
        url: of a database that several processes share; None for a file in the folder.
        minutes: for all trials of the study together, 0 for no end.
        watch: sees what happens.

    Raises:
        OnomaError: data, settings, database or folder cannot be used, or the first trials all failed.
        StoppedError: SIGTERM or Ctrl-C; the same call goes on.
        MissingExtraError: PyTorch or Optuna is not installed.
    """
    from onoma.training.tuning.storage import import_optuna

    import_optuna()
    require("train", *config.rung.extras)
    from onoma.reports.tuning import write_study, write_study_plots
    from onoma.training.events import StudyEnded, StudyStarted, TrialEnded
    from onoma.training.jobs.following import follow
    from onoma.training.tuning.study import Tuning, best_config

    def write(event: object) -> None:
        watch(event)
        if isinstance(event, StudyStarted | TrialEnded | StudyEnded):
            write_study(event.result, best_config(event.result, config), out)
        if isinstance(event, StudyEnded):
            write_study_plots(event.result, out)

    return follow(
        lambda: Tuning(config, space, out, num_trials=num_trials, name=name, url=url, minutes=minutes),
        write,
        begun=out,
        go_on="the same command goes on",
    )


def pretrain_encoder(
    texts: RawText,
    config: PretrainingConfig,
    out: Path,
    *,
    resume: bool = False,
    watch: Watch = unwatched,
    go_on: str = SAME_CALL,
) -> Pretrained:
    """Train an encoder on raw text as a masked language model.

    In a process that torchrun has started as one of several all train it together.

    Args:
        texts: what to learn from.
        config: how.
        out: folder for the encoder.
        resume: go on with the pretraining that is there.
        watch: sees what happens.
        go_on: how to go on after a stop, in words.

    Raises:
        OnomaError: text, settings or folder cannot be used.
        StoppedError: SIGTERM or Ctrl-C; what was trained is saved.
        MissingExtraError: PyTorch or transformers is not installed, or gensim where it is needed.
    """
    require("train", "bert")
    from onoma.training.events import WordsRead
    from onoma.training.jobs.following import follow
    from onoma.training.pretraining.folder import RECORD
    from onoma.training.pretraining.run import Pretraining
    from onoma.training.processes.joining import joined

    def read(words: int) -> None:
        watch(WordsRead(words))

    with joined() as world:
        return follow(
            lambda: Pretraining(texts, config, out, read, resume=resume, world=world),
            watch,
            begun=out / RECORD,
            go_on=go_on,
        )
