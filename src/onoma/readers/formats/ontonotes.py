"""OntoNotes as in CoNLL-2011 and 2012 (``*_conll``): columns between runs of spaces, entities as brackets.

``#begin document (ID); part 000`` opens a document. The column of entities is the eleventh, or the first that
holds such brackets: ``(GPE*``, ``*)``, ``(PERSON)``, ``*``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from onoma.errors import DataError
from onoma.readers.columns.layers import SAMPLE_LINES, DocumentParts, LayeredSentence, LayerReader
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_BEGIN = re.compile(r"#begin document \(?(.*?)\)?;?(?:\s+part\s+([0-9]+))?\s*")
_END = "#end document"
_FIELD = re.compile(r"(?:\([^()*\s]+)*\*?\)*")
_PART = re.compile(r"\(([^()*\s]+)|\)")
_ROLE = re.compile(r"\((?:[CR]-)?(?:ARG|V[*)])")
_NUMBER, _WORD, _SPEAKER, _USUAL = 2, 3, 9, 10
_DEPTH = 8
"""Entities within entities that are read; the corpus itself has one layer."""
_LEAST = 7
_MOST = 0.9
_BIO = (("B-X", "I-X", "O"),)


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents, those of a file's parts apart; the first 50,000 lines tell the column of entities.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any row.
    """
    column = _find_column(source.head(SAMPLE_LINES), options) if options.gold else None
    if column is None and options.gold:
        log.note("no-entity-column", source.name, None, "no column holds brackets of entities: (GPE* *)")
    word = _WORD if options.word_column is None else options.word_column - 1
    bio = replace(options, scheme="BIO")
    fields = [(word, _USUAL if column is None else column)] * _DEPTH
    layers = LayerReader(_BIO, fields, source.name, bio, log)
    rows = _Rows(word, column, source.name, options, log)
    parts, number, name = DocumentParts(), 0, ""
    opened = False
    for item in rows.read(source.lines()):
        if isinstance(item, str) or not opened:
            if not parts.is_empty:
                yield parts.build(name, log)
            number, opened = number + 1, True
            name = item if isinstance(item, str) and item else f"{source.stem}:{number}"
        if isinstance(item, LayeredSentence):
            found = layers.read(item)
            if found is not None:
                parts.add(item, found)
    if not parts.is_empty:
        yield parts.build(name, log)
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no sentence")


class _Rows:
    """Lines to the names of documents and to sentences with one layer of tags for each depth of brackets."""

    def __init__(self, word: int, column: int | None, path: str, options: ReadOptions, log: ReadLog) -> None:
        self._word = word
        self._column = column
        self._least = max(_LEAST, word + 1, 0 if column is None else column + 1)
        self._path = path
        self._repair = options.on_error == "repair"
        self._log = log
        self._clear()

    def _clear(self) -> None:
        self._sentence = LayeredSentence(tuple([] for _ in range(_DEPTH)))
        self._open: list[tuple[str, int]] = []  # label and word of the brackets that are open

    def read(self, lines: Iterable[str]) -> Iterator[str | LayeredSentence]:
        """Yield the name of each document and the sentences in it."""
        for number, line in enumerate(lines, 1):
            begin = _BEGIN.fullmatch(line) if line.startswith("#begin") else None
            ends = line.startswith(_END)
            if begin is not None or ends or not line or line.isspace():
                yield from self._end()
                if begin is not None:
                    yield begin[1] + (f";{begin[2]}" if begin[2] else "")
                continue
            fields = line.split()
            if line.startswith("#") and len(fields) < self._least:
                continue
            if len(fields) < self._least:
                self._sentence.fault = self._sentence.fault or self._narrow(number, line, len(fields))
                continue
            self._add(number, fields)
        yield from self._end()

    def _add(self, number: int, fields: Sequence[str]) -> None:
        bracket = "*" if self._column is None else fields[self._column]
        tags = ["O"] * _DEPTH
        at = len(self._sentence.words)
        if _FIELD.fullmatch(bracket) is None and bracket not in ("-", "_"):
            self._fault("not brackets of entities: (GPE*, *), (PERSON), *", number, bracket)
            bracket = "*"
        for depth, (label, _) in enumerate(self._open):
            tags[depth] = f"I-{label}"
        for part in _PART.finditer(bracket):
            if part[1] is None:
                if self._open:
                    self._open.pop()
                else:
                    self._fault("a bracket is closed that was not opened", number, bracket)
            elif len(self._open) == _DEPTH:
                self._fault(f"more than {_DEPTH} brackets within one another", number, bracket)
            else:
                tags[len(self._open)] = f"B-{part[1]}"
                self._open.append((part[1], at))
        self._sentence.add(number, fields[self._word], tags)

    def _end(self) -> Iterator[LayeredSentence]:
        sentence, still_open = self._sentence, self._open
        if still_open and sentence.fault is None:
            label, at = still_open[-1]
            self._fault(
                f"the bracket of {label} is not closed in its sentence", sentence.lines[at], f"({label}"
            )
            if sentence.fault is None:
                self._drop_open()
        self._clear()
        if not sentence.is_empty:
            yield sentence

    def _drop_open(self) -> None:
        """Take out entities that do not end: nothing says where they would."""
        for depth, (_, at) in enumerate(self._open):
            tags = self._sentence.layers[depth]
            tags[at:] = ["O"] * (len(tags) - at)
            self._log.drop("unbalanced-bracket")

    def _fault(self, what: str, number: int, text: str) -> None:
        column = None if self._column is None else self._column + 1
        fault = DataError(
            f"{what}; mend it, or --on-error repair leaves that entity out",
            code="unbalanced-bracket",
            path=self._path,
            line=number,
            column=column,
            text=text,
        )
        if self._repair:
            self._log.note_error(fault)
        else:
            self._sentence.fault = self._sentence.fault or fault

    def _narrow(self, number: int, line: str, found: int) -> DataError:
        return DataError(
            f"{found} column{'s' * (found != 1)}, at least {self._least} are needed; mend the row",
            code="column-count",
            path=self._path,
            line=number,
            column=found + 1,
            text=line,
        )


def _find_column(head: Sequence[str], options: ReadOptions) -> int | None:
    """Return the 0-based column of entities: the eleventh, else the first from the seventh on that may be."""
    if options.tag_column is not None:
        return options.tag_column - 1
    rows = [line.split() for line in head if line.strip() and not line.startswith("#")]
    rows = [row for row in rows if len(row) >= _LEAST]
    width: int = min(map(len, rows), default=0)
    candidates: list[int] = [_USUAL, *range(_LEAST - 1, width)]
    for column in candidates:
        values: Counter[str] = Counter(row[column] for row in rows if column < width)
        opened = [value for value in values if value.startswith("(")]
        brackets = sum(count for value, count in values.items() if value and _FIELD.fullmatch(value))
        fits = brackets >= _MOST * len(rows) > 0
        if fits and opened and not any(_ROLE.match(value) or value[1:2].isdecimal() for value in opened):
            return column
    return None


def _sniff(sample: Sample) -> Evidence:
    first = sample.filled[0] if sample.filled else ""
    return Evidence(CERTAIN, "#begin document") if _BEGIN.fullmatch(first) else NONE


FORMAT = Format(
    name="ontonotes",
    description="OntoNotes as in CoNLL-2012 (*_conll): entities as brackets, (GPE* *)",
    suffixes=(".gold_conll", ".auto_conll", ".v4_gold_conll", ".v4_auto_conll", ".v9_gold_conll"),
    sniff=_sniff,
    read=read,
    tagged=True,
    options=("scheme", "tag_column", "word_column"),
)
