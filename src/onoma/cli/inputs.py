"""What ``onoma predict`` reads: data in a known format, or plain text with a document a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, list_formats, read_documents
from onoma.readers.account import reading_notes
from onoma.readers.evidence import SHARED
from onoma.readers.registry import find_matches
from onoma.readers.source import Source
from onoma.text import Document

_TEXT_SUFFIXES = frozenset(("", ".txt", ".text", ".md", ".rst", ".log", ".eml", ".htm", ".html"))


def read_inputs(
    paths: Sequence[str],
    options_for: Callable[[str], ReadOptions],
    *,
    given: ReadOptions,
    as_text: bool,
    tell: Callable[[str], None],
) -> Iterator[Document]:
    """Yield the documents of all inputs in order.

    Args:
        paths: files, ``-`` for standard input.
        options_for: how to read a file that is data.
        given: how to read as far as the user says; without a format, files are looked at, and standard input
            is text.
        as_text: take every input as plain text.
        tell: is told what was odd about an input, after its last document.
    """
    for path in paths:
        if as_text or (given.format is None and (path == "-" or not _is_data(path, given.encoding))):
            yield from read_text(path, given.encoding)
            continue
        log = ReadLog()
        yield from read_documents(path, options_for(path), log)
        for note in reading_notes(log, path):
            tell(note)


def _is_data(path: str, encoding: str) -> bool:
    """Whether a file is data, not text for people.

    Names that are usual for text (``.txt``, or no suffix) hold data only where a format explains the content
    and nothing else does; others are data where anything speaks for it, or are refused as an unknown format.
    """
    source = Source(path, encoding)
    if source.is_folder:
        return True
    try:
        matches = find_matches(source)
    finally:
        source.close()
    if source.suffix in _TEXT_SUFFIXES:
        return bool(matches) and matches[0].evidence.share >= SHARED
    known = {suffix for item in list_formats() for suffix in item.suffixes}
    return bool(matches) or source.suffix in known


def has_sound_gold(path: str, options: ReadOptions) -> bool:
    """Whether a file's gold can be read without a fault; standard input, which is read once, is not tried."""
    if path == "-":
        return False
    try:
        for _ in read_documents(path, replace(options, gold=True, on_error="strict")):
            pass
    except DataError:
        return False
    return True


def read_text(path: str, encoding: str = "utf-8") -> Iterator[Document]:
    """Yield a document for each line that is not blank; ids are ``stem:line number``."""
    source = Source(path, encoding)
    for number, line in enumerate(source.lines(), start=1):
        if line.strip():
            yield Document(f"{source.stem}:{number}", line)
