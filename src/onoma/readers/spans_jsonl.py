"""Our own format: one JSON object a line, with the text and its entities as character spans.

``{"id", "text", "entities": [{"id", "start", "end", "label", "score", "text", "fragments"}], "labels": [...],
"relations": [{"label", "head", "tail"}], "links": [{"entity", "target", "text"}],
"tokens": [[start, end], ...], "sentences": [[first, last], ...]}``. Only ``text`` is required, and in an
entity ``start``, ``end`` and ``label``; null counts as absent. Tokens are not made here: a document without
them has none. Edges of an entity may be white space only where they are edges of given tokens.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from onoma.errors import DataError
from onoma.readers.json_lines import JsonObject, first_objects, read_objects
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import KEYS, Aside, read_records
from onoma.readers.registry import Format
from onoma.readers.relations import link_records, relation_records
from onoma.readers.source import Source
from onoma.text import Document, Ledger, Span


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """
    return read_records(read_objects(source, options, log), source, options, log, _translate)


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    aside.unknown |= record.keys() - KEYS
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
        if document.tokens:
            record["tokens"] = [(token.start, token.end) for token in document.tokens]
        if document.sentences:
            record["sentences"] = document.sentences
        stream.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
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


def check_surface(span: Span, document: Document) -> None:
    """Refuse to write an entity that is not the text at its offsets.

    Raises:
        DataError: it is not.
    """
    if not 0 <= span.start < span.end or document.text[span.start : span.end] != span.text:
        what = f"document '{document.id}': {span.label} {span.start}-{span.end} is not the text there"
        raise DataError(what, code="surface-mismatch", text=span.text)


def _sniff(head: Sequence[str]) -> bool:
    records = first_objects(head)
    return bool(records) and all(map(_is_own, records))


def _is_own(record: JsonObject) -> bool:
    entities, labels = record.get("entities") or [], record.get("labels") or []
    if not (isinstance(record.get("text"), str) and isinstance(entities, list) and isinstance(labels, list)):
        return False
    if not all(isinstance(item, dict) and item.keys() >= {"start", "end", "label"} for item in entities):
        return False
    if not all(isinstance(label, str) for label in labels):
        return False
    if not entities and record.get("relations") == record.get("links") == []:
        return False  # NEREL without entities: what has nothing to say is not written here
    return bool(entities) or record.keys() <= KEYS


FORMAT = Format(
    name="spans-jsonl",
    description='Onoma\'s own: {"text", "entities": [{"start", "end", "label"}], "labels"} a line',
    suffixes=(".jsonl", ".ndjson"),
    sniff=_sniff,
    read=read,
    write=write,
    relations=True,
    own=True,
)
