"""Opening inputs as bytes: plain files, ``.gz``, ``.zip`` with one member, standard input."""

from __future__ import annotations

import errno
import gzip
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePath
from typing import BinaryIO, cast

from onoma.errors import DataError, excerpt
from onoma.readers.magic import find_office
from onoma.readers.remote import RemoteFile
from onoma.readers.unpacking import Counted, check_ratio, open_member, open_zip

try:
    from lzma import LZMAError
except ImportError:  # a Python built without it reads no such members either
    LZMAError = zlib.error  # type: ignore[misc, assignment]

COMPRESSED_SUFFIXES = (".gz", ".zip")
_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_BLOCK_BYTES = 1 << 18
DAMAGE: tuple[type[Exception], ...] = (
    zlib.error,
    LZMAError,
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    NotImplementedError,  # a method of compression, or a version, that Python does not know
    struct.error,
    ValueError,
    OverflowError,
    RuntimeError,
    MemoryError,  # a dictionary of so many bytes as no one has, by a damaged header
)
"""What Python raises for damage in an archive, depending on where it is."""
DAMAGE_NUMBERS = (None, errno.EINVAL)
"""Of an OSError that speaks of the archive and not of the file: bz2's, and seeking to where nothing is."""
_LISTED = 8


def strip_compression(path: PurePath) -> PurePath:
    """Return ``path`` without a final ``.gz`` or ``.zip``."""
    return path.with_suffix("") if path.suffix.lower() in COMPRESSED_SUFFIXES else path


def read_blocks(path: Path | RemoteFile | None, name: str) -> Generator[bytes, None, None]:
    """Yield the decompressed bytes of an input, a block at a time.

    Compression is told by the suffix or by the first bytes.

    Args:
        path: the file, here or on another machine; None reads standard input.
        name: what errors call it.

    Raises:
        DataError: missing, a folder, not permitted, damaged or cut short, an archive of several files, or
            one that unpacks to far more than it is.
    """
    unpacked = 0
    try:
        with _open(path, name) as (stream, packed):
            # A pipe is handed on as it comes; read() would wait until a whole block is there.
            read = stream.read1 if path is None and isinstance(stream, io.BufferedReader) else stream.read
            while block := read(_BLOCK_BYTES):
                if packed is not None:
                    unpacked += len(block)
                    check_ratio(packed(), unpacked, name)
                yield block
    except EOFError:
        raise DataError(
            "the compressed file is cut short; fetch or write it again", code="truncated-archive", path=name
        ) from None
    except DAMAGE as error:
        raise damaged(error, name) from None
    except FileNotFoundError:
        raise DataError("no such file", code="no-file", path=name) from None
    except IsADirectoryError:
        raise DataError("this is a folder, a file is needed", code="is-folder", path=name) from None
    except OSError as error:
        if error.errno in DAMAGE_NUMBERS:
            raise damaged(error, name) from None
        raise DataError(f"cannot be read: {error.strerror or error}", code="unreadable", path=name) from None


def damaged(error: Exception, name: str) -> DataError:
    """Return the error for one of `DAMAGE`."""
    if isinstance(error, RuntimeError) and "encrypted" in str(error):
        return DataError("the archive is encrypted; unpack it", code="encrypted-archive", path=name)
    if isinstance(error, MemoryError):
        return DataError("not enough memory to unpack it; unpack it", code="bad-archive", path=name)
    why = excerpt(str(error)) or type(error).__name__
    return DataError(
        f"the compressed file is damaged ({why}); fetch or write it again", code="bad-archive", path=name
    )


def _open_file(path: Path | RemoteFile, name: str) -> io.BufferedReader:
    try:
        return path.open("rb")
    except ValueError:
        raise DataError("no file can have such a name", code="no-file", path=name) from None


@contextmanager
def _open(path: Path | RemoteFile | None, name: str) -> Iterator[tuple[BinaryIO, Callable[[], int] | None]]:
    """Open an input; also return what tells how many packed bytes were read, None where none are."""
    suffix = "" if path is None else path.suffix.lower()
    with ExitStack() as stack:
        if path is not None:
            raw = stack.enter_context(_open_file(path, name))
        elif isinstance(sys.stdin.buffer, io.BufferedReader):
            raw = sys.stdin.buffer
        else:
            raw = io.BufferedReader(cast(io.RawIOBase, sys.stdin.buffer))
            stack.callback(raw.detach)  # closing would take standard input away from its owner
        first = raw.peek(4)[:4]
        if first.startswith(_GZIP_MAGIC) or suffix == ".gz":
            if not first:
                raise EOFError
            counted = Counted(cast(BinaryIO, raw))
            unpacking = stack.enter_context(gzip.GzipFile(fileobj=cast(BinaryIO, counted)))
            yield cast(BinaryIO, unpacking), lambda: counted.count
        elif first.startswith(_ZIP_MAGIC) or suffix == ".zip":
            if not raw.seekable():
                raise DataError(
                    "a zip archive cannot be read from a pipe; unpack it", code="zip-pipe", path=name
                )
            archive = stack.enter_context(open_zip(cast(BinaryIO, raw), name))
            member = _only_member(archive, name)
            yield stack.enter_context(open_member(archive, member)), lambda: member.compress_size
        else:
            yield cast(BinaryIO, raw), None


def _only_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX/")
    ]
    office = find_office([member.filename for member in members])
    if office is not None:
        raise DataError(f"{office.name}, which is not read: {office.fix}", code="binary-file", path=name)
    if len(members) != 1:
        listed = ", ".join(excerpt(member.filename) for member in members[:_LISTED]) or "nothing"
        more = f" and {len(members) - _LISTED} more" if len(members) > _LISTED else ""
        raise DataError(
            f"the archive must hold one file, it holds {listed}{more}; unpack it and name the file",
            code="several-members",
            path=name,
        )
    if members[0].flag_bits & 1:
        raise DataError("the archive is encrypted; unpack it", code="encrypted-archive", path=name)
    return members[0]
