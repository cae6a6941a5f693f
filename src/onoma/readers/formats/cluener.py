"""CLUENER's JSON lines: ``{"text", "label": {"name": {"叶老桂": [[9, 11]]}}}``; the end is inclusive."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
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
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Ledger

_KEYS = frozenset(("id", "text", "label"))


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """
    return read_records(read_json(source, options, log), source, options, log, _translate)


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    aside.unknown |= record.keys() - _KEYS
    entities: list[Item | DataError] = []
    for label, mentions in object_field(record, "label").items():
        if not isinstance(mentions, dict):
            what = f"'{label}' must be an object of mentions and their places"
            entities.append(DataError(what, code="wrong-type", text=as_json(mentions)))
            continue
        for mention, places in mentions.items():
            entities += _places(label, mention, places)
    return {"id": record.get("id"), "text": record.get("text"), "entities": entities}


def _places(label: str, mention: str, places: Any) -> Iterator[Item | DataError]:
    for place in places if isinstance(places, list) else [places]:
        if isinstance(place, list) and len(place) == 2:
            yield Item({"start": place[0], "end": after(place[1]), "label": label, "text": mention})
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
            if len(span.fragments) > 1:
                log.adjust("discontinuous")
            else:
                log.keep()
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
)
