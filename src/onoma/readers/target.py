"""Writing a file so that it is there whole or not at all."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from onoma.errors import OutputError
from onoma.files import atomic_path, find_place, output_error, shown


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
            return
        place.parent.stat()  # a folder that is not there is a slip of the pen: it is not made
    except OSError as error:
        raise output_error(path, error) from None
    with atomic_path(path) as part, ExitStack() as layers:
        raw = layers.enter_context(part.open("wb"))
        packed: gzip.GzipFile | None = None
        if path.suffix.lower() == ".gz":
            packed = layers.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
        text = io.TextIOWrapper(packed or raw, encoding="utf-8", newline="\n")
        layers.callback(text.detach)  # only flushes: the layers below close themselves
        yield text
