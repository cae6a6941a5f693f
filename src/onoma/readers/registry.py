"""The formats there are (modules of `onoma.readers.formats`, entry points), and which one a file is of."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

from onoma.errors import ConfigError
from onoma.plugins import find_all, pick
from onoma.readers.document_labels import label_documents
from onoma.readers.evidence import Evidence
from onoma.readers.log import ReadLog
from onoma.readers.opening import strip_compression
from onoma.readers.options import ReadOptions
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document, Ledger

ENTRY_POINT_GROUP = "onoma.readers"

OFFSETS = ("offset_unit", "line_ends")
"""Options of formats that give characters' numbers."""

SPECIAL = ("scheme", "tag_column", "word_column", "comment", "text_column", "label_names", *OFFSETS)
"""Fields of `ReadOptions` that only some formats look at."""


class Suggested(NamedTuple):
    """A document whose entities are a model's suggestions, for somebody to decide on.

    Args:
        document: with the suggested entities.
        model: name and version of the model.
        score: how much there is to learn from it, higher first; None where it was drawn at random.
        why: the strategy that chose it.
    """

    document: Document
    model: str
    score: float | None
    why: str


Sniff = Callable[[Sample], Evidence]
Read = Callable[[Source, ReadOptions, ReadLog], Iterator[Document]]
Write = Callable[[TextIO, Iterable[Document], str], Ledger]
Suggest = Callable[[TextIO, Iterable[Suggested]], Ledger]
WriteFolder = Callable[[Path, Iterable[Document]], Ledger]
WriteFile = Callable[[Path, Iterable[Document]], Ledger]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format. A module of `onoma.readers.formats` that has one as ``FORMAT`` is found by itself;
    others register under the entry point group ``onoma.readers``.

    Args:
        name: as users write it.
        description: one line for ``onoma formats``.
        suffixes: file suffixes with the dot, compression left off.
        sniff: how much of the beginning of a file only this format explains.
        read: streams documents and fills the log.
        write: writes documents to an open text file, column formats in the tag scheme named; returns what
            became of each entity. None when the format can only be read.
        suggest: writes documents with suggestions to an open text file, so that nothing counts as annotated;
            None where the format cannot say that.
        scores: whether ``write`` has a place for an entity's score.
        tagged: whether it holds one tag a token: it needs tokens, and has no room for nested entities.
        on_tokens: whether its entities are on tokens, nested ones too: it needs tokens.
        relations: whether it has room for relations between entities.
        labels: whether what is written has room for document labels.
        links: whether it has room for links to knowledge bases.
        wordless: whether it has room for documents without a word.
        document_labels: where document labels come from unless the user says otherwise
            (`onoma.readers.document_labels`).
        own: whether its suffix means this format where content and user name none.
        binary: whether its files are no text: what it sniffs at are the first bytes, `Sample.start`.
        keys: names of its records' keys or columns, by which it is named as the nearest to an unknown file.
        gold: whether it holds entities at all; files of words alone, or of text alone, do not.
        options: which of `SPECIAL` it looks at; None where that is not known.
        is_folder: whether a folder is data of this format; None for formats of single files.
        write_folder: writes into a fresh folder, in place of ``write``.
        write_file: writes a binary file under a path, in place of ``write``.
        is_name: whether an input that is no path is data of this format, such as a name on the Hub.
        is_archive: whether a zip archive of several files, whose names it gets, is one piece of its data.
    """

    name: str
    description: str
    suffixes: tuple[str, ...]
    sniff: Sniff
    read: Read
    write: Write | None = None
    suggest: Suggest | None = None
    scores: bool = False
    tagged: bool = False
    on_tokens: bool = False
    relations: bool = False
    labels: bool = False
    links: bool = False
    wordless: bool = True
    document_labels: str = "field"
    own: bool = False
    binary: bool = False
    keys: tuple[str, ...] = ()
    gold: bool = True
    options: tuple[str, ...] | None = None
    is_folder: Callable[[Path], bool] | None = None
    write_folder: WriteFolder | None = None
    write_file: WriteFile | None = None
    is_name: Callable[[str], bool] | None = None
    is_archive: Callable[[Sequence[str]], bool] | None = None

    @property
    def written(self) -> bool:
        """Whether the format can be written."""
        return any(how is not None for how in (self.write, self.write_folder, self.write_file))

    @property
    def idle_names(self) -> tuple[str, ...]:
        """Those of `SPECIAL` that the format does not look at."""
        return () if self.options is None else tuple(name for name in SPECIAL if name not in self.options)

    def idle(self, options: ReadOptions) -> list[str]:
        """Return the options that were given although the format does not look at them."""
        return [name for name in self.idle_names if getattr(options, name)]

    def documents(self, source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
        """Stream the documents, with the document labels that were asked for."""
        rule = options.document_labels or self.document_labels
        return label_documents(self.read(source, options, log), rule)


@functools.cache
def _formats() -> dict[str, Format]:
    return dict(sorted(find_all("onoma.readers.formats", "FORMAT", ENTRY_POINT_GROUP, Format).items()))


def list_formats() -> tuple[Format, ...]:
    """Return all formats, sorted by name."""
    return tuple(_formats().values())


def get_format(name: str) -> Format:
    """Return the format called ``name``.

    Raises:
        ConfigError: no such format.
    """
    return pick(_formats(), name, "format")


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
    fitting = [item for item in written if suffix in item.suffixes and item.write_folder is None]
    fitting = [item for item in fitting if item.name == preferred] or own_format(fitting)
    if len(fitting) == 1:
        return fitting[0]
    why = "several formats have" if fitting else "no format has"
    names = ", ".join(item.name for item in fitting or written)
    raise ConfigError(f"{path}: {why} the suffix '{suffix}'; name one with --to: {names}")


def is_data_folder(path: Path) -> bool:
    """Whether a folder is itself one piece of data, such as a folder of brat files."""
    return any(item.is_folder is not None and item.is_folder(path) for item in list_formats())


def own_format(formats: list[Format]) -> list[Format]:
    """The one among several that its suffix means first of all."""
    return [item for item in formats if item.own] or formats
