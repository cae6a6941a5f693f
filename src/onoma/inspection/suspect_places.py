"""Where suspects stand: the lines of files, and the documents as they were before anything was tokenised."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onoma.inspection.places import LocatedReader
from onoma.inspection.suspects import Suspect, Suspicion
from onoma.readers import ReadLog, ReadOptions, get_format
from onoma.text import Document

_Place = tuple[str, int]
"""A document, and a character of it."""


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """A file whose documents were judged, and how it is read.

    Args:
        split: of its suspects.
        path: where it lies.
        shown: what it is called.
        options: how to read it.
    """

    split: str
    path: str
    shown: str
    options: ReadOptions


@dataclass(frozen=True, slots=True)
class SuspectDocuments:
    """The documents of a file that have suspects, as the file has them.

    Args:
        split: that they are in.
        format: name of the file's format.
        scheme: tag scheme of column formats.
        documents: gold and all.
    """

    split: str
    format: str
    scheme: str | None
    documents: Sequence[Document]


def locate(suspicion: Suspicion, files: Iterable[JudgedFile]) -> tuple[Suspicion, list[SuspectDocuments]]:
    """Read the files once more, for what was not kept of them.

    Args:
        suspicion: suspects without path and line.
        files: that were judged, a split each.

    Returns:
        The same suspects with both, and the documents of each file that has some.

    Raises:
        DataError: a file cannot be read any more.
    """
    found: dict[str, tuple[str, Mapping[_Place, int | None]]] = {}
    wanted: list[SuspectDocuments] = []
    for file in files:
        starts: dict[str, set[int]] = {}
        for suspect in suspicion.suspects:
            if suspect.split == file.split:
                starts.setdefault(suspect.document, set()).add(suspect.start)
        documents, lines = _read(file, starts)
        found[file.split] = file.shown, lines
        if documents is not None:
            wanted.append(documents)
    suspects = tuple(_placed(suspect, *found.get(suspect.split, ("", {}))) for suspect in suspicion.suspects)
    return replace(suspicion, suspects=suspects), wanted


def _read(
    file: JudgedFile, starts: Mapping[str, Collection[int]]
) -> tuple[SuspectDocuments | None, dict[_Place, int | None]]:
    """Return the documents that have suspects, and the lines of the characters where these begin."""
    log = ReadLog()
    reader = LocatedReader(file.path, file.options, log)
    has_lines = not Path(file.path).is_dir() and not get_format(log.format or "").binary
    documents = []
    lines: dict[_Place, int | None] = {}
    for document in reader:
        if document.id in starts:
            documents.append(document)
        for start in starts.get(document.id, ()):
            sentence = _sentence(document, start)
            lines[document.id, start] = reader.line(document, sentence) if has_lines else None
    if not documents:
        return None, lines
    return SuspectDocuments(file.split, log.format or "", log.scheme, documents), lines


def _sentence(document: Document, start: int) -> int:
    """The number of the sentence that a character is in; 0 where the file has no sentences."""
    ends = [document.tokens[end - 1].end for first, end in document.sentences if end > first]
    return next((number for number, end in enumerate(ends) if start < end), 0)


def _placed(suspect: Suspect, path: str, lines: Mapping[_Place, int | None]) -> Suspect:
    place = suspect.document, suspect.start
    return replace(suspect, path=path, line=lines[place]) if place in lines else suspect
