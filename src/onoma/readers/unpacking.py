"""Archives of strangers: nothing that unpacks to far more than it is, none with a list of a million names."""

from __future__ import annotations

import bz2
import copy
import io
import struct
import zipfile
from typing import BinaryIO, cast

from onoma.errors import DataError

MAX_RATIO = 200
"""Text is packed to a twentieth at best; a "zip bomb" to a thousandth or a millionth."""
FREE_BYTES = 1 << 28
"""What unpacks to no more may have any ratio: much of the same, such as a file of tags, is no attack."""
MAX_DIRECTORY_BYTES = 1 << 24
"""Of a zip archive's list of members, which Python holds in memory at some ten times its size."""
_SMALL_READ = 4096
_LONGEST_COMMENT = 1 << 16
_END, _END_BYTES = b"PK\x05\x06", 22
_END64, _END64_BYTES, _LOCATOR_BYTES = b"PK\x06\x06", 56, 20


class Counted:
    """A binary stream that counts the bytes read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.count = 0
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """As of the stream."""
        data = self._stream.read(size)
        self.count += len(data)
        return data


def check_ratio(packed: int, unpacked: int, name: str) -> None:
    """Refuse what has unpacked to much more than it is.

    Args:
        packed: bytes read so far, or in all.
        unpacked: bytes that came of them so far.
        name: what errors call the file.

    Raises:
        DataError: it is taken for an attack.
    """
    if unpacked > FREE_BYTES and unpacked > MAX_RATIO * packed:
        what = f"it unpacks to more than {MAX_RATIO} times its size, as attacks do; if it is right, unpack it"
        raise DataError(what, code="archive-bomb", path=name)


def open_zip(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """Open a zip archive whose list of members is of a bearable size.

    Raises:
        DataError: it is not.
        zipfile.BadZipFile, OSError: it is damaged, or cannot be read.
    """
    size = _directory_bytes(file)
    if size > MAX_DIRECTORY_BYTES:
        what = "the archive lists more files than are read from one (some 100,000); unpack it"
        raise DataError(what, code="too-many-members", path=name)
    return zipfile.ZipFile(file)


def _directory_bytes(file: BinaryIO) -> int:
    """Return how large a zip archive's list of members is; 0 where what the archive says cannot be."""
    end = file.seek(0, io.SEEK_END)
    start = max(0, end - _LONGEST_COMMENT - _END_BYTES - _LOCATOR_BYTES - _END64_BYTES)
    file.seek(start)
    tail = file.read(end - start)
    file.seek(0)
    at = len(tail) - _END_BYTES  # without a comment, as zipfile looks first
    if not tail.startswith(_END, max(at, 0)):
        at = tail.rfind(_END)
    if at < 0 or at + _END_BYTES > len(tail):
        return 0
    size: int = struct.unpack_from("<L", tail, at + 12)[0]
    at64 = at - _LOCATOR_BYTES - _END64_BYTES
    if at64 >= 0 and tail.startswith(_END64, at64):
        size = struct.unpack_from("<Q", tail, at64 + 40)[0]  # the small field means nothing then
    return size if size < end else 0


def open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    """Open a member so that no read unpacks much more than it is asked for.

    Python's own unpacks all that a block of bzip2 or LZMA holds, which may be gigabytes.
    """
    if member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return cast(BinaryIO, archive.open(member))
    if member.compress_type == zipfile.ZIP_BZIP2:
        packed = copy.copy(member)
        packed.compress_type, packed.file_size = zipfile.ZIP_STORED, member.compress_size
        packed.CRC = None  # type: ignore[assignment]  # that of the content; bzip2 has its own
        return cast(BinaryIO, bz2.BZ2File(archive.open(packed)))
    return cast(BinaryIO, _InSmallReads(cast(zipfile.ZipExtFile, archive.open(member))))


class _InSmallReads(io.RawIOBase):
    def __init__(self, stream: zipfile.ZipExtFile) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return self._stream.read1(_SMALL_READ)
