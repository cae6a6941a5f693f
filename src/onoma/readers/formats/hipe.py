"""HIPE 2020 and 2022: named columns between tabs, documents by comments, spacing and sentences in MISC.

Entities are those of ``NE-COARSE-LIT`` and, nested in them, of ``NE-NESTED``; ``NEL-LIT`` gives their links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, NONE, SPECIFIC, Evidence
from onoma.readers.layers import SAMPLE_LINES, DocumentParts, LayeredSentence, LayerReader
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
    blank line, or the header.
    """

    __slots__ = ("after_blank", "opens")

    def __init__(self, layers: int, opens: str | None = None, *, after_blank: bool = False) -> None:
        super().__init__(tuple([] for _ in range(layers)))
        self.opens = opens
        self.after_blank = after_blank


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
    """Yield the sentences; MISC says where one ends (but not within an entity), or a blank line."""
    width, count = len(columns.names), len(columns.tags)
    header = True
    ends = False
    sentence = _Sentence(count, after_blank=True)
    for number, line in enumerate(lines, 1):
        comment = _COMMENT.match(line) if line.startswith("#") else None
        blank = not line.strip()
        if comment is not None and line.count("\t") < width - 1:
            if comment[1] != "document_id":
                continue
            if not sentence.is_empty:
                yield sentence
            sentence, ends = _Sentence(count, comment[2].strip()), False
            continue
        if blank:
            if not sentence.is_empty:
                yield sentence
                sentence = _Sentence(count, after_blank=True)
            ends = False
            continue
        if header:
            header = False
            continue
        fields = line.split("\t")
        if len(fields) != width:
            sentence.fault = sentence.fault or _wrong_width(path, number, line, len(fields), width)
            continue
        tags = ["O" if fields[at] in _NONE else fields[at] for at in columns.tags]
        if ends and not any(tag[:2] in ("I-", "E-", "L-") for tag in tags):
            yield sentence
            sentence = _Sentence(count)
        flags = [] if columns.misc is None else fields[columns.misc].split("|")
        sentence.add(number, fields[columns.word], tags)
        sentence.spaces.append(_space(flags))
        sentence.links.append("" if columns.link is None else _target(fields[columns.link]))
        ends = not _SENTENCE_ENDS.isdisjoint(flags)
    if not sentence.is_empty:
        yield sentence


def _space(flags: list[str]) -> str:
    if "EndOfParagraph" in flags:
        return "\n\n"
    if "EndOfLine" in flags:
        return "\n"
    return "" if "NoSpaceAfter" in flags else " "


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
    return Evidence(SPECIFIC if _COARSE in names else CERTAIN, "a header of HIPE")


FORMAT = Format(
    name="hipe",
    description="HIPE 2020/2022: named columns, coarse and nested entities, links to Wikidata",
    suffixes=(".tsv",),
    sniff=_sniff,
    read=read,
    tagged=True,
    keys=(_TOKEN, _COARSE, _NESTED, "NEL-LIT", "MISC"),
)
