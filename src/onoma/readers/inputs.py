"""What is to be tagged: data in a known format, or plain text with a document a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, read_documents
from onoma.readers.account import reading_notes
from onoma.readers.plain_text import is_data, read_text
from onoma.readers.source import Source
from onoma.text import Document


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
        paths: files or pipes, ``-`` for standard input.
        options_for: how to read a file that is data.
        given: how to read as far as the user says; without a format, files are looked at, and what comes
            from standard input or another pipe is text.
        as_text: take every input as plain text.
        tell: is told what was odd about an input, after its last document.
    """
    for path in paths:
        if as_text or (given.format is None and not is_data(Source(path, given.encoding))):
            yield from read_text(path, given.encoding, given.max_document_mb)
            continue
        log = ReadLog()
        yield from read_documents(path, options_for(path), log)
        for note in reading_notes(log, path):
            tell(note)


def has_sound_gold(path: str, options: ReadOptions) -> bool:
    """Whether a file's gold can be read without a fault; pipes, which are read once, are not tried."""
    if Source(path).is_pipe:
        return False
    try:
        for _ in read_documents(path, replace(options, gold=True, on_error="strict")):
            pass
    except DataError:
        return False
    return True
