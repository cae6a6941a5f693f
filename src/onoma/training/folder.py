"""The folder of a run as such: whose it is, and whether it is done."""

from __future__ import annotations

from pathlib import Path

from onoma.errors import OutputError
from onoma.files.locks import LOCK, FolderLock, claim, is_debris, remove_debris
from onoma.training.config import RunConfig, read_run_settings, resolve

CONFIG, METRICS, COUNTS, CHECKPOINTS = "config.toml", "metrics.json", "counts.json", "checkpoints"


def is_begun(folder: Path) -> bool:
    """Whether a run has begun here: its configuration is the first thing it writes."""
    return (folder / CONFIG).is_file()


def is_finished(folder: Path) -> bool:
    """Whether a run is complete: its scores are the last thing it writes."""
    return (folder / METRICS).is_file()


def stored_config(folder: Path) -> RunConfig | None:
    """Return the configuration of the run in ``folder``, None where no run has begun.

    Raises:
        ConfigError: it cannot be read.
        OutputError: the folder is in use by something else.
    """
    if is_begun(folder):
        return resolve(None, read_run_settings(folder / CONFIG))
    try:
        foreign = folder.exists() and any(not is_debris(path) for path in _content(folder))
    except OSError as error:
        raise OutputError(f"{folder}: cannot be read: {error.strerror}") from None
    if foreign:
        raise OutputError(f"{folder}: holds no {CONFIG}, so it is no run that could be resumed")
    return None


def claim_folder(folder: Path, *, resume: bool) -> FolderLock:
    """Make and lock the run's folder; of a run to be resumed, remove what a killed process left half-written.

    Raises:
        OutputError: the folder cannot be written, is in use and not to be resumed, is being trained in by
            another process, or holds a finished run.
    """
    try:
        used = folder.is_dir() and bool(_content(folder))
    except OSError as error:
        raise OutputError(f"{folder}: cannot write here: {error.strerror}") from None
    if is_finished(folder) or (used and not resume and not is_begun(folder)):
        _refuse_taken(folder, resume=resume)  # what is someone else's stays untouched

    def check() -> None:
        _refuse_taken(folder, resume=resume)
        if resume:
            remove_debris(folder)

    return claim(folder, check)


def _refuse_taken(folder: Path, *, resume: bool) -> None:
    if resume and is_finished(folder):
        raise OutputError(f"{folder}: this run is finished, there is nothing to resume")
    if not resume and _content(folder):
        if is_begun(folder) and not is_finished(folder):
            raise OutputError(
                f"{folder}: holds an unfinished run; add --resume to go on, or name another folder"
            )
        raise OutputError(f"{folder}: is not empty; name another folder, or remove it")


def tidy_finished(folder: Path) -> None:
    """Remove what a finished run needs no more, in case it was killed right after its last word."""
    remove_checkpoints(folder / CHECKPOINTS)
    (folder / LOCK).unlink(missing_ok=True)


def remove_checkpoints(folder: Path) -> None:
    """Remove a finished run's checkpoints; those that were set aside as damaged stay."""
    for path in folder.glob("epoch-*.pt"):
        path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _content(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != LOCK]
