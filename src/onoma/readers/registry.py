"""The formats there are: found by module name, told by suffix and content."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from onoma.errors import ConfigError, DataError, did_you_mean
from onoma.readers.log import ReadLog
from onoma.readers.opening import strip_compression
from onoma.readers.options import ReadOptions
from onoma.readers.source import Source
from onoma.text import Document, Ledger

ENTRY_POINT_GROUP = "onoma.readers"
_HEAD_LINES = 50

Sniff = Callable[[Sequence[str]], bool]
Read = Callable[[Source, ReadOptions, ReadLog], Iterator[Document]]
Write = Callable[[TextIO, Iterable[Document], str], Ledger]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format. A module of `onoma.readers` that has one as ``FORMAT`` is found by itself; others
    register under the entry point group ``onoma.readers``.

    Args:
        name: as users write it.
        description: one line for ``onoma formats``.
        suffixes: file suffixes with the dot, compression left off.
        sniff: whether the first lines of a file look like this format.
        read: streams documents and fills the log.
        write: writes documents to an open text file, column formats in the tag scheme named; returns what
            became of each entity. None when the format can only be read.
        tagged: whether it holds one tag a token: it needs tokens, and has no room for nested entities.
    """

    name: str
    description: str
    suffixes: tuple[str, ...]
    sniff: Sniff
    read: Read
    write: Write | None = None
    tagged: bool = False


@functools.cache
def _formats() -> dict[str, Format]:
    package = importlib.import_module("onoma.readers")
    found: list[object] = [
        getattr(importlib.import_module(f"onoma.readers.{module.name}"), "FORMAT", None)
        for module in pkgutil.iter_modules(package.__path__)
    ]
    found += [entry.load() for entry in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)]
    formats = [item for item in found if isinstance(item, Format)]
    return {item.name: item for item in sorted(formats, key=lambda item: item.name)}


def list_formats() -> tuple[Format, ...]:
    """Return all formats, sorted by name."""
    return tuple(_formats().values())


def get_format(name: str) -> Format:
    """Return the format called ``name``.

    Raises:
        ConfigError: no such format.
    """
    formats = _formats()
    if name not in formats:
        raise ConfigError(f"unknown format '{name}'{did_you_mean(name, formats)}")
    return formats[name]


def format_for_target(path: str | Path, preferred: str | None = None) -> Format:
    """Return the format to write a file in, by its suffix.

    Args:
        path: where to write.
        preferred: wins where several formats are written with the suffix: that of the input.

    Raises:
        ConfigError: no format that can be written has the suffix, or several have.
    """
    suffix = strip_compression(Path(path)).suffix.lower()
    written = [item for item in list_formats() if item.write is not None]
    fitting = [item for item in written if suffix in item.suffixes]
    fitting = [item for item in fitting if item.name == preferred] or fitting
    if len(fitting) == 1:
        return fitting[0]
    why = "several formats have" if fitting else "no format has"
    names = ", ".join(item.name for item in fitting or written)
    raise ConfigError(f"{path}: {why} the suffix '{suffix}'; name one with --to: {names}")


def detect_format(path: str | Path, encoding: str = "utf-8") -> Format:
    """Tell the format of a file by its suffix and its first lines.

    Raises:
        DataError: the file cannot be read, or its format is unclear.
    """
    source = Source(path, encoding)
    try:
        return detect_source(source)
    finally:
        source.close()


def detect_source(source: Source) -> Format:
    """Tell the format of an input whose lines stay readable.

    The content decides; the suffix decides between contents alike. Where the content says nothing, the
    suffix alone does, so that the reader itself can say which line is wrong.

    Raises:
        DataError: no format fits, or several do.
    """
    head = source.head(_HEAD_LINES)
    suffix = "" if source.path is None else strip_compression(source.path).suffix.lower()
    by_suffix = [item for item in list_formats() if suffix in item.suffixes]
    by_content = [item for item in list_formats() if item.sniff(head)]
    both = [item for item in by_content if item in by_suffix]
    fitting = both or by_content or by_suffix
    if len(fitting) == 1:
        return fitting[0]
    why = "several formats fit" if fitting else "no format fits"
    names = ", ".join(item.name for item in fitting or list_formats())
    raise DataError(
        f"cannot tell the format ({why}): name it, one of {names}",
        code="unknown-format",
        path=source.name,
        line=1 if head else None,
        text=head[0] if head else None,
    )
