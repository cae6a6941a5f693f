"""Writing files so that a crash, a full disk or a second reader never sees half of one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onoma.errors import OutputError


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a path beside ``target`` to write to; on success it is synced and takes the target's place.

    Raises:
        OutputError: the place cannot be written; nothing is left behind.
    """
    target = Path(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise OutputError(f"{target}: cannot write here: {error.strerror}") from None
    part = Path(name)
    try:
        yield part
        part.chmod(0o666 & ~_umask())
        sync(part)
        part.replace(target)
        sync(target.parent)
    except OSError as error:
        raise OutputError(f"{target}: cannot write: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a fresh folder beside ``target``; on success it is synced and takes the target's place.

    A folder that was there before is replaced only when the new one is complete.

    Raises:
        OutputError: the place cannot be written; nothing is left behind.
    """
    target = Path(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    except OSError as error:
        raise OutputError(f"{target}: cannot write here: {error.strerror}") from None
    try:
        yield part
        part.chmod(0o777 & ~_umask())
        for path in sorted(part.iterdir()):
            sync(path)
        _swap_folder(part, target)
        sync(target.parent)
    except OSError as error:
        raise OutputError(f"{target}: cannot write: {error.strerror}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _swap_folder(part: Path, target: Path) -> None:
    if not target.exists():
        part.replace(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    target.replace(old / target.name)
    try:
        part.replace(target)
    except OSError:
        (old / target.name).replace(target)
        raise
    finally:
        if target.exists():
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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
