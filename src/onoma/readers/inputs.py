"""What is to be tagged: data in a known format, or plain text with a document a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, read_documents
from onoma.readers.account import reading_notes
from onoma.readers.plain_text import is_data, read_text
from onoma.readers.plausible import some_documents
from onoma.readers.source import Source
from onoma.readers.unique_ids import UniqueIds
from onoma.text import Document

TEXT = "text"
"""In the place of a format's name: a document a line."""


def read_inputs(
    paths: Sequence[str],
    options_for: Callable[[str], ReadOptions],
    *,
    given: ReadOptions,
    tell: Callable[[str], None],
) -> Iterator[Document]:
    """Yield the documents of all inputs in order.

    Args:
        paths: files or pipes, ``-`` for standard input.
        options_for: how to read a file that is data.
        given: how to read as far as the user says; `TEXT` as format takes every input as plain text, and
            without a format files are looked at, and what comes from standard input or another pipe is text.
        tell: is told what was odd about an input, after its last document.

    Raises:
        DataError: an input cannot be read, or holds no document; or it is JSON from a pipe, and nobody said
            whether that is text or data.
    """
    as_text = given.format == TEXT
    for path in paths:
        if as_text or (given.format is None and not is_data(Source(path, given.encoding))):
            documents = read_text(path, given.encoding, given.max_document_mb)
            if not as_text and Source(path).is_pipe:
                documents = _no_json(documents, path)
            yield from some_documents(documents, _named(path), allow_empty=given.allow_empty)
            continue
        log = ReadLog()
        documents = read_documents(path, options_for(path), log)
        yield from some_documents(documents, _named(path), allow_empty=given.allow_empty)
        for note in reading_notes(log, path):
            tell(note)


def told_apart(documents: Iterable[Document], tell: Callable[[str], None]) -> Iterator[Document]:
    """Yield the documents of several inputs, those with the id of an earlier one under another.

    Args:
        documents: of all inputs, in order.
        tell: is told at the end how many there were.
    """
    ids, log = UniqueIds("document"), ReadLog()
    for number, document in enumerate(documents, 1):
        id = ids.take(document.id, number)
        yield document if id == document.id else replace(document, id=id)
    ids.tell(log, "inputs")
    for note in reading_notes(log, "inputs"):
        tell(note)


def _no_json(documents: Iterator[Document], path: str) -> Iterator[Document]:
    """Refuse records that would be taken for text, and be tagged or redacted with their keys and marks."""
    for first in islice(documents, 1):
        if first.text.lstrip()[:1] in ("{", "[") and _is_record(first.text):
            raise DataError(
                "is JSON, which is read here as text unless told otherwise: say --format spans-jsonl (or "
                "another of onoma formats) for data, --format text for text",
                code="json-as-text",
                path=_named(path),
            )
        yield first
    yield from documents


def _named(path: str) -> str:
    return "standard input" if path == "-" else path


def _is_record(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value[0] if isinstance(value, list) and value else value, dict)


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
