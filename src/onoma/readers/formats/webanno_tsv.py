"""WebAnno TSV 3, as WebAnno and INCEpTION write it: a file a document, entities in the layer NamedEntity.

The text is put together of the sentences' texts at the offsets of their tokens, which WebAnno counts in
UTF-16 units. Tokens and sentences are those of the file. Identifiers of entities become links.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import NamedTuple

from onoma.errors import DataError
from onoma.readers.documents.annotation_layers import Choice, choose_layer
from onoma.readers.documents.passages import PassageText, length_in
from onoma.readers.documents.webanno import (
    HEADER,
    Columns,
    Parsed,
    Row,
    Sentence,
    parse_webanno,
    read_values,
    unescape,
)
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json.entities import Item
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.offsets import codepoint_offsets
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_UNITS = ("utf16", "codepoint", "utf8")
_IDENTIFIER = "identifier"


class _Reading(NamedTuple):
    """One way to read the texts: what offsets count, and whether backslashes are escapes."""

    unit: str
    escaped: bool

    def plain(self, text: str) -> str:
        return unescape(text) if self.escaped else text


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Read the document of a file.

    Raises:
        DataError: under ``on_error="strict"``, any fault.
    """
    lines = list(enumerate(source.lines(), 1))
    record = (1, {"id": source.stem, "lines": lines})
    return read_records([record] if lines else [], source, options, log, partial(_translate, options))


def _translate(options: ReadOptions, record: JsonObject, aside: Aside) -> JsonObject:
    parsed = parse_webanno(record["lines"])
    if not parsed.sentences:
        raise DataError("no sentence: no line begins with #Text=", code="webanno-syntax", line=1)
    text, reading = _read_text(parsed, options)
    if reading.unit != (options.offset_unit or _UNITS[0]):
        aside.note("offset-unit", f"offsets are in {reading.unit}: that is where the tokens are")
    tokens: list[list[int]] = []
    sentences: list[list[int]] = []
    for sentence in parsed.sentences:
        first = len(tokens)
        tokens += [[row.start, row.end] for row in _tokens(sentence) if reading.plain(row.surface).strip()]
        if len(tokens) > first:
            sentences.append([first, len(tokens)])
    entities: list[Item | DataError] = [*parsed.faults]
    links: list[Item] = []
    if options.gold:
        columns = _choose_columns(parsed, options)
        if columns is not None:
            entities += _entities(parsed, *columns, links, aside)
    found = {"text": text, "tokens": tokens, "sentences": sentences or None, "unit": reading.unit}
    return {"id": record["id"], **found, "entities": entities, "links": links}


def _tokens(sentence: Sentence) -> list[Row]:
    return [row for row in sentence.rows if not row.is_part]


def _read_text(parsed: Parsed, options: ReadOptions) -> tuple[str, _Reading]:
    """Return the text in which every token stands where it should, and how it is read."""
    first: DataError | None = None
    units = (options.offset_unit,) if options.offset_unit else _UNITS
    for escaped, unit in product((True, False), units):  # other tools write backslashes as they are
        reading = _Reading(unit, escaped)
        try:
            text = _place_sentences(parsed, reading)
            _check_tokens(text, parsed, reading)
        except DataError as error:
            first = first or error
        else:
            return text, reading
    assert first is not None
    raise first


def _place_sentences(parsed: Parsed, reading: _Reading) -> str:
    placed = PassageText(reading.unit)
    for sentence in parsed.sentences:
        text, rows = reading.plain("\n".join(sentence.texts)), _tokens(sentence)
        offset = placed.length + (1 if placed.length else 0)
        if rows:
            before = text[: max(0, text.find(reading.plain(rows[0].surface)))]
            offset = rows[0].start - length_in(before, reading.unit)
        elif not text:
            continue
        try:
            shift = placed.add(offset, text)
        except DataError as error:
            raise DataError(error.message, code=error.code, line=sentence.line, text=error.text) from None
        if shift:
            what = f"the sentence at offset {offset} begins inside the one before it"
            raise DataError(what, code="offset-order", line=sentence.line, text=text[:40])
    return placed.text


def _check_tokens(text: str, parsed: Parsed, reading: _Reading) -> None:
    table = codepoint_offsets(text, reading.unit)
    for sentence in parsed.sentences:
        for row in sentence.rows:
            start, end = (
                (row.start, row.end) if table is None else (table.get(row.start, -1), table.get(row.end, -1))
            )
            if not 0 <= start <= end <= len(text) or text[start:end] != reading.plain(row.surface):
                what = (
                    f"the token is not the text at {row.start}-{row.end}, which is '{text[start:end][:30]}'"
                )
                raise DataError(what, code="surface-mismatch", line=row.line, text=row.surface)


def _choose_columns(parsed: Parsed, options: ReadOptions) -> tuple[int, int | None] | None:
    """Return the indices in a row's values of the label and of the identifier, if there is one."""
    if options.tag_column is not None:
        chosen = next((one for one in parsed.columns if _holds(one, options.tag_column)), None)
        if chosen is None:
            listed = "; ".join(_named(one) for one in parsed.columns) or "none"
            what = f"column {options.tag_column} is none of a layer of spans; there are: {listed}"
            raise DataError(what, code="no-column", line=1)
        label = options.tag_column
    else:
        choice = choose_layer([one.layer for one in parsed.columns], _hint(parsed))
        if choice is None:
            return None
        chosen = next(one for one in parsed.columns if one.layer is choice.layer)
        label = _number(chosen, choice)
    features = chosen.layer.features
    identifier = chosen.first + features.index(_IDENTIFIER) if _IDENTIFIER in features else None
    if identifier == label:
        identifier = None
    return label - 4, None if identifier is None else identifier - 4


def _number(columns: Columns, choice: Choice) -> int:
    return columns.first + columns.layer.features.index(choice.feature)


def _holds(columns: Columns, number: int) -> bool:
    return columns.first <= number < columns.first + max(1, len(columns.layer.features))


def _named(columns: Columns) -> str:
    features = ", ".join(f"{columns.first + at} {name}" for at, name in enumerate(columns.layer.features))
    return f"{columns.layer.name}: {features or columns.first}"


def _hint(parsed: Parsed) -> str:
    return f"; name a column with --tag-column: {'; '.join(map(_named, parsed.columns))}"


def _entities(
    parsed: Parsed, label: int, identifier: int | None, links: list[Item], aside: Aside
) -> Iterator[Item | DataError]:
    """Yield each entity once, where its first row is."""
    numbered: dict[int, Item] = {}
    found: list[Item] = []
    for row in (row for sentence in parsed.sentences for row in sentence.rows):
        targets = list(read_values(row.values[identifier])) if identifier is not None else []
        for at, (value, number) in enumerate(read_values(row.values[label])):
            if number is not None and number in numbered:
                known = numbered[number]
                known |= {"start": min(known["start"], row.start), "end": max(known["end"], row.end)}
                if known["label"] != value:
                    what = f"annotation {number} has the values {known['label']} and {value}"
                    yield DataError(what, code="webanno-syntax", line=row.line)
                continue
            item = Item({"start": row.start, "end": row.end, "label": value}, row.line)
            if number is not None:
                numbered[number] = item
            target = targets[at].value if at < len(targets) else None
            if target:
                item["id"] = f"T{len(found) + 1}"
                links.append(Item({"entity": item["id"], "target": target}, row.line))
            found.append(item)
    for item in found:
        if item["start"] == item["end"]:  # INCEpTION lets people annotate a place between two characters
            aside.drop("empty-span")
            aside.note("empty-span", "an annotation of no width is left out", item.line)
        elif item["label"] is None:
            aside.drop("no-label")
            aside.note("no-label", "an annotation without a value is left out", item.line)
        else:
            yield item


def _sniff(sample: Sample) -> Evidence:
    first = sample.filled[0] if sample.filled else ""
    return Evidence(CERTAIN, "the header of WebAnno TSV 3") if first.startswith(HEADER) else NONE


FORMAT = Format(
    name="webanno-tsv",
    description="WebAnno TSV 3 of WebAnno and INCEpTION: the layer NamedEntity; a file a document",
    suffixes=(".tsv",),
    sniff=_sniff,
    read=read,
    options=("tag_column", *OFFSETS),
)
