"""Zip archives of several files, for formats to which those are one piece of data."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from onoma.errors import DataError
from onoma.readers.bounds import Bound
from onoma.readers.opening import DAMAGE, DAMAGE_NUMBERS, damaged
from onoma.readers.unpacking import check_ratio, open_member, open_zip

_MAGIC = b"PK\x03\x04"
_BLOCK_BYTES = 1 << 18
_CHARACTER_BYTES = 4
"""At most, in any encoding."""


def list_members(path: Path | None) -> tuple[str, ...]:
    """Return the names of the files in a zip archive; none where there is one only, or it is no archive."""
    try:
        if path is None or not path.is_file():
            return ()
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return ()
            with open_zip(file, str(path)) as archive:
                names = [one.filename for one in archive.infolist() if not one.is_dir()]
    except (OSError, DataError):
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
            file = stack.enter_context(path.open("rb"))
            archive = stack.enter_context(open_zip(file, str(path)))
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


def read_member(archive: zipfile.ZipFile, name: str, path: str, bound: Bound) -> bytes:
    """Return the content of a member.

    Args:
        archive: an open one.
        name: of the member.
        path: what errors call the archive.
        bound: of a document, which the member is.

    Raises:
        DataError: damaged or encrypted, larger than a document may be, or far larger than when packed.
    """
    blocks: list[bytes] = []
    size = 0
    with _located(path):
        member = archive.getinfo(name)
        with open_member(archive, member) as stream:
            while block := stream.read(_BLOCK_BYTES):
                blocks.append(block)
                size += len(block)
                check_ratio(member.compress_size, size, path)
                bound.check_document(size // _CHARACTER_BYTES)
    return b"".join(blocks)
