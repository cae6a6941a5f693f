"""doccano's JSON lines, in every layout of its exports.

Entities are ``"label": [[start, end, "PER"]]`` (once ``labels``), or objects ``{"id", "label",
"start_offset", "end_offset"}`` under ``entities``, with ``"relations": [{"from_id", "to_id", "type"}]``.
Document labels are ``"label": ["news"]``, or ``cats`` beside entities.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, FAINT, SHARED, STRONG, Evidence, weigh
from onoma.readers.json_input import read_json
from onoma.readers.json_lines import JsonObject, as_json
from onoma.readers.json_spans import Item
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Ledger

_LISTS = ("label", "labels", "entities", "cats")
_KEYS = frozenset(("id", "text", "data", "relations", "Comments", "comments", *_LISTS))
_LOOK_AHEAD = 100


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """
    return read_records(read_json(source, options, log), source, options, log, _translate)


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    aside.unknown |= record.keys() - _KEYS
    for key in ("Comments", "comments"):
        if record.get(key):
            aside.note("comment-ignored", f"comments are not read: {as_json(record[key])[:60]}")
    relations = _list(record, "relations")
    ends = ("from_id", "to_id")
    referred = {as_json(one.get(end)) for one in relations if isinstance(one, dict) for end in ends}
    entities: list[Item | DataError] = []
    labels: list[Any] | None = None
    for key in _LISTS:
        listed = _list(record, key)
        texts = bool(listed) and key != "entities" and all(isinstance(one, str) for one in listed)
        if texts or (key == "cats" and key in record):
            labels = [*(labels or []), *listed]
        else:
            entities += [_entity(one, referred) for one in listed]
    text = record.get("text", record.get("data"))  # older exports of text classification call it data
    return {
        "id": record.get("id"),
        "text": text,
        "entities": entities,
        "labels": labels,
        "relations": [_relation(one) for one in relations],
    }


def _list(record: JsonObject, key: str) -> list[Any]:
    listed = record.get(key)
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise DataError(f"'{key}' must be a list", code="wrong-type", text=as_json(listed))
    return listed


def _entity(item: Any, referred: set[str]) -> Item | DataError:
    if isinstance(item, list) and len(item) == 3:
        return Item({"start": item[0], "end": item[1], "label": item[2]})
    if not isinstance(item, dict):
        what = 'an entity must be [start, end, "LABEL"], or an object with start_offset, end_offset and label'
        return DataError(what, code="wrong-type", text=as_json(item))
    missing = next((key for key in ("start_offset", "end_offset", "label") if key not in item), None)
    if missing is not None:
        return DataError(f"an entity lacks '{missing}'", code="missing-key", text=as_json(item))
    # Ids only where something refers to them: else two equal entities are one that was made twice.
    id = item.get("id") if as_json(item.get("id")) in referred else None
    return Item({"id": id, "start": item["start_offset"], "end": item["end_offset"], "label": item["label"]})


def _relation(item: Any) -> Item | DataError:
    given = item.keys() if isinstance(item, dict) else ()
    missing = next((key for key in ("from_id", "to_id", "type") if key not in given), None)
    if missing is not None:
        return DataError(f"a relation lacks '{missing}'", code="missing-key", text=as_json(item))
    return Item({"label": item["type"], "head": item["from_id"], "tail": item["to_id"]})


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write one object a line; memory stays flat. ``scheme`` means nothing here.

    If one of the first 100 documents has relations, all are in the layout with relations; else only those
    that have some, and the others in that of sequence labelling. Document labels are ``cats`` in both.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    rest = iter(documents)
    first = list(islice(rest, _LOOK_AHEAD))
    related = any(document.relations for document in first)
    for document in chain(first, rest):
        for span in document.entities:
            check_surface(span, document)
            if len(span.fragments) > 1:
                log.adjust("discontinuous")
            else:
                log.keep()
        record: JsonObject = {"id": _number(document.id), "text": document.text}
        if related or document.relations:
            record |= _related(document)
        else:
            record["label"] = [[span.start, span.end, span.label] for span in document.entities]
        if document.labels is not None:
            record["cats"] = list(document.labels)
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return log.ledger()


def _related(document: Document) -> JsonObject:
    ids: list[Any] = [_number(span.id or "") for span in document.entities]
    if not all(type(id) is int for id in ids) or len(set(ids)) < len(ids):
        ids = list(range(1, len(ids) + 1))  # doccano's are numbers
    new = {span.id: id for span, id in zip(document.entities, ids, strict=True)}
    entities = [
        {"id": id, "label": span.label, "start_offset": span.start, "end_offset": span.end}
        for id, span in zip(ids, document.entities, strict=True)
    ]
    relations = [
        {"id": number, "from_id": new[one.head], "to_id": new[one.tail], "type": one.label}
        for number, one in enumerate(document.relations, 1)
    ]
    return {"entities": entities, "relations": relations}


def _number(id: str) -> int | str:
    return int(id) if id.isascii() and id.isdigit() and str(int(id)) == id else id


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "labels as [start, end, label], or with start_offset")


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not isinstance(record.get("text", record.get("data")), str):
        return 0.0
    label, labels, entities = (record.get(key) for key in ("label", "labels", "entities"))
    if isinstance(label, list):
        triples = bool(label) and all(isinstance(one, list) for one in label)
        return CERTAIN if triples else STRONG if label else SHARED
    if isinstance(labels, list) and labels and all(isinstance(one, list) for one in labels):
        return CERTAIN
    if not isinstance(entities, list):
        return 0.0
    if not entities:
        bare = (
            "Comments" in record or "cats" in record or set(record) == {"id", "text", "entities", "relations"}
        )
        return SHARED + FAINT if bare else 0.0
    fits = all(isinstance(one, list) or (isinstance(one, dict) and "start_offset" in one) for one in entities)
    return CERTAIN if fits else 0.0


FORMAT = Format(
    name="doccano",
    description='doccano\'s JSON lines: "label": [[start, end, "PER"]], or entities and relations; cats',
    suffixes=(".jsonl",),
    sniff=_sniff,
    read=read,
    write=write,
    relations=True,
    keys=("id", "text", "label", "Comments"),
)
