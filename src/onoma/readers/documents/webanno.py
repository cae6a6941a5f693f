r"""The lines of WebAnno TSV 3: layers in the header, sentences with their text, a row a token.

Appendix "WebAnno TSV 3.3 File format" of the INCEpTION user guide. ``1-1\t0-3\tAnn\t*[1]\tPER[1]\t`` is a
token; ``1-1.1`` is a part of one; ``_`` is no annotation, ``*`` one without a value; ``PER|ORG`` are
several; a number in brackets tells what belongs together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from onoma.errors import DataError
from onoma.readers.documents.annotation_layers import Layer

HEADER = "#FORMAT=WebAnno TSV 3"
FIXED_COLUMNS = 3
"""Columns before those of the layers: number, offsets, surface."""
_ROW = re.compile(r"[0-9]+-[0-9]+(\.[0-9]+)?\t([0-9]{1,12})-([0-9]{1,12})\t([^\t]*)(?:\t(.*))?", re.DOTALL)
_LAYER = re.compile(r"#T_(SP|CH|RL)=([^|]*)\|?(.*)")
_VALUE = re.compile(r"((?:\\.|[^|\\])*)(?:\||$)", re.DOTALL)
_NUMBERED = re.compile(r"((?:\\.|[^\\])*)\[([0-9]+)\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "b": "\b"}
_NO_ANNOTATION, _NO_VALUE = "_", "*"


class Columns(NamedTuple):
    """A layer of spans with the 1-based number of its first column in the file."""

    layer: Layer
    first: int


class Row(NamedTuple):
    """A token or a part of one; offsets as the file has them, the surface with its escapes."""

    line: int
    start: int
    end: int
    surface: str
    values: list[str]
    is_part: bool


class Value(NamedTuple):
    """One annotation at a row: its value, None for ``*``, and the number it shares with other rows."""

    value: str | None
    number: int | None


@dataclass(slots=True)
class Sentence:
    """A sentence: the lines of its text, with escapes, and its rows."""

    line: int
    texts: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Parsed:
    """A whole file.

    Args:
        columns: of the layers of spans, in the order of the file.
        width: columns of all layers together.
        sentences: in the order of the file.
        faults: rows that cannot be read.
    """

    columns: list[Columns] = field(default_factory=list)
    width: int = 0
    sentences: list[Sentence] = field(default_factory=list)
    faults: list[DataError] = field(default_factory=list)


def parse_webanno(lines: Iterable[tuple[int, str]]) -> Parsed:
    """Return what numbered lines say."""
    parsed = Parsed()
    sentence: Sentence | None = None
    for number, line in lines:
        if line.startswith("#Text="):
            if sentence is None or sentence.rows:
                sentence = Sentence(number)
                parsed.sentences.append(sentence)
            sentence.texts.append(line.removeprefix("#Text="))
        elif line.startswith("#T_") and not parsed.sentences:
            _read_layer(line, number, parsed)
        elif not line.strip():
            sentence = None
        elif not line.startswith("#"):
            row = _read_row(line, number, parsed.width)
            if isinstance(row, DataError):
                parsed.faults.append(row)
            elif sentence is None:
                what = "a token without a sentence: a line #Text= must come before it"
                parsed.faults.append(DataError(what, code="webanno-syntax", line=number, text=line))
            else:
                sentence.rows.append(row)
    return parsed


def _read_layer(line: str, number: int, parsed: Parsed) -> None:
    match = _LAYER.fullmatch(line)
    if match is None:
        what = "a layer must read: #T_SP=name|feature|feature (or #T_CH=, #T_RL=)"
        parsed.faults.append(DataError(what, code="webanno-syntax", line=number, text=line))
        return
    kind, name, listed = match.groups()
    features = tuple(feature for feature in listed.split("|") if feature)
    if kind == "SP":
        parsed.columns.append(Columns(Layer(name, features), FIXED_COLUMNS + parsed.width + 1))
    parsed.width += len(features) or 1  # a layer without features has a column, too


def _read_row(line: str, number: int, width: int) -> Row | DataError:
    match = _ROW.fullmatch(line)
    if match is None:
        what = "a row must read: 1-1, tab, start-end, tab, token, and the layers' columns"
        return DataError(what, code="webanno-syntax", line=number, text=line)
    part, start, end, surface, rest = match.groups()
    values = (rest or "").split("\t")
    if len(values) > width and not values[-1]:  # the tab that ends a row
        values.pop()
    values = [] if values == [""] else values
    if len(values) != width:
        what = f"{FIXED_COLUMNS + len(values)} columns where the layers make {FIXED_COLUMNS + width}"
        return DataError(what, code="column-count", line=number, text=line)
    return Row(number, int(start), int(end), surface, values, part is not None)


def read_values(column: str) -> Iterator[Value]:
    """Yield the annotations that a column holds at one row."""
    if column in ("", _NO_ANNOTATION):
        return
    for match in _VALUE.finditer(column):
        if match.start() == len(column) and match.start() > 0 and column[-1] != "|":
            return  # the empty match at the end
        value, number = match[1], None
        numbered = _NUMBERED.fullmatch(value)
        if numbered is not None:
            value, number = numbered[1], int(numbered[2])
        if value != _NO_ANNOTATION:
            yield Value(None if value == _NO_VALUE else unescape(value), number)


def unescape(text: str) -> str:
    """Return a text without its escapes."""
    return _ESCAPE.sub(lambda match: _CONTROLS.get(match[1], match[1]), text)
