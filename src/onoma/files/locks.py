"""Claiming a job's folder: a lock, so that no second process writes to it, and nothing half-written left."""

from __future__ import annotations

import os
import shutil
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from onoma.errors import OutputError
from onoma.files.abandoned import is_current, is_left_over

LOCK, SAVING = ".lock", ".saving.part"
"""Names of the lock, and of a checkpoint that is being written."""


class FolderLock:
    """Held from its making until `release`, or until nothing refers to it, or to the end of the process.

    It is advisory: the system's lock (``flock``) on the file ``.lock``, which holds the process id. A process
    that is killed leaves the file but not the lock. Where there is no ``flock`` (Windows, some network file
    systems) nothing is locked.

    Raises:
        OutputError: another process holds the lock; it is named.
        OSError: the file cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        descriptor = _acquire(folder)
        self._release = weakref.finalize(self, _release, folder / LOCK, descriptor)

    def release(self) -> None:
        """Let go and remove the file; a second time does nothing."""
        self._release()


def claim(folder: Path, check: Callable[[], None] = lambda: None) -> FolderLock:
    """Make a folder and lock it.

    Args:
        folder: of a job.
        check: refuses a folder, by raising; asked once it is locked, when no other process can be at it.

    Raises:
        OutputError: it cannot be written, or another process holds it.
    """
    lock: FolderLock | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(folder)
        check()
    except BaseException as error:
        if lock is not None:
            lock.release()
        if isinstance(error, OSError):
            raise OutputError(f"{folder}: cannot write here: {error.strerror}") from None
        raise
    return lock


def is_debris(path: Path) -> bool:
    """Whether this is what a killed process leaves of a file or folder that it was writing."""
    return is_left_over(path) or path.name == SAVING


def remove_debris(folder: Path) -> None:
    """Remove all debris below a folder that is locked."""
    for path in [path for path in folder.rglob(".*") if is_debris(path)]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _acquire(folder: Path) -> int | None:
    """Return the descriptor that holds the lock, None where there are none."""
    if sys.platform == "win32":
        return None
    import fcntl

    while True:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            who = f"process {owner}" if owner.isdigit() else "another process"
            raise OutputError(
                f"{folder}: {who} is at work here; wait for it or stop it, or name another folder"
            ) from None
        except OSError:  # a file system without locks
            _release(folder / LOCK, descriptor)
            return None
        if is_current(folder / LOCK, descriptor):
            break
        os.close(descriptor)  # its owner removed the file between the two calls: the lock is on nothing
    with suppress(OSError):  # on a full disk the lock holds all the same, without a name
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def _release(path: Path, descriptor: int | None) -> None:
    if descriptor is None:
        return
    with suppress(OSError):  # the folder may be gone
        path.unlink(missing_ok=True)  # before the lock is let go: after that it may be another's
    os.close(descriptor)
