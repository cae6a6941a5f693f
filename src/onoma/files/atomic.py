"""Writing files so that a crash, a full disk or a second reader never sees half of one."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from onoma.errors import OutputError, excerpt
from onoma.files.abandoned import clear_abandoned, exchange, held, name_beside

_LONGEST_SHOWN = 300
_DEVICES = Path("/dev")
_NOT_SYNCED = (errno.EACCES, errno.EPERM, errno.EISDIR, errno.EINVAL, errno.EBADF, errno.ENOTSUP)
"""What systems say that do not let a folder be opened, or synced."""


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a path beside ``target`` to write to; on success it is synced and takes the target's place.

    A link is followed; a device or pipe is written directly. A stream of this process (``/dev/stdout``,
    ``/dev/fd/5``) is gone on with, wherever it leads, once all is there. What takes the place of a file has
    its permissions.

    Raises:
        OutputError: the place cannot be written, or holds a folder; nothing is left behind.
    """
    if (number := own_stream(target)) is not None:
        with _going_on(number, target) as part:
            yield part
        return
    place = find_place(target)
    part = beside(place, "part")
    try:
        if place.is_dir():
            raise OutputError(f"{shown(target)}: cannot write here: this is a folder, a file name is needed")
        if place.exists() and not place.is_file():
            yield place
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        part.touch(exist_ok=False)  # the system applies the user's umask
        mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else None
        if mode is not None:  # from the first byte on: what is private stays so
            part.chmod(mode | stat.S_IRUSR | stat.S_IWUSR)
        with held(part):  # until it is in its place: before that it would be anybody's to clear
            clear_abandoned(place)
            yield part
            sync(part)
            if mode is not None:
                part.chmod(mode)
            part.replace(place)
        sync_folder(place.parent)
    except OSError as error:
        raise output_error(target, error) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def own_stream(target: Path) -> int | None:
    """Return the number of the open stream of this process that a path stands for; None for all others."""
    path = target
    try:
        while path.is_symlink() and path.parent.resolve() == _DEVICES:  # /dev/stdout
            path = _DEVICES / path.readlink()
        streams = Path("/proc", str(os.getpid()), "fd")
        return int(path.name) if path.name.isdigit() and path.parent.resolve() == streams else None
    except (OSError, ValueError, RuntimeError):
        return None  # whatever it is, it is none


@contextmanager
def _going_on(number: int, target: Path) -> Iterator[Path]:
    """Yield a file to write to, all of which is then written to an open stream, behind what stands there."""
    with tempfile.TemporaryDirectory(prefix="onoma-") as folder:
        part = Path(folder) / "part"
        part.touch()
        yield part
        try:
            with part.open("rb") as read, os.fdopen(os.dup(number), "wb") as stream:
                shutil.copyfileobj(read, stream)
        except OSError as error:
            raise output_error(target, error) from None


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a fresh folder beside ``target``; on success it is synced and takes the target's place.

    A link is followed. A folder that was there before is replaced only when the new one is complete, in one
    step where the system can exchange two names (Linux). Elsewhere a crash between two renames leaves the old
    one as ``.NAME.*.old``, and the next writing brings it back first.

    Raises:
        OutputError: the place cannot be written, or holds a file; nothing is left behind.
    """
    place = find_place(target)
    part = beside(place, "part")
    try:
        if place.exists() and not place.is_dir():
            raise OutputError(f"{shown(target)}: cannot write here: a file is in the place of the folder")
        place.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        with held(part):
            clear_abandoned(place)
            yield part
            _settle(part, place)
        sync_folder(place.parent)
    except OSError as error:
        raise output_error(target, error) from None
    except OutputError as error:  # of a file in it, which is named by the part
        raise OutputError(str(error).replace(str(part), str(target))) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def find_place(target: Path) -> Path:
    """Return where a file or folder is to be written, links followed.

    Raises:
        OutputError: no file can have the name; a link that leads back to itself.
    """
    try:
        place = Path(os.path.realpath(target))
        place.is_dir()  # raises where a name is too long, or a folder above must not be looked into
    except ValueError:
        raise OutputError(f"{shown(target)}: no file can have such a name") from None
    except OSError as error:
        raise output_error(target, error) from None
    if place.is_symlink():  # the end of a chain of links is none
        raise OutputError(f"{shown(target)}: cannot write: the link leads back to itself")
    return place


def output_error(target: Path, error: OSError) -> OutputError | OSError:
    """Return what to raise for a place that cannot be written.

    A reader of a pipe that has left is no fault of the place: that error is returned as it is.
    """
    if isinstance(error, BrokenPipeError):
        return error
    return OutputError(f"{shown(target)}: cannot write: {error.strerror or error}")


def shown(target: Path) -> str:
    """Return the name of an output, safe to print on one line."""
    return excerpt(str(target), _LONGEST_SHOWN)


def _settle(part: Path, place: Path) -> None:
    """Sync a folder and all that is in it, and put it in its place."""
    for path in sorted(part.rglob("*")):
        if path.is_dir():
            sync_folder(path)
        elif not path.is_symlink():
            sync(path)
    sync_folder(part)
    _swap_folder(part, place)


def _swap_folder(part: Path, place: Path) -> None:
    """Put ``part`` in its place; on failure what was before there is there again."""
    if not place.exists():
        part.replace(place)
        return
    if exchange(part, place):
        return  # what was there has the name of the part now, and goes with it
    old = beside(place, "old")
    with held(place):
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
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        near = excerpt(text[max(0, error.start - 20) : error.end + 20])
        raise OutputError(f"{shown(target)}: a lone surrogate cannot be written [{near}]") from None
    with atomic_path(target) as part:
        part.write_bytes(data)


def write_json(target: Path, value: object) -> None:
    """Write a value as an indented UTF-8 JSON file, atomically.

    Raises:
        OutputError: the place cannot be written.
    """
    write_text(target, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def sync(path: Path) -> None:
    """Force a file's content to disk.

    Raises:
        OSError: it cannot be; some systems sync no folder (`sync_folder`).
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make new names survive a power cut, where the system lets a folder be opened and synced.

    Raises:
        OSError: the disk fails.
    """
    try:
        sync(folder)
    except OSError as error:
        if error.errno not in _NOT_SYNCED:
            raise


def beside(place: Path, suffix: str) -> Path:
    """A name in the same folder that nothing has: a rename within a folder is atomic."""
    return name_beside(place, secrets.token_hex(8), suffix)
