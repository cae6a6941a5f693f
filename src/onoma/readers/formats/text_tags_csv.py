"""Kaggle's "ner-data" layout: ``text,labels``, a sentence a row, its words and tags joined by spaces.

The columns are found by name, in any order; others are passed over. Words lie between ASCII spaces, tabs or
line breaks; a no-break space is data. Every sentence is a document.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from onoma.errors import DataError
from onoma.readers.csv_rows import Row, find_columns, read_rows, require_columns
from onoma.readers.evidence import NONE, Evidence
from onoma.readers.flat import tag_sentences
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.tagged import TaggedSentence, TagReader, read_one_sentence_documents
from onoma.tags import get_scheme
from onoma.text import Document, Ledger

_HEADER = ("text", "labels")
_ROLES = {
    "text": ("text", "sentence", "sentences", "words", "tokens"),
    "labels": ("labels", "label", "tags", "tag", "ner", "ner tag", "ner tags"),
}
_OF_TOKEN_ROWS = ("word", "token", "sentence #", "sentence id", "sentence idx", "sentence number", "sent id")
_SEPARATORS = " \t\n\r"
_BREAKING = frozenset(_SEPARATORS + "\0")
_WORD = re.compile(f"[^{_SEPARATORS}]+")
_SAMPLE_LINES = 5_000


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; only the first 5,000 lines are held, to tell the scheme from them.

    A row with another number of words than tags is left out and noted, because nothing says where it went
    wrong. ``on_error="repair"`` reads it if the numbers agree once every white space separates words (so a
    no-break space, too).

    Raises:
        DataError: a fault of the file or its header, or under ``on_error="strict"`` of any row.
    """
    sample_rows = read_rows(source.head(_SAMPLE_LINES), source.name)
    header = next(sample_rows, None)
    if header is None:
        log.note("empty-file", source.name, None, "the file is empty, without even a header")
        return
    columns = require_columns(header, _ROLES, source.name, options.tag_column)
    text_at, tags_at = columns["text"], columns["labels"]
    sample = [_WORD.findall(row.fields[tags_at]) for row in sample_rows if row.fault is None]
    tags = TagReader(sample, (text_at, tags_at), source.name, options, log)
    del sample_rows, sample
    rows = read_rows(source.lines(), source.name)
    next(rows)
    sentences = (_read_sentence(row, text_at, tags_at, source.name, options, log) for row in rows)
    yield from read_one_sentence_documents(sentences, tags, source, log)


def _read_sentence(
    row: Row, text_at: int, tags_at: int, path: str, options: ReadOptions, log: ReadLog
) -> TaggedSentence:
    line, fields, fault = row
    if fault is not None:
        return TaggedSentence((), [], [], fault)
    words, tags = _WORD.findall(fields[text_at]), _WORD.findall(fields[tags_at])
    if len(words) != len(tags) or not words:
        fault = _mismatch(path, line, text_at, fields[text_at], len(words), len(tags))
        if options.on_error == "repair" and len(tags) == len(mended := fields[text_at].split()) > 0:
            log.note_error(fault)
            words, fault = mended, None
    return TaggedSentence([line] * len(words), words, tags, fault)


def _mismatch(path: str, line: int, column: int, text: str, num_words: int, num_tags: int) -> DataError:
    what = f"{num_words} words and {num_tags} tags" if num_words or num_tags else "the row has no words"
    return DataError(
        f"{what}; mend the row, or leave it out with --on-error skip",
        code="length-mismatch",
        path=path,
        line=line,
        column=column + 1,
        text=text,
    )


def write(stream: TextIO, documents: Iterable[Document], scheme: str) -> Ledger:
    """Write a sentence a row, in the tag scheme named; memory stays flat.

    Raises:
        DataError: a document without tokens, or a word or label with white space in it.
        ConfigError: no such scheme.
    """
    tag_scheme = get_scheme(scheme)
    log = ReadLog()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(_HEADER)
    for document in documents:
        sentences = tag_sentences(document, tag_scheme, log, _BREAKING)
        rows.writerows((" ".join(words), " ".join(tags)) for words, tags in sentences)
    return log.ledger()


def _sniff(sample: Sample) -> Evidence:
    table = sample.table
    if table is None or table.delimiter != ",":
        return NONE
    columns = find_columns(table.header, {**_ROLES, "token rows": _OF_TOKEN_ROWS})
    if columns.pop("token rows") or not all(len(found) == 1 for found in columns.values()):
        return NONE
    text, tags = columns["text"][0], columns["labels"][0]
    alike = [len(_WORD.findall(row[text])) == len(_WORD.findall(row[tags])) for row in table.rows]
    return Evidence(sum(alike) / len(alike), "as many tags as words a row") if any(alike) else NONE


FORMAT = Format(
    name="text-tags-csv",
    description="Kaggle's ner-data layout: text,labels, a sentence a row, words and tags joined by spaces",
    suffixes=(".csv",),
    sniff=_sniff,
    read=read,
    write=write,
    tagged=True,
    keys=("text", "labels"),
)
