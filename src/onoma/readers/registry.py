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
from onoma.readers.document_labels import label_documents
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
WriteFolder = Callable[[Path, Iterable[Document]], Ledger]


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
        relations: whether it has room for relations between entities.
        document_labels: where document labels come from unless the user says otherwise
            (`onoma.readers.document_labels`).
        own: whether its suffix means this format where content and user name none.
        binary: whether its files are no text: they are known by the suffix alone.
        is_folder: whether a folder is data of this format; None for formats of single files.
        write_folder: writes into a fresh folder, in place of ``write``.
    """

    name: str
    description: str
    suffixes: tuple[str, ...]
    sniff: Sniff
    read: Read
    write: Write | None = None
    tagged: bool = False
    relations: bool = False
    document_labels: str = "field"
    own: bool = False
    binary: bool = False
    is_folder: Callable[[Path], bool] | None = None
    write_folder: WriteFolder | None = None

    @property
    def written(self) -> bool:
        """Whether the format can be written."""
        return self.write is not None or self.write_folder is not None

    def documents(self, source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
        """Stream the documents, with the document labels that were asked for."""
        rule = options.document_labels or self.document_labels
        return label_documents(self.read(source, options, log), rule)


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
    written = [item for item in list_formats() if item.written]
    fitting = [item for item in written if suffix in item.suffixes and item.write is not None]
    fitting = [item for item in fitting if item.name == preferred] or _own(fitting)
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
    if source.path is not None and source.is_folder:
        return _detect_folder(source.path, source.name)
    suffix = "" if source.path is None else strip_compression(source.path).suffix.lower()
    by_suffix = [item for item in list_formats() if suffix in item.suffixes]
    if len(by_suffix) == 1 and by_suffix[0].binary:
        return by_suffix[0]
    head = source.head(_HEAD_LINES)
    by_content = [item for item in list_formats() if item.sniff(head)]
    both = [item for item in by_content if item in by_suffix]
    fitting = both or by_content or _own(by_suffix)
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


def is_data_folder(path: Path) -> bool:
    """Whether a folder is itself one piece of data, such as a folder of brat files."""
    return any(item.is_folder is not None and item.is_folder(path) for item in list_formats())


def _detect_folder(path: Path, name: str) -> Format:
    fitting = [item for item in list_formats() if item.is_folder is not None and item.is_folder(path)]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(item.name for item in list_formats() if item.is_folder is not None)
    raise DataError(
        f"this is a folder, a file is needed (or a folder of files that are read together: {known})",
        code="is-folder",
        path=name,
    )


def _own(formats: list[Format]) -> list[Format]:
    """The one among several that its suffix means first of all."""
    return [item for item in formats if item.own] or formats
