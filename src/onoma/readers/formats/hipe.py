"""HIPE 2020 and 2022: named columns between tabs, documents by comments, spacing and sentences in MISC.

Entities are those of ``NE-COARSE-LIT`` and, nested in them, of ``NE-NESTED``; ``NEL-LIT`` gives their links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from onoma.errors import DataError
from onoma.readers.columns.layers import SAMPLE_LINES, DocumentParts, LayeredSentence, LayerReader
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_TOKEN, _COARSE, _NESTED = "TOKEN", "NE-COARSE-LIT", "NE-NESTED"
_COMMENT = re.compile(r"#\s*(?:[\w-]+:)?([\w-]+)\s*=\s*(.*)")
_ITEM = re.compile(r"Q[0-9]+")
_NONE = ("_", "", "-")
_SENTENCE_ENDS = frozenset(("EndOfSentence", "EndOfParagraph", "PySBDSegment"))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where what stands: 0-based fields; None for columns that the file does not have."""

    names: tuple[str, ...]
    word: int
    tags: tuple[int, ...]
    link: int | None
    misc: int | None


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; only the first 50,000 lines are held, to tell the scheme from them.

    Raises:
        DataError: a header without the columns that are needed, a fault of the file, or under
            ``on_error="strict"`` of any row.
    """
    head = source.head(SAMPLE_LINES)
    columns = _find_columns(head, options, source.name)
    if columns is None:
        log.note("empty-file", source.name, None, "the file is empty, without even a header")
        return
    sample = [
        tags for sentence in _read_sentences(head, columns, source.name) for tags in sentence.layers if tags
    ]
    del head
    fields = [(columns.word, tag) for tag in columns.tags]
    layers = LayerReader(sample, fields, source.name, options, log)
    del sample
    parts, number, name, named = DocumentParts(), 0, "", False
    for sentence in _read_sentences(source.lines(), columns, source.name):
        if sentence.opens is not None or (sentence.after_blank and not named):
            if not parts.is_empty:
                yield parts.build(name, log)
            number += 1
            named = named or sentence.opens is not None
            name = sentence.opens or f"{source.stem}:{number}"
        found = layers.read(sentence)
        if found is not None:
            parts.add(sentence, found)
    if not parts.is_empty:
        yield parts.build(name, log)


class _Sentence(LayeredSentence):
    """A sentence that may open a document.

    ``opens`` is the id of the document, None where it opens none; ``after_blank`` says whether it follows a
    blank line, or the header; ``ended`` whether its last word is marked as the end of a sentence.
    """

    __slots__ = ("after_blank", "ended", "opens")

    def __init__(self, layers: int, opens: str | None = None, *, after_blank: bool = False) -> None:
        super().__init__(tuple([] for _ in range(layers)))
        self.opens = opens
        self.after_blank = after_blank
        self.ended = False

    @property
    def unread_id(self) -> str | None:
        """The id of a document of which nothing was read yet."""
        return self.opens if self.is_empty else None

    def ends_before(self, fields: Sequence[str], columns: _Columns) -> bool:
        """Whether it ends before a row: not where an entity goes on."""
        if not self.ended or len(fields) != len(columns.names):
            return self.ended
        tags = zip(self.layers, (fields[at] for at in columns.tags), strict=True)
        return not any(layer[-1] != "O" and tag[:2] in ("I-", "E-", "L-") for layer, tag in tags)

    def read_row(self, number: int, fields: Sequence[str], columns: _Columns) -> None:
        """Take up a word."""
        flags = [] if columns.misc is None else fields[columns.misc].split("|")
        tags = ["O" if fields[at] in _NONE else fields[at] for at in columns.tags]
        self.add(number, fields[columns.word], tags)
        self.spaces.append(_space(flags))
        self.links.append("" if columns.link is None else _target(fields[columns.link]))
        self.ended = not _SENTENCE_ENDS.isdisjoint(flags)


def _find_columns(head: Iterable[str], options: ReadOptions, path: str) -> _Columns | None:
    rows = (
        (number, line) for number, line in enumerate(head, 1) if line.strip() and _COMMENT.match(line) is None
    )
    number, line = next(rows, (0, ""))
    if not line:
        return None
    names = tuple(line.rstrip("\t ").split("\t"))
    upper = [name.strip().upper() for name in names]
    asked = None if options.tag_column is None else options.tag_column - 1
    word = 0 if options.word_column is None else options.word_column - 1
    if _TOKEN in upper and options.word_column is None:
        word = upper.index(_TOKEN)
    tags = [upper.index(name) for name in (_COARSE, _NESTED) if name in upper] if asked is None else [asked]
    if (_TOKEN not in upper) or not tags or max(*tags, word) >= len(names):
        raise DataError(
            f"the first row must name the columns, {_TOKEN} and {_COARSE} among them "
            "(or give --tag-column within it)",
            code="header",
            path=path,
            line=number,
            column=1,
            text=line,
        )
    kind = upper[tags[0]].rpartition("-")[2]
    link = f"NEL-{kind}" if kind in ("LIT", "METO") else ""
    return _Columns(
        names,
        word,
        tuple(tags),
        upper.index(link) if link in upper else None,
        upper.index("MISC") if "MISC" in upper else None,
    )


def _read_sentences(lines: Iterable[str], columns: _Columns, path: str) -> Iterator[_Sentence]:
    """Yield the sentences; MISC says where one ends (not within an entity), or a comment or blank line."""
    width, count = len(columns.names), len(columns.tags)
    header = True
    sentence = _Sentence(count, after_blank=True)
    for number, line in enumerate(lines, 1):
        blank = not line or line.isspace()
        comment = _COMMENT.match(line) if line.count("\t") < width - 1 else None
        if blank or (comment is not None and comment[1] == "document_id"):
            if not sentence.is_empty:
                yield sentence
            opens = comment[2].strip() if comment is not None else sentence.unread_id
            sentence = _Sentence(count, opens, after_blank=blank)
        elif header and comment is None:
            header = False
        elif comment is None:
            fields = line.split("\t")
            if sentence.ends_before(fields, columns):
                yield sentence
                sentence = _Sentence(count)
            if len(fields) == width:
                sentence.read_row(number, fields, columns)
            else:
                sentence.fault = sentence.fault or _wrong_width(path, number, line, len(fields), width)
    if not sentence.is_empty:
        yield sentence


def _space(flags: Sequence[str]) -> str:
    if "EndOfParagraph" in flags:
        return "\n\n"
    joined = "NoSpaceAfter" in flags
    if "EndOfLine" in flags or (joined and "EndOfSentence" in flags):  # NewsEye lost its line ends so
        return "\n"
    return "" if joined else " "


def _target(link: str) -> str:
    """Return what an entity is: an item of Wikidata with its origin, ``NIL`` as it is, or nothing."""
    if link in _NONE or link == "O":
        return ""
    return f"Wikidata:{link}" if _ITEM.fullmatch(link) else link


def _wrong_width(path: str, number: int, line: str, found: int, width: int) -> DataError:
    return DataError(
        f"{found} column{'s' * (found != 1)} where the header names {width}; mend the row",
        code="column-count",
        path=path,
        line=number,
        column=min(found, width) + 1,
        text=line,
    )


def _sniff(sample: Sample) -> Evidence:
    header = next((line for line in sample.filled if _COMMENT.match(line) is None), "")
    names = [name.strip().upper() for name in header.split("\t")]
    if names[0] != _TOKEN or not any(name.startswith("NE-") for name in names):
        return NONE
    return Evidence(CERTAIN, "a header of HIPE")


FORMAT = Format(
    name="hipe",
    description="HIPE 2020/2022: named columns, coarse and nested entities, links to Wikidata",
    suffixes=(".tsv",),
    sniff=_sniff,
    read=read,
    tagged=True,
    keys=(_TOKEN, _COARSE, _NESTED, "NEL-LIT", "MISC"),
    options=("scheme", "tag_column", "word_column"),
)
