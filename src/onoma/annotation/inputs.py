"""The files to annotate: found in folders, and looked at for what they are."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from onoma.annotation.guard import guarded_source
from onoma.errors import DataError
from onoma.readers import ReadOptions, Source, get_format
from onoma.readers.detection import detect_source
from onoma.readers.inputs import TEXT
from onoma.readers.plain_text import is_data
from onoma.readers.remote import RemoteFile, as_place, is_remote, remote_files

UNKNOWN = ""
"""In the place of a format's name: none was found, or the file is damaged."""
OF_THE_MOMENT = ("unreadable", "no-file", "changed", "out-of-memory")
"""Faults that may be over when it is gone on with: they stop the work, and are no property of the data."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file.

    Args:
        path: as the user named it, or found below a folder so named.
        size: in bytes.
        modified: when, in nanoseconds; of a file of another machine what changes with its content.
        format: name of its format, `TEXT` or `UNKNOWN`.
        stem: what ids begin with of documents that have none.
    """

    path: str
    size: int
    modified: int | str
    format: str
    stem: str


def find_inputs(paths: Sequence[str], options: ReadOptions) -> list[Input]:
    """Return all files in the order of their naming, those of a folder by name; a file counts once.

    Hidden files are passed over in folders. A file that is damaged, or of no known format, hinders
    no other: whoever reads it will say what is wrong.

    Raises:
        DataError: one does not exist or is no regular file; a folder holds no file; none can be read,
            or under ``on_error="strict"`` not all.
    """
    faults: list[DataError] = []
    files = list(dict.fromkeys(file for path in paths for file in _files(path)))
    stems = Counter(Source(as_place(file)).stem for file in files)
    found = []
    for file in files:
        size, modified = _status(file)
        stem = Source(as_place(file)).stem
        stem = stem if stems[stem] == 1 else file  # ids are to tell files of one name apart
        try:
            format = _format(file, options)
        except DataError as error:
            if options.on_error == "strict" or error.code in OF_THE_MOMENT:
                raise
            faults.append(error)
            format = UNKNOWN
        found.append(Input(file, size, modified, format, stem))
    if faults and len(faults) == len(files):
        raise faults[0]
    return found


def _status(file: str) -> tuple[int, int | str]:
    """Return a file's size, and what changes with it."""
    place = as_place(file)
    if isinstance(place, RemoteFile):
        return place.status()
    status = place.stat()
    return status.st_size, status.st_mtime_ns


def _files(path: str) -> Iterator[str]:
    if is_remote(path):
        yield from remote_files(path)
        return
    source = Source(path)
    source.check_place()
    if source.is_folder:
        inside = sorted(
            os.path.join(folder, name)  # noqa: PTH118 - "./a" stays what the user wrote
            for folder, folders, names in os.walk(path)
            if _seen(folders)
            for name in names
            if not name.startswith(".")
        )
        if not inside:
            raise DataError("the folder holds no file", code="no-file", path=path)
        for one in inside:
            yield from _files(one)
        return
    if source.is_pipe:
        what = "cannot be read twice, as going on may need to; name a file, or use `onoma predict`"
        raise DataError(what, code="is-pipe", path=source.name)
    if not os.path.exists(path):  # noqa: PTH110 - Path's own raises on names that are too long
        raise DataError("no such file", code="no-file", path=path)
    yield path


def _seen(folders: list[str]) -> bool:
    """Let `os.walk` pass over hidden folders."""
    folders[:] = [name for name in folders if not name.startswith(".")]
    return True


def _format(path: str, options: ReadOptions) -> str:
    if options.format == TEXT or (options.format is None and not is_data(guarded_source(path, options))):
        return TEXT
    if options.format is not None:
        return get_format(options.format).name
    source = guarded_source(path, options)
    try:
        return detect_source(source).name
    finally:
        source.close()
