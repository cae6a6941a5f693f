"""spaCy's tuples: ``["text", {"entities": [[0, 3, "PER"]], "cats": {...}}]``, as an array or one a line.

Also the export of NER Annotator, ``{"classes": [...], "annotations": [...]}``, whose nulls stand for empty
lines. The latter is held whole, arrays and lines are streamed. An entity may have a fourth value, its id in a
knowledge base.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, NONE, Evidence, weigh
from onoma.readers.json.fields import list_field
from onoma.readers.json.input import read_parsed_json
from onoma.readers.json.lines import JsonObject, as_json, parse_value, read_parsed_lines
from onoma.readers.json.member import read_parsed_member
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.spacy_fields import Linked, read_cats, write_cats
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Ledger

_KEYS = frozenset(("entities", "cats"))


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any pair.
    """
    return read_records(_records(source, options, log), source, options, log, _translate)


def _records(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[tuple[int, JsonObject]]:
    sample = source.sample()
    if sample.filled and sample.filled[0].lstrip()[:1] == "{":
        for line, pair in read_parsed_member(source, "annotations", options, log, parse_value):
            if pair is not None:
                yield line, {"pair": pair}
        return
    one_pair = sample.json.layout == "array" and isinstance(next(iter(sample.json.values), None), str)
    read_pairs = read_parsed_lines if one_pair else read_parsed_json
    for line, pair in read_pairs(source, options, log, parse_value):
        yield line, {"pair": pair}


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    pair = record["pair"]
    if not isinstance(pair, list) or len(pair) != 2:
        what = 'a pair of text and annotations is needed: ["text", {"entities": [...]}]'
        raise DataError(what, code="not-a-pair", text=as_json(pair))
    text, about = pair
    if not isinstance(about, dict):
        what = 'the annotations of a text must be an object: {"entities": [...]}'
        raise DataError(what, code="wrong-type", text=as_json(about))
    aside.unknown |= about.keys() - _KEYS
    linked = Linked()
    entities = [linked.triple(one) for one in list_field(about, "entities")]
    if not isinstance(text, str):
        aside.drop("no-text", len(entities))
        raise DataError("the text must be a string", code="no-text", text=as_json(text))
    cats = about.get("cats")
    return {"text": text, "entities": entities, "links": linked.links, "labels": read_cats(cats)}


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write an array, a pair a line; memory stays flat. ``scheme`` means nothing here.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    before = "[\n"
    for document in documents:
        targets = {link.entity: link.target for link in reversed(document.links)}
        entities: list[list[Any]] = []
        for span in document.entities:
            check_surface(span, document)
            target = targets.get(span.id or "")
            entities.append([span.start, span.end, span.label, *([target] if target else [])])
            log.keep_hull(len(span.fragments))
        about: JsonObject = {"entities": entities}
        if document.labels is not None:
            about["cats"] = write_cats(document.labels)
        stream.write(before + json.dumps([document.text, about], ensure_ascii=False))
        before = ",\n"
    stream.write("[]\n" if before == "[\n" else "\n]\n")
    return log.ledger()


def _sniff(sample: Sample) -> Evidence:
    layout, values = sample.json
    reason = 'pairs of a text and {"entities": ...}'
    if layout in ("lines", "object") and values and isinstance(values[0], dict):
        listed = values[0].get("annotations")
        if len(values) > 1 or "classes" not in values[0] or not isinstance(listed, list):
            return NONE
        return weigh([one for one in listed if one is not None] or [["", {"entities": []}]], _judge, reason)
    return weigh([values] if layout == "array" and _judge(values) else values, _judge, reason)


def _judge(pair: Any) -> float:
    fits = (
        isinstance(pair, list)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and isinstance(pair[1], dict)
        and (isinstance(pair[1].get("entities"), list) or isinstance(pair[1].get("cats"), dict))
    )
    return CERTAIN if fits else 0.0


FORMAT = Format(
    name="spacy-tuples",
    description='spaCy\'s tuples: ["text", {"entities": [[0, 3, "PER"]]}], and NER Annotator\'s JSON',
    suffixes=(".json", ".jsonl"),
    sniff=_sniff,
    read=read,
    write=write,
    keys=("classes", "annotations"),
    options=OFFSETS,
    labels=True,
    links=True,
)
