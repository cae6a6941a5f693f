"""Folders that may hold something already: refused, or set aside; nothing is deleted."""

from __future__ import annotations

from pathlib import Path

from onoma.errors import OutputError


def is_filled(folder: Path) -> bool:
    """Whether a place is neither new nor an empty folder."""
    return folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))


def refuse_filled(folder: Path) -> None:
    """Refuse a place that holds something.

    Raises:
        OutputError: it is no folder, or one that is not empty.
    """
    if is_filled(folder):
        raise OutputError(f"{folder}: is not an empty folder; name a new or empty one")


def set_aside(folder: Path) -> Path:
    """Rename a folder that holds something else, and return what it is called now.

    Raises:
        OutputError: it cannot be renamed.
    """
    number = 1
    while (old := folder.with_name(f"{folder.name}.old-{number}")).exists():
        number += 1
    try:
        return folder.rename(old)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be set aside: {error.strerror}") from None
