"""Writing a file so that it is there whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from onoma.errors import OutputError
from onoma.files import beside, find_place, output_error, shown, sync_folder


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
        raise OutputError(f"{shown(path)}: zip archives are read, not written; name it .gz")
    place = find_place(path)
    if place.is_dir():
        raise OutputError(f"{shown(path)}: this is a folder, a file name is needed")
    try:
        if place.exists() and not place.is_file():
            with place.open("w", encoding="utf-8", newline="\n") as stream:
                yield stream
        else:
            with _replacing(place) as stream:
                yield stream
    except OSError as error:
        raise output_error(path, error) from None


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    part = beside(path, "tmp")
    try:
        with ExitStack() as stack:
            raw = stack.enter_context(part.open("xb"))
            with ExitStack() as layers:
                packed: gzip.GzipFile | None = None
                if path.suffix.lower() == ".gz":
                    packed = layers.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
                text = io.TextIOWrapper(packed or raw, encoding="utf-8", newline="\n")
                layers.callback(text.detach)  # only flushes: the layers below close themselves
                yield text
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
