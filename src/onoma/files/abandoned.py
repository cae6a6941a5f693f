"""What killed processes leave beside an output: told from what others still write, and cleared.

Whoever writes holds a lock (``flock``) on the file or folder that will take the output's place; a process
that dies lets go of it. So what can be locked is nobody's. Where there are no such locks (Windows, some
network file systems) nothing is cleared.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME_BYTES = 40
_LEFT_OVER = re.compile(r"\.(.*)\.[0-9a-f]{16}\.(part|old|tmp)", re.DOTALL)
"""Names of what is beside an output while it is written (``tmp`` in older versions); no file of a user's."""
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def name_beside(place: Path, token: str, suffix: str) -> Path:
    """Return a name in the same folder that tells whose it is."""
    # Names may have 255 bytes: of a long one the beginning has to do.
    return place.parent / f".{place.name[:_NAME_BYTES]}.{token}.{suffix}"


def is_left_over(path: Path) -> bool:
    """Whether a file or folder has the name of one that is being written, or was when its writer died."""
    return _LEFT_OVER.fullmatch(path.name) is not None


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a file or folder, where there are locks, so that no other process clears it.

    Raises:
        OSError: another process has cleared it before it was held.
    """
    descriptor = _lock(path)
    try:
        if descriptor is not None and not is_current(path, descriptor):
            raise OSError(errno.ESTALE, "another process writes here")
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def clear_abandoned(place: Path) -> None:
    """Remove what killed processes left of writing ``place``.

    A folder whose writer was killed between two renames is brought back: nothing is in its place then.
    """
    with suppress(OSError):
        for path in [path for path in place.parent.iterdir() if _is_of(path, place)]:
            descriptor = _lock(path)
            if descriptor is None:
                continue
            try:
                if path.suffix == ".old" and not os.path.lexists(place):
                    path.replace(place)
                else:
                    _remove(path)
            finally:
                os.close(descriptor)


def _is_of(path: Path, place: Path) -> bool:
    found = _LEFT_OVER.fullmatch(path.name)
    return found is not None and found[1] == place.name[:_NAME_BYTES] and found[2] != "tmp"


def exchange(one: Path, other: Path) -> bool:
    """Let two names change places in one step (``renameat2``); False where that cannot be done."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # a C library without it
        return False
    names = os.fsencode(one), os.fsencode(other)
    # A file system that cannot says so in one of several ways: the plain renames tell what is really wrong.
    return bool(rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)


def _lock(path: Path) -> int | None:
    """Return a descriptor that holds the lock; None where another has it, or nobody can."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_current(path: Path, descriptor: int) -> bool:
    """Whether an open file is still the one of its name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
