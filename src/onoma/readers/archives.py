"""Zip archives of several files, for formats to which those are one piece of data."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onoma.errors import DataError

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
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return ()  # what is wrong with it is said where it is opened as a single file
    names = [name for name in names if not name.startswith("__MACOSX/")]
    return tuple(names) if len(names) > 1 else ()


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive; whatever is wrong with it or its members is one error.

    Raises:
        DataError: damaged, encrypted or unreadable.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except EOFError:
        what = "the compressed file is cut short; fetch or write it again"
        raise DataError(what, code="truncated-archive", path=path) from None
    except RuntimeError as error:
        if "encrypted" not in str(error):
            raise
        raise DataError("the archive is encrypted; unpack it", code="encrypted-archive", path=path) from None
    except OSError as error:
        # A damaged bz2 stream is an OSError without a number.
        code, what = ("unreadable", "cannot be read") if error.errno else ("bad-archive", "is damaged")
        raise DataError(f"the archive {what}: {error.strerror or error}", code=code, path=path) from None
    except (zlib.error, zipfile.BadZipFile, NotImplementedError, lzma.LZMAError) as error:
        raise DataError(f"the compressed file is damaged ({error})", code="bad-archive", path=path) from None


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the content of a member.

    Raises:
        DataError: it is larger than `MAX_MEMBER_BYTES`.
    """
    with archive.open(name) as stream:
        content = stream.read(MAX_MEMBER_BYTES + 1)
    if len(content) > MAX_MEMBER_BYTES:
        what = f"a file in the archive is larger than {MAX_MEMBER_BYTES >> 20} MiB; unpack it"
        raise DataError(what, code="too-large", path=archive.filename, text=name)
    return content
