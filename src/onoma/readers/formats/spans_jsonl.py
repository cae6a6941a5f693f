"""Our own format: one JSON object a line, with the text and its entities as character spans.

``{"id", "text", "entities": [{"id", "start", "end", "label", "score", "text", "fragments"}], "labels": [...],
"relations": [{"label", "head", "tail"}], "links": [{"entity", "target", "text"}],
"tokens": [[start, end], ...], "sentences": [[first, last], ...]}``. Only ``text`` is required, and in an
entity ``start``, ``end`` and ``label``; null counts as absent. Tokens are not made here: a document without
them has none. Edges of an entity may be white space only where they are edges of given tokens.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, TextIO

from onoma.readers.evidence import CERTAIN, FAINT, SHARED, Evidence, known_share, weigh
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject
from onoma.readers.json.shifts import Place, find_shift
from onoma.readers.json.word_tags import are_word_tags, check_document_labels
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import KEYS, Aside, read_records
from onoma.readers.registry import OFFSETS, Format, Suggested
from onoma.readers.relations import link_records, relation_records
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Ledger, Span

_SURFACES = ("word", "mention", "surface", "value", "name", "string")
"""Where others put what is ``text`` in our entities."""
_OF_SUGGESTIONS = frozenset(("suggested", "model", "strategy", "selection"))
"""What `suggest` writes beside the text."""
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """
    translate = partial(_translate, options)
    return read_records(read_json(source, options, log), source, options, log, translate)


def _translate(options: ReadOptions, record: JsonObject, aside: Aside) -> JsonObject | None:
    suggested = "suggested" in record
    if suggested and options.gold and record.get("entities") is None:
        aside.note(
            "not-annotated", "it has suggestions and no 'entities': nobody annotated it, and it is left out"
        )
        return None
    check_document_labels(record.get("labels"), record.get("text"))
    if record.keys() <= KEYS:
        return record
    aside.unknown |= record.keys() - KEYS - (_OF_SUGGESTIONS if suggested else frozenset())
    return {key: value for key, value in record.items() if key in KEYS}


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write one object a line; memory stays flat. ``scheme`` means nothing here.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    kept = 0
    for document in documents:
        record: JsonObject = {"id": document.id, "text": document.text}
        record["entities"] = [_entity_record(span, document) for span in document.entities]
        if document.relations:
            record["relations"] = relation_records(document)
        if document.links:
            record["links"] = link_records(document)
        if document.labels is not None:
            record["labels"] = list(document.labels)
        if document.num_tokens:
            record["tokens"] = document.token_places()
        if document.sentences:
            record["sentences"] = document.sentences
        stream.write(_encode(record) + "\n")
        kept += len(document.entities)
    return Ledger(read=kept, kept=kept)


def suggest(stream: TextIO, suggestions: Iterable[Suggested]) -> Ledger:
    """Write one object a line, with ``suggested`` in the place of ``entities``: as gold it is left out.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    kept = 0
    for document, model, score, why in suggestions:
        record: JsonObject = {"id": document.id, "text": document.text}
        record["suggested"] = [_entity_record(span, document) for span in document.entities]
        record |= {"model": model, "strategy": why, "selection": score}
        stream.write(_encode(record) + "\n")
        kept += len(document.entities)
    return Ledger(read=kept, kept=kept)


def _entity_record(span: Span, document: Document) -> JsonObject:
    check_surface(span, document)
    record: JsonObject = {} if span.id is None else {"id": span.id}
    record |= {"start": span.start, "end": span.end, "label": span.label}
    if span.score is not None:
        record["score"] = span.score
    if span.fragments:
        record["fragments"] = span.fragments
    return record


def _sniff(sample: Sample) -> Evidence:
    judge = _judge_foreign if _is_foreign(sample.json.objects) else _judge
    return weigh(sample.json.values, judge, "text and entities with start, end, label")


def _judge_foreign(record: Any) -> float:
    """Judge a record among such as are not ours: less than the format that reads them does."""
    share = _judge(record)
    return min(share, SHARED if share and record.get("entities") else FAINT / 4)


def _is_foreign(records: Iterable[JsonObject]) -> bool:
    """Whether surfaces stand under another name than ours, or show that offsets are counted otherwise."""
    places: list[Place] = []
    renamed = 0
    for record in records:
        if not _judge(record):
            continue
        for item in record.get("entities") or ():
            surface = next((item[key] for key in ("text", *_SURFACES) if isinstance(item.get(key), str)), "")
            if surface and type(item["start"]) is type(item["end"]) is int:
                places.append(Place(record["text"], item["start"], item["end"], surface))
                renamed += item.get("text") is None and surface in record["text"]
    return 2 * renamed > len(places) or find_shift(places) != (0, 0)


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return 0.0
    entities, labels = record.get("entities") or [], record.get("labels") or []
    if not (isinstance(entities, list) and isinstance(labels, list)):
        return 0.0
    if not all(isinstance(item, dict) and item.keys() >= {"start", "end", "label"} for item in entities):
        return 0.0
    if not all(isinstance(label, str) for label in labels):
        return 0.0
    if any(are_word_tags(record.get(key), record["text"]) for key in ("labels", "label")):
        return 0.0
    if entities:
        return CERTAIN * (0.5 + known_share(record, KEYS) / 2)
    if record.keys() <= {"id", "text", "entities", "relations", "links"} and record.get("links") == []:
        return FAINT  # NEREL without entities: what has nothing to say is not written here
    return SHARED if record.keys() <= KEYS else FAINT * known_share(record, KEYS)


FORMAT = Format(
    name="spans-jsonl",
    description='Onoma\'s own: {"text", "entities": [{"start", "end", "label"}], "labels"} a line',
    suffixes=(".jsonl", ".ndjson"),
    sniff=_sniff,
    read=read,
    write=write,
    suggest=suggest,
    scores=True,
    relations=True,
    own=True,
    keys=("text", "entities", "labels", "tokens", "sentences"),
    options=OFFSETS,
    labels=True,
    links=True,
)
