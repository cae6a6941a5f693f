"""Text and entities under other names than any known tool's: scripts, papers' data, APIs' answers.

``{"sentence": "...", "mentions": [{"begin": 0, "stop": 3, "type": "PER", "surface": "Ann"}]}`` and the like:
a text and a list of what has a start, an end (or a length) and a label, or of ``[start, end, label]``.
Offsets count as everywhere, from 0, the end not included; where the surfaces say that ends are included, or
that counting begins at 1, that is taken from them, for the whole file, and noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from onoma.errors import DataError
from onoma.readers.evidence import NONE, STRONG, Evidence, weigh
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import list_field
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.json.shifts import SHIFTS, Place, find_shift
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_TEXTS = ("text", "sentence", "content", "document", "raw", "raw_text", "body", "input", "sent", "context",
          "message", "utterance")  # fmt: skip
_LISTS = (
    "entities",
    "spans",
    "ents",
    "mentions",
    "annotations",
    "named_entities",
    "entity_mentions",
    "labels",
    "label",
    "ner",
    "ne",
    "tags",
    "entity",
    "predictions",
    "results",
    "output",
    "annotation",
    "gold",
    "entity_list",
    "ner_spans",
)
_STARTS = (
    "start",
    "begin",
    "start_offset",
    "startoffset",
    "beginoffset",
    "begin_offset",
    "start_char",
    "char_start",
    "start_idx",
    "startidx",
    "start_pos",
    "startpos",
    "start_position",
    "start_index",
    "from",
    "offset",
    "beg",
    "b",
)
_ENDS = (
    "end",
    "stop",
    "end_offset",
    "endoffset",
    "end_char",
    "char_end",
    "end_idx",
    "endidx",
    "end_pos",
    "endpos",
    "end_position",
    "end_index",
    "to",
    "finish",
    "e",
)
_LENGTHS = ("length", "len")
_PAIRS = ("span", "offsets", "position", "pos", "range", "indices", "char_span")
_LABELS = (
    "label",
    "type",
    "entity_type",
    "entitytype",
    "ent_type",
    "entity_group",
    "tag",
    "category",
    "class",
    "entity",
    "ner",
    "kind",
    "label_name",
    "label_",
    "ner_label",
    "name",
)
_SURFACES = ("text", "surface", "mention", "word", "value", "name", "entity", "string", "phrase", "span_text")
_AHEAD = 200


class _Found(NamedTuple):
    """An entity as the file has it, or what is wrong with it."""

    start: int
    end: int
    label: Any
    surface: str | None
    score: Any = None
    id: Any = None
    by_name: bool = False  # the label is but called name


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; the first 200 tell how offsets are meant.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any record.
    """
    records = read_json(source, options, log)
    ahead = list(islice(records, _AHEAD))
    shift = _find_shift([record for _, record in ahead], options)
    if SHIFTS[shift]:
        log.note("offsets-shifted", source.name, None, f"{SHIFTS[shift]}: the entities' texts say so")

    def translate(record: JsonObject, aside: Aside) -> JsonObject:
        return _translate(record, aside, options, shift)

    yield from read_records(chain(ahead, records), source, options, log, translate)


def _translate(record: JsonObject, aside: Aside, options: ReadOptions, shift: tuple[int, int]) -> JsonObject:
    text_key, list_key = _text_key(record, options), _list_key(record)
    if text_key is None:
        what = "no text in it: name its key with --text-column"
        raise DataError(what, code="no-text", text=as_json(record))
    aside.unknown |= record.keys() - {text_key, list_key, "id"}
    listed = [] if list_key is None else list_field(record, list_key)
    entities = [_item(one, shift, record[text_key]) for one in listed]
    return {"id": record.get("id"), "text": record[text_key], "entities": entities}


def _item(one: Any, shift: tuple[int, int], text: str) -> Item | DataError:
    found = _entity(one)
    if found is None:
        what = "an entity must have a start, an end (or a length) and a label"
        return DataError(what, code="missing-key", text=as_json(one))
    values = {"start": found.start + shift[0], "end": found.end + shift[1], "label": found.label}
    if found.by_name and found.label == text[max(0, values["start"]) : values["end"]]:
        what = "an entity must have a label; its 'name' is its own text"
        return DataError(what, code="missing-key", text=as_json(one))
    more = {"text": found.surface, "score": found.score, "id": found.id}
    return Item(values | {key: value for key, value in more.items() if value is not None})


def _text_key(record: JsonObject, options: ReadOptions) -> str | None:
    names = _TEXTS if options.text_column is None else (options.text_column,)
    return next((name for name in names if isinstance(record.get(name), str)), None)


def _list_key(record: JsonObject) -> str | None:
    """Return the key whose list holds entities; else one that is called so and is empty."""
    filled = [
        name for name in _LISTS if isinstance(record.get(name), list) and any(map(_entity, record[name]))
    ]
    empty = [name for name in _LISTS if record.get(name) == []]
    called = [name for name in _LISTS[:7] if isinstance(record.get(name), list)]
    return next(iter((*filled, *empty, *called)), None)


def _entity(one: Any) -> _Found | None:
    """Return what can be read as an entity of any spelling; None where it is none."""
    if isinstance(one, list) and len(one) == 3:
        numbers = [value for value in one if type(value) is int]
        texts = [value for value in one if isinstance(value, str)]
        return (
            _Found(numbers[0], numbers[1], label=texts[0], surface=None)
            if len(numbers) == 2 and texts
            else None
        )
    if not isinstance(one, dict):
        return None
    fields = {str(key).casefold(): value for key, value in one.items()}
    start, end = _first(fields, _STARTS, int), _first(fields, _ENDS, int)
    if start is not None and end is None and (length := _first(fields, _LENGTHS, int)) is not None:
        end = start + length
    if start is None or end is None:
        pair: list[Any] = next((fields[name] for name in _PAIRS if isinstance(fields.get(name), list)), [])
        if len(pair) != 2 or not all(type(value) is int for value in pair):
            return None
        start, end = pair
    label_key = next((name for name in _LABELS if isinstance(fields.get(name), str) and fields[name]), None)
    best = fields.get("labels") if label_key in (None, "name") else None
    if isinstance(best, list) and best:  # Flair: its best label
        first = best[0]
        label_key = "labels"
        fields["labels"] = first.get("value") if isinstance(first, dict) else first
        if not isinstance(fields["labels"], str):
            return None
    if label_key is None:
        return None
    surfaces = [fields[name] for name in _SURFACES if name != label_key and isinstance(fields.get(name), str)]
    score = fields.get("score", fields.get("confidence"))
    surface = surfaces[0] if surfaces else None
    return _Found(
        start,
        end,
        label=fields[label_key],
        surface=surface,
        score=score,
        id=fields.get("id"),
        by_name=label_key == "name",
    )


def _first(fields: dict[str, Any], names: tuple[str, ...], kind: type) -> Any:
    return next((fields[name] for name in names if type(fields.get(name)) is kind), None)


def _find_shift(records: list[JsonObject], options: ReadOptions) -> tuple[int, int]:
    places = []
    for record in records:
        text_key, list_key = _text_key(record, options), _list_key(record)
        if text_key is None or list_key is None:
            continue
        for found in filter(None, map(_entity, record[list_key])):
            if found.surface:
                places.append(Place(record[text_key], found.start, found.end, found.surface))
    return find_shift(places)


def _sniff(sample: Sample) -> Evidence:
    if sample.json.layout == "none":
        return NONE
    return weigh(sample.json.values, _judge, "a text, and a list of starts, ends and labels")


def _judge(record: Any) -> float:
    if not isinstance(record, dict):
        return 0.0
    text_key, list_key = _text_key(record, ReadOptions()), _list_key(record)
    if text_key is None or list_key is None:
        return 0.0
    listed = record[list_key]
    fitting = sum(_entity(one) is not None for one in listed)
    # Less than any tool's own format says of its own files: this one explains whatever they leave.
    return (STRONG - 0.1) * fitting / len(listed) if listed else 0.1


FORMAT = Format(
    name="other-json",
    description="JSON with a text and entities under any usual names: begin, stop, type, mention, ...",
    suffixes=(".json", ".jsonl"),
    sniff=_sniff,
    read=read,
    keys=("text", "entities", "start", "end", "label"),
    options=("text_column", *OFFSETS),
)
