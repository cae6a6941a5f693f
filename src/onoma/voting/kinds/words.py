"""Source ``words``: lists and tables of words and phrases."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from onoma.decode.transitions import Floats
from onoma.errors import ConfigError, DataError, did_you_mean
from onoma.readers import Source
from onoma.readers.opening import strip_compression
from onoma.readers.tables.csv_rows import read_rows
from onoma.teachers.base import Teacher, mapped_labels
from onoma.teachers.digests import text_digest
from onoma.teachers.marginals import from_spans
from onoma.teachers.spans import TaughtSpan
from onoma.text import Document
from onoma.voting.phrases import Phrases, key_of_words
from onoma.voting.source import Context, SourceKind, SourceSettings

_LOG = logging.getLogger(__name__)
_TABLES = {".csv": ",", ".tsv": "\t"}


class Words(SourceSettings):
    """A table ``[[words]]``.

    Args:
        list: phrases.
        file: with a phrase a line, or a table with a header (``.csv``, ``.tsv``); may be packed.
        encoding: of the file.
        column: of the phrases in a table; the first when not given.
        label: of all phrases.
        label_column: of their labels in a table, instead of ``label``.
        ignore_case: whether ``oslo`` is ``Oslo``.
        lemma: whether words count as equal that differ in a Russian case ending or an English plural.
    """

    list: tuple[str, ...] = ()
    file: str = ""
    encoding: str = "utf-8"
    column: str = ""
    label: str = Field("", max_length=200)
    label_column: str = ""
    ignore_case: bool = False
    lemma: bool = False


class WordsTeacher(Teacher):
    """Names phrases by their label; one that stands in the list with several gives each an equal share."""

    def __init__(
        self, place: str, phrases: Sequence[tuple[str, str]], settings: Words, context: Context
    ) -> None:
        options = context.options(settings)
        self.place, self._confidence = place, settings.confidence
        self._digest = text_digest(*(text for pair in phrases for text in pair), context.tokenizer.id)
        kept = [(text, new) for text, label in phrases if (new := options.labels(label)) is not None]
        self.labels = mapped_labels(sorted({label for _, label in phrases}), options.labels)
        self.notes = Counter()
        key = key_of_words(ignore_case=settings.ignore_case, lemma=settings.lemma)
        cut = ((context.tokenizer.document_of(text, "").words, label) for text, label in kept)
        self._phrases = Phrases(cut, key)

    @property
    def digest(self) -> str:
        """That of phrases and labels, and of what cuts them."""
        return self._digest

    def teach(self, documents: Sequence[Document]) -> list[Floats]:
        """Return what the list says of each document. [T, 1 + 4L] each"""
        return [self._teach(document) for document in documents]

    def _teach(self, document: Document) -> Floats:
        first_labels: list[TaughtSpan] = []
        rows = from_spans((), document.num_tokens, self.labels)
        words = document.words
        for base, last in document.sentences:
            for first, end, labels in self._phrases.find(words[base:last]):
                share = self._confidence / len(labels)
                own = [(base + first, base + end, label, share) for label in labels]
                first_labels.append(own[0])
                for one in own[1:]:
                    rows[:, 1:] += from_spans([one], document.num_tokens, self.labels)[:, 1:]
        rows[:, 1:] += from_spans(first_labels, document.num_tokens, self.labels)[:, 1:]
        rows[:, 0] = (1 - rows[:, 1:].sum(axis=1)).clip(0, 1)
        return rows


def _open(settings: Words, context: Context) -> Teacher:
    if bool(settings.label) == bool(settings.label_column):
        raise ConfigError("label: give one for all words, or a label_column of the file")
    if not settings.list and not settings.file:
        raise ConfigError("list: give words here, or a file of them")
    path = context.path(settings.file)
    is_table = bool(settings.file) and strip_compression(path).suffix.lower() in _TABLES
    for key in ("column", "label_column"):
        if getattr(settings, key) and not is_table:
            raise ConfigError(f"{key}: only a table has columns (file = NAME.csv or NAME.tsv)")
    if settings.list and not settings.label:
        raise ConfigError("label: the words of the list need one")
    phrases = [(text, settings.label) for text in settings.list]
    if is_table:
        phrases += _read_table(path, settings)
    elif settings.file:
        phrases += [(line, settings.label) for line in Source(path, settings.encoding).lines()]
    phrases = [(text.strip(), label) for text, label in phrases if text.strip()]
    if not phrases:
        raise ConfigError(f"{path if settings.file else 'list'}: holds no word")
    return WordsTeacher(settings.file or settings.name, phrases, settings, context)


def _read_table(path: Path, settings: Words) -> Iterator[tuple[str, str]]:
    """Yield phrases with their labels; rows that lack either are counted and said."""
    delimiter = _TABLES[strip_compression(path).suffix.lower()]
    lines = Source(path, settings.encoding).lines()
    header_line = next(lines, "")
    if delimiter == "," and "," not in header_line and ";" in header_line:
        delimiter = ";"
    rows = read_rows(_with(header_line, lines), str(path), short_fields=True, delimiter=delimiter)
    header = next(rows, None)
    if header is None or header.fault is not None:
        raise DataError("holds no header", code="empty", path=path)
    names = [name.strip() for name in header.fields]
    text_column = _find(names, settings.column or names[0], "column", path)
    label_column = (
        _find(names, settings.label_column, "label_column", path) if settings.label_column else None
    )
    lacking = 0
    for row in rows:
        if row.fault is not None:
            raise row.fault
        label = settings.label if label_column is None else row.fields[label_column].strip()
        text = row.fields[text_column].strip()
        if label and text:
            yield text, label
        else:
            lacking += 1
    if lacking:
        _LOG.warning(f"{path}: {lacking:,} rows without a phrase or without a label are passed over")


def _find(names: Sequence[str], name: str, key: str, path: Path) -> int:
    if name not in names:
        raise ConfigError(f"{key}: {path} has no column '{name}'{did_you_mean(name, names)}")
    return names.index(name)


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


SOURCE = SourceKind("words", "lists and tables of words and phrases", Words, _open)
