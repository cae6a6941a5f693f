"""Writing files so that a crash, a full disk or a second reader never sees half of one."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from onoma.errors import OutputError


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a path beside ``target`` to write to; on success it is synced and takes the target's place.

    A link is followed; a device or pipe is written directly.

    Raises:
        OutputError: the place cannot be written, or holds a folder; nothing is left behind.
    """
    place = Path(os.path.realpath(target))
    part = _beside(place, "part")
    try:
        _refuse_loop(target, place)
        if place.is_dir():
            raise OutputError(f"{target}: cannot write here: this is a folder, a file name is needed")
        if place.exists() and not place.is_file():
            yield place
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        part.touch(exist_ok=False)  # the system applies the user's umask
        yield part
        sync(part)
        part.replace(place)
        sync(place.parent)
    except OSError as error:
        raise OutputError(f"{target}: cannot write: {error.strerror}") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a fresh folder beside ``target``; on success it is synced and takes the target's place.

    A link is followed. A folder that was there before is replaced only when the new one is complete. Between
    the two renames that this takes, a crash leaves the old one as ``.NAME.*.old``.

    Raises:
        OutputError: the place cannot be written, or holds a file; nothing is left behind.
    """
    place = Path(os.path.realpath(target))
    part = _beside(place, "part")
    try:
        _refuse_loop(target, place)
        if place.exists() and not place.is_dir():
            raise OutputError(f"{target}: cannot write here: a file is in the place of the folder")
        place.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        yield part
        for path in sorted(part.iterdir()):
            sync(path)
        sync(part)
        _swap_folder(part, place)
        sync(place.parent)
    except OSError as error:
        raise OutputError(f"{target}: cannot write: {error.strerror}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _swap_folder(part: Path, place: Path) -> None:
    """Put ``part`` in its place; on failure what was there before is there again."""
    if not place.exists():
        part.replace(place)
        return
    old = _beside(place, "old")
    place.replace(old)
    try:
        part.replace(place)
    except OSError:
        old.replace(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_text(target: Path, text: str) -> None:
    """Write a whole UTF-8 file atomically.

    Raises:
        OutputError: the place cannot be written.
    """
    with atomic_path(target) as part:
        part.write_text(text, encoding="utf-8")


def sync(path: Path) -> None:
    """Force a file's or folder's content to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_loop(target: Path, place: Path) -> None:
    """Refuse a link that is still one when all links are followed."""
    if place.is_symlink():
        raise OutputError(f"{target}: cannot write here: the link leads back to itself")


def _beside(place: Path, suffix: str) -> Path:
    """A name in the same folder that nothing has: a rename within a folder is atomic."""
    # Names may have 255 bytes: of a long one the beginning tells whose it is.
    return place.parent / f".{place.name[:40]}.{secrets.token_hex(8)}.{suffix}"
