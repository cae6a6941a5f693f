"""Zip archives of several files, for formats to which those are one piece of data."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from onoma.errors import DataError
from onoma.readers.opening import DAMAGE, DAMAGE_NUMBERS, damaged

_MAGIC = b"PK\x03\x04"
MAX_MEMBER_BYTES = 1 << 30
"""A member that unpacks to more is taken for an attack ("zip bomb"): these are held in memory."""


def list_members(path: Path | None) -> tuple[str, ...]:
    """Return the names of the files in a zip archive; none where there is one only, or it is no archive."""
    try:
        if path is None or not path.is_file():
            return ()
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return ()
        with zipfile.ZipFile(path) as archive:
            names = [one.filename for one in archive.infolist() if not one.is_dir()]
    except OSError:
        return ()
    except DAMAGE:
        return ()  # what is wrong with it is said where it is opened as a single file
    names = [name for name in names if not name.startswith("__MACOSX/")]
    return tuple(names) if len(names) > 1 else ()


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive.

    Raises:
        DataError: damaged, encrypted or unreadable.
    """
    with ExitStack() as stack:
        with _located(path):
            archive = stack.enter_context(zipfile.ZipFile(path))
        yield archive


@contextmanager
def _located(path: str | Path) -> Iterator[None]:
    """Turn whatever is wrong with an archive or its members into one error."""
    try:
        yield
    except EOFError:
        what = "the compressed file is cut short; fetch or write it again"
        raise DataError(what, code="truncated-archive", path=path) from None
    except DAMAGE as error:
        raise damaged(error, str(path)) from None
    except OSError as error:
        if error.errno in DAMAGE_NUMBERS:
            raise damaged(error, str(path)) from None
        what = f"cannot be read: {error.strerror or error}"
        raise DataError(what, code="unreadable", path=path) from None


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the content of a member.

    Raises:
        DataError: damaged or encrypted, or larger than `MAX_MEMBER_BYTES`.
    """
    with _located(archive.filename or "the archive"), archive.open(name) as stream:
        content = stream.read(MAX_MEMBER_BYTES + 1)
    if len(content) > MAX_MEMBER_BYTES:
        what = f"a file in the archive is larger than {MAX_MEMBER_BYTES >> 20} MiB; unpack it"
        raise DataError(what, code="too-large", path=archive.filename, text=name)
    return content
