"""What ``onoma predict`` reads: data in a known format, or plain text with a document a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from onoma.readers import ReadOptions, list_formats, read_documents
from onoma.readers.opening import strip_compression
from onoma.readers.source import Source
from onoma.text import Document

_HEAD_LINES = 50


def read_inputs(paths: Sequence[str], options: ReadOptions, *, as_text: bool) -> Iterator[Document]:
    """Yield the documents of all inputs in order.

    Args:
        paths: files, ``-`` for standard input.
        options: how to read; without a format, files are looked at, and standard input is text.
        as_text: take every input as plain text.
    """
    for path in paths:
        if as_text or (options.format is None and (path == "-" or not _is_data(path, options.encoding))):
            yield from read_text(path, options.encoding)
        else:
            yield from read_documents(path, options)


def _is_data(path: str, encoding: str) -> bool:
    """Whether a file looks like labelled data: by content, or by a suffix that nothing else has."""
    source = Source(path, encoding)
    if source.is_folder:
        return True
    try:
        head = source.head(_HEAD_LINES)
    finally:
        source.close()
    suffix = strip_compression(Path(path)).suffix.lower()
    return any(item.sniff(head) or (suffix in item.suffixes and suffix != ".txt") for item in list_formats())


def read_text(path: str, encoding: str = "utf-8") -> Iterator[Document]:
    """Yield a document for each line that is not blank; ids are ``stem:line number``."""
    source = Source(path, encoding)
    for number, line in enumerate(source.lines(), start=1):
        if line.strip():
            yield Document(f"{source.stem}:{number}", line)
