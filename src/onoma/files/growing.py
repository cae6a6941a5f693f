"""Files that grow by lines: what is appended is there as a whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

_BLOCK = 1 << 16


def append_whole(path: Path, data: bytes) -> int:
    """Append to a file, and sync it; where that fails, as on a full disk, the file is as it was before.

    Args:
        path: made if it is not there.
        data: whole lines.

    Returns:
        how long the file is now, in bytes.

    Raises:
        OSError: it cannot be written.
    """
    # Unbuffered: what a buffer could not get rid of would be written later, over the end that was cut off.
    with path.open("ab", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), before)
            raise
        return before + len(data)


def drop_half_line(path: Path) -> int:
    """Cut off a last line that has no end: whoever wrote it was killed.

    Args:
        path: made if it is not there.

    Returns:
        how long the file is now, in bytes.

    Raises:
        OSError: it cannot be read or written.
    """
    with path.open("ab+") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            first = max(0, end - _BLOCK)
            file.seek(first)
            found = file.read(end - first).rfind(b"\n")
            if found >= 0:
                end = first + found + 1
                break
            end = first
        file.truncate(end)
        return end
