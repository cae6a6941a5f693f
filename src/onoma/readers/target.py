"""Writing a file so that it is there whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from onoma.errors import OutputError


@contextmanager
def open_target(path: str | Path) -> Iterator[TextIO]:
    """Open a text file for writing; it appears under its name when the block ends without an error.

    The text goes to a new file beside the target, is synced to disk, and then takes its place. ``.gz``
    compresses (with no time stamp inside, so that equal text gives equal bytes). A device or pipe is
    written directly.

    Raises:
        OutputError: the place cannot be written to, or the name asks for something not written (``.zip``).
    """
    path = Path(path)
    if path.suffix.lower() == ".zip":
        raise OutputError(f"{path}: zip archives are read, not written; name it .gz")
    if path.is_dir():
        raise OutputError(f"{path}: this is a folder, a file name is needed")
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="\n") as stream:
                yield stream
        else:
            with _replacing(path.resolve()) as stream:
                yield stream
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with ExitStack() as stack:
            raw = stack.enter_context(beside.open("xb"))
            with ExitStack() as layers:
                packed: gzip.GzipFile | None = None
                if path.suffix.lower() == ".gz":
                    packed = layers.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
                text = io.TextIOWrapper(packed or raw, encoding="utf-8", newline="\n")
                layers.callback(text.detach)  # only flushes: the layers below close themselves
                yield text
            raw.flush()
            os.fsync(raw.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system lets a folder be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
