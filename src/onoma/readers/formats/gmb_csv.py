"""Kaggle's "Annotated Corpus for NER" (Groningen Meaning Bank): ``Sentence #,Word,POS,Tag``, a token a row.

The columns are found by name, in any order, between commas, semicolons or tabs; others are passed over. A
sentence begins at a row that names one: ``Sentence #`` may stand on its first row only, or be repeated on
each. Where no column names sentences, empty rows end them, and where there are none, a full stop. It ends in
any case where a column ``doc_id`` names another document: sentences may be counted anew in each. Every
sentence is a document.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import TextIO

from onoma.readers.columns.choosing import names_groups
from onoma.readers.columns.flat import tag_sentences
from onoma.readers.columns.tagged import TagReader, read_one_sentence_documents
from onoma.readers.evidence import CERTAIN, NONE, STRONG, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.tables.csv_rows import Row, find_columns, read_rows, require_columns
from onoma.readers.tables.csv_sentences import find_ends, group_rows
from onoma.tags import get_scheme
from onoma.text import Document, Ledger

_HEADER = ("Sentence #", "Word", "POS", "Tag")
_ROLES = {
    "sentence": ("sentence #", "sentence", "sentence id", "sentence idx", "sentence number", "sent id"),
    "word": ("word", "words", "token", "tokens"),
    "tag": ("tag", "tags", "ner", "ner tag", "ner tags", "label", "labels"),
}
_DOCUMENT = {"document": ("doc", "doc id", "docid", "document", "document id")}
_BREAKING = frozenset("\n\r\0")
_SAMPLE_LINES = 50_000


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; only the first 50,000 lines are held, to tell the scheme from them.

    Raises:
        DataError: a fault of the file or its header; nothing ends a sentence; or a fault of any row, under
            ``on_error="strict"``.
    """
    head = source.head(_SAMPLE_LINES)
    table = source.sample().table
    delimiter = "," if table is None else table.delimiter
    sample_rows = _rows(head, source.name, delimiter)
    header = next(sample_rows, None)
    if header is None:
        log.note("empty-file", source.name, None, "the file is empty, without even a header")
        return
    columns = require_columns(header, _ROLES, source.name, options.tag_column, optional=("sentence",))
    first = list(sample_rows)
    for role, found in find_columns(header.fields, _DOCUMENT).items():
        if found and names_groups([row.fields[found[0]] for row in first if row.fault is None]):
            columns[role] = found[0]
    ends = find_ends(first, columns, source.name)
    if ends == "full-stops" and first:
        what = "no column names sentences and no empty row ends them: they end after a '.', '!' or '?'"
        log.note("sentence-ends", source.name, header.line, what)
    sample = [sentence.tags for sentence in group_rows(first, columns, ends, source.name)]
    tags = TagReader(sample, (columns["word"], columns["tag"]), source.name, options, log)
    del head, sample_rows, first, sample
    rows = _rows(source.lines(), source.name, delimiter)
    next(rows)
    yield from read_one_sentence_documents(group_rows(rows, columns, ends, source.name), tags, source, log)


def _rows(lines: Iterable[str], path: str, delimiter: str) -> Iterator[Row]:
    return read_rows(lines, path, short_fields=True, delimiter=delimiter)


def write(stream: TextIO, documents: Iterable[Document], scheme: str) -> Ledger:
    """Write a token a row, in the tag scheme named; memory stays flat. ``POS`` stays empty.

    Raises:
        DataError: a document without tokens, or a word or label with a line break in it.
        ConfigError: no such scheme.
    """
    tag_scheme = get_scheme(scheme)
    log = ReadLog()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(_HEADER)
    number = 0
    for document in documents:
        for words, tags in tag_sentences(document, tag_scheme, log, _BREAKING):
            number += 1
            marks = chain((f"Sentence: {number}",), repeat(""))
            rows.writerows((mark, word, "", tag) for word, tag, mark in zip(words, tags, marks, strict=False))
    return log.ledger()


def _sniff(sample: Sample) -> Evidence:
    table = sample.table
    if table is None:
        return NONE
    columns = find_columns(table.header, _ROLES)
    if not columns["word"] or not columns["tag"]:
        return NONE
    tabs = table.delimiter == "\t"
    if columns["sentence"]:
        return Evidence(CERTAIN, "columns for sentence, word and tag")
    word_at, tag_at = columns["word"][0], columns["tag"][0]
    rows = [row for row in table.rows if row[word_at].strip()]
    single = sum(_is_word(row[word_at]) and _is_word(row[tag_at]) for row in rows)
    if 2 * single <= len(rows):
        return NONE
    return Evidence(STRONG if tabs else CERTAIN, "columns for word and tag, a word a row")


def _is_word(cell: str) -> bool:
    return not any(map(str.isspace, cell.strip())) and not cell.startswith("['")


FORMAT = Format(
    name="gmb-csv",
    description="Kaggle's GMB corpus: Sentence #,Word,POS,Tag, a token a row; Sentence # may be missing",
    suffixes=(".csv", ".tsv"),
    sniff=_sniff,
    read=read,
    write=write,
    tagged=True,
    wordless=False,
    keys=("Sentence #", "Word", "POS", "Tag"),
    options=("scheme", "tag_column"),
)
