"""Kaggle's "ner-data" layout: ``text,labels``, a sentence a row, its words and tags joined by spaces.

The columns are found by name, in any order, between commas, semicolons or tabs; others are passed over. Words
lie between ASCII spaces, tabs or line breaks; a no-break space is data. Cells may also be lists as Python,
numpy or JSON write them (``['Ann', 'left']``), as pandas saves columns of lists; tags may also stand between
commas (``B-PER,O``). A sentence is a document.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.columns.choosing import is_tag
from onoma.readers.columns.flat import tag_sentences
from onoma.readers.columns.tag_records import as_numbers, missing_names, name_tags
from onoma.readers.columns.tagged import TaggedSentence, TagReader, read_one_sentence_documents
from onoma.readers.evidence import FAINT, NONE, SHARED, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.tables.csv_rows import Row, find_columns, read_rows, require_columns
from onoma.readers.tables.list_cells import read_list
from onoma.tags import get_scheme
from onoma.text import Document, Ledger

_HEADER = ("text", "labels")
_ROLES = {
    "text": ("text", "sentence", "sentences", "words", "tokens"),
    "labels": ("labels", "label", "tags", "tag", "ner", "ner tag", "ner tags",
               "word labels", "tag list", "ner labels"),
}  # fmt: skip
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
        DataError: a fault of the file or its header, tags that are numbers without names, or under
            ``on_error="strict"`` a fault of any row.
    """
    head = source.head(_SAMPLE_LINES)
    table = source.sample().table
    delimiter = "," if table is None else table.delimiter
    sample_rows = read_rows(head, source.name, delimiter=delimiter)
    header = next(sample_rows, None)
    if header is None:
        log.note("empty-file", source.name, None, "the file is empty, without even a header")
        return
    columns = require_columns(header, _ROLES, source.name, options.tag_column)
    rows = _Rows(columns["text"], columns["labels"], source.name, options, log)
    sample = rows.sample_tags(sample_rows)
    tags = TagReader(sample, (columns["text"], columns["labels"]), source.name, options, log)
    del head, sample_rows, sample
    rest = read_rows(source.lines(), source.name, delimiter=delimiter)
    next(rest)
    yield from read_one_sentence_documents(map(rows.read, rest), tags, source, log)


class _Rows:
    """Reads rows as sentences; cells are words between spaces, or lists."""

    def __init__(self, text_at: int, tags_at: int, path: str, options: ReadOptions, log: ReadLog) -> None:
        self._text_at, self._tags_at = text_at, tags_at
        self._path = path
        self._options = options
        self._log = log

    def sample_tags(self, rows: Iterable[Row]) -> list[list[str]]:
        """Return the tags of the rows that can be read.

        Raises:
            DataError: they are numbers, and have no names.
        """
        found = []
        for row in rows:
            if row.fault is not None:
                continue
            try:
                tags = self._tags(row.fields[self._tags_at])
            except DataError as error:
                if error.code == "label-names" and not self._options.label_names and self._options.gold:
                    highest = max(as_numbers(_split(row.fields[self._tags_at]) or ()))
                    raise missing_names(self._path, row.line, highest) from None
                continue
            found.append(tags)
        return found

    def read(self, row: Row) -> TaggedSentence:
        """Return the sentence of a row, with its fault if it has one."""
        line, fields, fault = row
        if fault is not None:
            return TaggedSentence((), [], [], fault)
        cell = fields[self._text_at]
        words: list[str] = []
        tags: list[str] = []
        try:
            as_list = fields[self._tags_at].lstrip().startswith("[")
            words = _words(cell, as_list=as_list)
            tags = self._tags(fields[self._tags_at]) if self._options.gold else ["O"] * len(words)
        except DataError as error:
            return TaggedSentence((), words, tags, self._at(error, line))
        if len(words) != len(tags) or not words:
            fault = _mismatch(self._path, line, self._text_at, cell, len(words), len(tags))
            if self._options.on_error == "repair" and len(tags) == len(mended := cell.split()) > 0:
                self._log.note_error(fault)
                words, fault = mended, None
        return TaggedSentence([line] * len(words), words, tags, fault)

    def _tags(self, cell: str) -> list[str]:
        listed = _split(cell)
        named = bool(self._options.label_names) or cell.lstrip().startswith("[")
        return name_tags(listed, self._options.label_names) if named else [str(tag) for tag in listed]

    def _at(self, error: DataError, line: int) -> DataError:
        return DataError(error.message, code=error.code, path=self._path, line=line, text=error.text)


def _split(cell: str) -> list[Any]:
    """Return what a cell lists, in any way: as a list, or between spaces or commas.

    Raises:
        DataError: without path and line: a list that cannot be read.
    """
    if cell.lstrip().startswith("["):
        return read_list(cell)
    if "," in cell:
        pieces = [piece.strip(_SEPARATORS) for piece in cell.split(",")]
        if all(_is_one_tag(piece) for piece in pieces):
            return pieces
    return list(_WORD.findall(cell))


def _is_one_tag(piece: str) -> bool:
    return _BREAKING.isdisjoint(piece) and (is_tag(piece) or piece.isdecimal())


def _words(cell: str, *, as_list: bool) -> list[str]:
    """Return the words of a cell, a list only where the tags are one: a text may begin with ``[``."""
    if not (as_list and cell.lstrip().startswith("[")):
        return _WORD.findall(cell)
    words = read_list(cell)
    if not all(isinstance(word, str) for word in words):
        raise DataError("the words must all be strings", code="wrong-type", text=cell)
    return words


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
    if table is None:
        return NONE
    columns = find_columns(table.header, {**_ROLES, "token rows": _OF_TOKEN_ROWS})
    if columns.pop("token rows") or not all(len(found) == 1 for found in columns.values()):
        return NONE
    if not table.rows:
        return Evidence(FAINT, "columns of text and of tags")
    text, tags = columns["text"][0], columns["labels"][0]
    counts = [_counts(row[text], row[tags]) for row in table.rows]
    alike = sum(words == labels for words, labels in counts) / len(counts)
    if alike and all(words <= 1 for words, _ in counts):
        alike *= SHARED  # a word a row is the other layout
    return Evidence(alike, "as many tags as words a row") if alike else NONE


def _counts(text: str, tags: str) -> tuple[int, int]:
    try:
        return len(_words(text, as_list=tags.lstrip().startswith("["))), len(_split(tags))
    except DataError:
        return 0, -1


FORMAT = Format(
    name="text-tags-csv",
    description="Kaggle's ner-data layout: text,labels, a sentence a row, words and tags, in spaces or lists",
    suffixes=(".csv", ".tsv"),
    sniff=_sniff,
    read=read,
    write=write,
    tagged=True,
    wordless=False,
    keys=("text", "labels"),
    options=("scheme", "tag_column", "label_names"),
)
