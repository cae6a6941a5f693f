"""Kaggle's "Annotated Corpus for NER" (Groningen Meaning Bank): ``Sentence #,Word,POS,Tag``, a token a row.

The columns are found by name, in any order; others are passed over. A sentence begins at a row that names
one: ``Sentence #`` may stand on its first row only, or be repeated on each. Every sentence is a document.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import TextIO

from onoma.errors import DataError
from onoma.readers.csv_rows import Row, find_columns, read_rows, require_columns
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.flat import tag_sentences
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.tagged import TaggedSentence, TagReader, read_one_sentence_documents
from onoma.tags import get_scheme
from onoma.text import Document, Ledger

_HEADER = ("Sentence #", "Word", "POS", "Tag")
_ROLES = {
    "sentence": ("sentence #", "sentence", "sentence id", "sentence idx", "sentence number", "sent id"),
    "word": ("word", "words", "token", "tokens"),
    "tag": ("tag", "tags", "ner", "ner tag", "ner tags", "label", "labels"),
}
_BREAKING = frozenset("\n\r\0")
_SAMPLE_LINES = 50_000


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; only the first 50,000 lines are held, to tell the scheme from them.

    Raises:
        DataError: a fault of the file or its header, or under ``on_error="strict"`` of any row.
    """
    sample_rows = read_rows(source.head(_SAMPLE_LINES), source.name, short_fields=True)
    header = next(sample_rows, None)
    if header is None:
        log.note("empty-file", source.name, None, "the file is empty, without even a header")
        return
    columns = require_columns(header, _ROLES, source.name, options.tag_column)
    sample = [sentence.tags for sentence in _read_sentences(sample_rows, columns, source.name)]
    tags = TagReader(sample, (columns["word"], columns["tag"]), source.name, options, log)
    del sample_rows, sample
    rows = read_rows(source.lines(), source.name, short_fields=True)
    next(rows)
    yield from read_one_sentence_documents(_read_sentences(rows, columns, source.name), tags, source, log)


def _read_sentences(rows: Iterable[Row], columns: dict[str, int], path: str) -> Iterator[TaggedSentence]:
    """Group rows; a faulty row belongs to the sentence before it, because its own mark is not known."""
    mark_at, word_at, tag_at = columns["sentence"], columns["word"], columns["tag"]
    lines: list[int] = []
    words: list[str] = []
    tags: list[str] = []
    fault: DataError | None = None
    name = None  # of the current sentence
    unmarked = False  # whether the row before had no mark
    for line, fields, row_fault in rows:
        if row_fault is not None:
            fault = fault or row_fault
            continue
        mark = fields[mark_at]
        if mark and (unmarked or mark != name):
            if words or fault:
                yield TaggedSentence(lines, words, tags, fault)
                lines, words, tags, fault = [], [], [], None
            name = mark
        elif name is None:
            fault = fault or _no_mark(path, line, mark_at, fields)
            name = ""
        unmarked = not mark
        lines.append(line)
        words.append(fields[word_at])
        tags.append(fields[tag_at])
    if words or fault:
        yield TaggedSentence(lines, words, tags, fault)


def _no_mark(path: str, line: int, column: int, fields: Sequence[str]) -> DataError:
    return DataError(
        "the first row names no sentence: the beginning of the file is missing; delete the rows up to the "
        "first that names one",
        code="no-sentence",
        path=path,
        line=line,
        column=column + 1,
        text=",".join(fields),
    )


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
    header = next(read_rows(sample.lines, ""), None)
    fits = header is not None and all(find_columns(header.fields, _ROLES).values())
    return Evidence(CERTAIN, "columns for sentence, word and tag") if fits else NONE


FORMAT = Format(
    name="gmb-csv",
    description="Kaggle's GMB corpus: Sentence #,Word,POS,Tag, a token a row",
    suffixes=(".csv",),
    sniff=_sniff,
    read=read,
    write=write,
    tagged=True,
    keys=("Sentence #", "Word", "POS", "Tag"),
)
