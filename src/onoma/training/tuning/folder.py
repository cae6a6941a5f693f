"""The folder of a study, and what stays in it of each trial."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from onoma.errors import OutputError
from onoma.files.locks import FolderLock, claim, remove_debris
from onoma.training.folder import CONFIG, METRICS
from onoma.training.tuning.storage import STUDY_DATABASE

TRIALS, SPACE, STUDY = "trials", "space.toml", "study.json"
_KEPT = (CONFIG, METRICS, "history.jsonl")


def claim_study_folder(folder: Path, *, shared: bool) -> FolderLock | None:
    """Make the study's folder and, where its trials are in no shared database, lock it.

    Raises:
        OutputError: it holds something else, is in use, or cannot be written.
    """
    try:
        foreign = folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())
        if foreign and not any((folder / name).exists() for name in (STUDY_DATABASE, SPACE, STUDY)):
            raise OutputError(f"{folder}: is not empty and holds no study; name another folder")
        if not shared:
            return claim(folder, lambda: remove_debris(folder))
        folder.mkdir(parents=True, exist_ok=True)
        return None
    except OSError as error:
        raise OutputError(f"{folder}: cannot write here: {error.strerror}") from None


def trial_folder(study: Path, number: int) -> Path:
    """Return where a trial is trained."""
    return study / TRIALS / f"{number:04}"


def thin_trials(study: Path, numbers: Iterable[int]) -> None:
    """Thin those of some trials whose runs are whole in this folder."""
    for number in numbers:
        folder = trial_folder(study, number)
        if (folder / "bundle").exists():
            thin(folder)


def _is_bundle(path: Path) -> bool:
    return path.name == "bundle"


def thin(folder: Path) -> None:
    """Remove all of a trial's run but its settings, scores and history.

    The bundle goes last: while it is there, `thin_trials` does again what a killed process left undone.
    """
    for path in sorted(folder.iterdir(), key=_is_bundle) if folder.is_dir() else ():
        if path.name in _KEPT:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
