"""CLUENER's JSON lines: ``{"text", "label": {"name": {"叶老桂": [[9, 11]]}}}``; the end is inclusive.

Where all mentions say that ends are not included, that is taken from them, for the whole file, and noted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, SHARED, Evidence, weigh
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import after, object_field
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Ledger

_KEYS = frozenset(("id", "text", "label"))
_AHEAD = 200


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; the first 200 tell whether ends are included.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """
    records = read_json(source, options, log)
    ahead = list(islice(records, _AHEAD))
    exclusive = _are_exclusive([record for _, record in ahead])
    if exclusive:
        log.note("offsets-shifted", source.name, None, "ends are not included: the mentions say so")
    yield from read_records(
        chain(ahead, records), source, options, log, partial(_translate, exclusive=exclusive)
    )


def _are_exclusive(records: Iterable[JsonObject]) -> bool:
    """Whether every mention stands where it is said to if the end is not included, as in Python's slices."""
    found = False
    for record in records:
        text, label = record.get("text"), record.get("label")
        if not isinstance(text, str) or not isinstance(label, dict):
            continue
        for mention, places in chain.from_iterable(
            mentions.items() for mentions in label.values() if isinstance(mentions, dict)
        ):
            for place in places if isinstance(places, list) else ():
                if not (isinstance(place, list) and [type(one) for one in place] == [int, int]):
                    continue
                found = place[0] >= 0 and text[place[0] : place[1]] == mention
                if not found:
                    return False
    return found


def _translate(record: JsonObject, aside: Aside, *, exclusive: bool) -> JsonObject:
    aside.unknown |= record.keys() - _KEYS
    entities: list[Item | DataError] = []
    for label, mentions in object_field(record, "label").items():
        if not isinstance(mentions, dict):
            what = f"'{label}' must be an object of mentions and their places"
            entities.append(DataError(what, code="wrong-type", text=as_json(mentions)))
            continue
        for mention, places in mentions.items():
            entities += _places(label, mention, places, exclusive=exclusive)
    return {"id": record.get("id"), "text": record.get("text"), "entities": entities}


def _places(label: str, mention: str, places: Any, *, exclusive: bool) -> Iterator[Item | DataError]:
    for place in places if isinstance(places, list) else [places]:
        if isinstance(place, list) and len(place) == 2:
            end = place[1] if exclusive else after(place[1])
            yield Item({"start": place[0], "end": end, "label": label, "text": mention})
        else:
            what = f"the places of '{mention}' must be pairs: [[first character, last character]]"
            yield DataError(what, code="wrong-type", text=as_json(place))


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write one object a line; memory stays flat. ``scheme`` means nothing here.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    for document in documents:
        labels: dict[str, dict[str, list[tuple[int, int]]]] = {}
        for span in document.entities:
            check_surface(span, document)
            mentions = labels.setdefault(span.label, {})
            mentions.setdefault(span.text, []).append((span.start, span.end - 1))
            log.keep_hull(len(span.fragments))
        record = {"id": document.id, "text": document.text, "label": labels}
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return log.ledger()


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "label as {type: {mention: [[first, last]]}}")


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return 0.0
    label = record.get("label")
    if not isinstance(label, dict) or not all(isinstance(one, dict) for one in label.values()):
        return 0.0
    return CERTAIN if label else SHARED


FORMAT = Format(
    name="cluener",
    description='CLUENER\'s {"text", "label": {"name": {"mention": [[first, last character]]}}} a line',
    suffixes=(".json", ".jsonl"),
    sniff=_sniff,
    read=read,
    write=write,
    keys=("text", "label"),
    options=OFFSETS,
)
