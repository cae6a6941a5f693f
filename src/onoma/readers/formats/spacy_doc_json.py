"""spaCy's ``Doc.to_json``: ``{"text", "ents": [{"start", "end", "label"}], "sents", "tokens", "cats"}``.

One a line, an array of them, or one object; displaCy's ``{"text", "ents"}`` as well. Entities are ``ents``
and the span group ``sc``, where spaCy keeps nested ones; the spans of other groups are counted as dropped.
Tokens of white space, which spaCy has, are left out here and made again when writing. Document labels are
categories of 0.5 or more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, FAINT, SHARED, STRONG, Evidence, weigh
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import list_field, missing_key, object_field
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.spacy_fields import Linked, read_cats, write_cats
from onoma.readers.token_places import Placed, place_entities
from onoma.tags.flatten import flatten_spans
from onoma.text import Document, Ledger

_GROUP = "sc"
_KEYS = frozenset(("id", "text", "ents", "sents", "tokens", "cats", "spans"))
_BOOKKEEPING = frozenset(("title", "settings", "_", "underscore_token", "underscore_span"))


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any document.
    """
    return read_records(read_json(source, options, log), source, options, log, _translate)


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    aside.unknown |= record.keys() - _KEYS - _BOOKKEEPING
    text = record.get("text")
    linked = Linked()
    listed = _spans(record, aside)
    entities = [_entity(one, linked) for one in listed]
    try:
        tokens = _places(list_field(record, "tokens"), "a token", "bad-token")
        sentences = _places(list_field(record, "sents"), "a sentence", "bad-sentence")
        labels = read_cats(record.get("cats"))
    except DataError as error:
        aside.drop(error.code, len(entities))
        raise
    if isinstance(text, str):
        tokens = [[start, end] for start, end in tokens if not text[start:end].isspace()]
    return {
        "id": record.get("id"),
        "text": text,
        "entities": entities,
        "links": linked.links,
        "tokens": tokens or None,
        "sentences": _token_ranges(sentences, tokens) if sentences and tokens else None,
        "labels": labels,
    }


def _spans(record: JsonObject, aside: Aside) -> list[Any]:
    """Return the entities, and those of the span group that are not among them."""
    found = list(list_field(record, "ents"))
    groups = object_field(record, "spans")
    taken = {_key(one) for one in found}
    found += [one for one in list_field(groups, _GROUP) if _key(one) not in taken]
    for name, group in groups.items():
        if name != _GROUP and isinstance(group, list) and group:
            aside.note("span-group-ignored", f"the {len(group)} spans of the group '{name}' are not read")
            aside.drop("span-group-ignored", len(group))
    return found


def _key(span: Any) -> str:
    return as_json([span.get(key) for key in ("start", "end", "label")] if isinstance(span, dict) else span)


def _entity(one: Any, linked: Linked) -> Item | DataError:
    fault = missing_key(one, ("start", "end", "label"), "an entity")
    if fault is not None:
        return fault
    values = {key: one[key] for key in ("start", "end", "label", "text") if key in one}
    return linked.entity(values, one.get("kb_id"))


def _places(listed: list[Any], what: str, code: str) -> list[list[int]]:
    places: list[list[int]] = []
    for one in listed:
        start, end = (one.get("start"), one.get("end")) if isinstance(one, dict) else (None, None)
        if type(start) is not int or type(end) is not int:
            raise DataError(f"{what} must be an object with start and end", code=code, text=as_json(one))
        places.append([start, end])
    return places


def _token_ranges(sentences: Sequence[Sequence[int]], tokens: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the token ranges of sentences given by characters; one without tokens is none."""
    ranges, first = [], 0
    for _, end in sentences:
        last = first
        while last < len(tokens) and tokens[last][0] < end:
            last += 1
        if last > first:
            ranges.append([first, last])
        first = last
    return ranges


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write one object a line, which ``Doc.from_json`` takes; memory stays flat.

    Text without tokens is tokenised, entities are expanded to tokens; those that overlap a longer one go to
    the span group ``sc``. ``scheme`` means nothing here.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    for given in documents:
        document, placed = place_entities(given, log)
        record: JsonObject = {"text": document.text, **_written(document, placed)}
        if document.sentences:
            record["sents"] = [
                {"start": document.tokens[first].start, "end": document.tokens[last - 1].end}
                for first, last in document.sentences
            ]
        if document.labels is not None:
            record["cats"] = write_cats(document.labels)
        places = enumerate(_with_white_space(document))
        record["tokens"] = [{"id": number, "start": start, "end": end} for number, (start, end) in places]
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return log.ledger()


def _written(document: Document, placed: Sequence[Placed]) -> JsonObject:
    targets = {link.entity: link.target for link in reversed(document.links)}
    spans: list[JsonObject] = []
    for _, _, span in placed:
        target = targets.get(span.id or "")
        values: JsonObject = {"start": span.start, "end": span.end, "label": span.label}
        spans.append({**values, "kb_id": target} if target else values)
    outer = set(flatten_spans([(one["start"], one["end"], one["label"]) for one in spans], "outermost"))
    flat = {"ents": [one for number, one in enumerate(spans) if number in outer]}
    nested = [one for number, one in enumerate(spans) if number not in outer]
    for one in nested:
        one.setdefault("kb_id", "")  # spaCy wants it there in groups
    return {**flat, "spans": {_GROUP: nested}} if nested else flat


def _with_white_space(document: Document) -> Iterator[tuple[int, int]]:
    """Yield the places of tokens, and of what spaCy makes tokens of: all between them but one space."""
    at, text = 0, document.text
    ends = [(token.start, token.end) for token in document.tokens]
    for start, end in [*ends, (len(text), len(text))]:
        if 0 < at < start and text[at] == " ":
            at += 1
        if at < start:
            yield at, start
        if start < end:
            yield start, end
        at = end


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "text and ents, as Doc.to_json has them")


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return 0.0
    ents, tokens, spans = (record.get(key) for key in ("ents", "tokens", "spans"))
    if isinstance(ents, list):
        if not all(isinstance(one, dict) and {"start", "end"} <= one.keys() for one in ents):
            return 0.0
        return CERTAIN if ents or tokens else SHARED
    if ents is not None or isinstance(spans, list):
        return 0.0
    bare = isinstance(tokens, list) and all(
        isinstance(one, dict) and {"id", "start", "end"} <= one.keys() and "text" not in one for one in tokens
    )
    return STRONG if bare and tokens else FAINT if isinstance(spans, dict) else 0.0


FORMAT = Format(
    name="spacy-doc-json",
    description='spaCy\'s Doc.to_json: {"text", "ents": [{"start", "end", "label"}], "tokens", "cats"}',
    suffixes=(".jsonl", ".json"),
    sniff=_sniff,
    on_tokens=True,
    read=read,
    write=write,
    keys=("text", "ents", "sents", "tokens"),
    options=OFFSETS,
    labels=True,
    links=True,
)
