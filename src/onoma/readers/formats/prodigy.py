"""Prodigy's JSON lines: ``{"text", "spans": [{"start", "end", "label"}], "tokens", "answer"}``.

Only accepted answers are data; rejected and ignored ones are left out, and their spans counted as dropped.
Relations (``rel.manual``) name their ends by the spans. Document labels are the ``accept`` of a choice, or
the ``label`` of a binary question.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, SHARED, STRONG, Evidence, weigh
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import list_field
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format, Suggested
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Ledger, Span

_LEFT_OUT = {"reject": "rejected", "ignore": "ignored"}
_KEYS = frozenset(("id", "text", "spans", "tokens", "relations", "answer", "accept", "label", "meta"))
_BOOKKEEPING = frozenset(("options", "config"))
_OF_SPANS = frozenset(("start", "end", "label", "text"))


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """
    translate = partial(_translate, options)
    return read_records(read_json(source, options, log), source, options, log, translate)


def _translate(options: ReadOptions, record: JsonObject, aside: Aside) -> JsonObject | None:
    aside.unknown |= {key for key in record.keys() - _KEYS - _BOOKKEEPING if not key.startswith("_")}
    spans = list_field(record, "spans")
    if options.gold and not record.get("answer") and _is_suggested(record):
        aside.note("not-annotated", "a model suggested its spans, and nobody answered: it is left out")
        return None
    answer = record.get("answer") or "accept"
    if isinstance(answer, str) and answer in _LEFT_OUT:
        reason = _LEFT_OUT[answer]
        aside.drop(reason, len(spans))
        aside.note(reason, f"the answer is '{answer}': the document is left out")
        return None
    if answer != "accept":
        what = "'answer' must be accept, reject or ignore"
        raise DataError(what, code="wrong-type", text=as_json(answer))
    ids: dict[str, int] = {}
    relations = [_relation(one, ids, aside) for one in list_field(record, "relations")]
    entities = [_entity(one, ids) for one in spans]
    tokens = list_field(record, "tokens") or None
    return {
        "id": record.get("id"),
        "text": record.get("text"),
        "entities": entities,
        "labels": _labels(record),
        "relations": [one for one in relations if one is not None],
        "tokens": tokens and _tokens(tokens),
    }


def _is_suggested(record: JsonObject) -> bool:
    """Whether it is as `suggest` writes it."""
    meta = record.get("meta")
    return isinstance(meta, dict) and meta.keys() >= {"model", "strategy"}


def _labels(record: JsonObject) -> list[Any] | None:
    if isinstance(record.get("label"), str):
        return [record["label"]]
    return None if record.get("accept") is None else list_field(record, "accept")


def _entity(item: Any, ids: dict[str, int]) -> Any:
    if not isinstance(item, dict):
        return item
    number = ids.get(_place(item))
    values = {key: item[key] for key in _OF_SPANS if key in item}
    return Item(values if number is None else {"id": number, **values})


def _place(item: JsonObject) -> str:
    return as_json([item.get("start"), item.get("end"), item.get("label")])


def _relation(item: Any, ids: dict[str, int], aside: Aside) -> Item | DataError | None:
    """Return a relation between entities; its ends get numbers by their places."""
    if not isinstance(item, dict):
        return DataError("a relation must be an object", code="wrong-type", text=as_json(item))
    ends = [item.get(name) for name in ("head_span", "child_span")]
    if not all(isinstance(end, dict) and end.get("label") for end in ends):
        aside.note(
            "relation-ignored", f"a relation between tokens, not spans, is not read: {item.get('label')}"
        )
        return None
    head, tail = (ids.setdefault(_place(end), len(ids) + 1) for end in ends if isinstance(end, dict))
    return Item({"label": item.get("label"), "head": head, "tail": tail})


def _tokens(listed: list[Any]) -> list[list[Any]]:
    pairs = []
    for token in listed:
        if not isinstance(token, dict) or not {"start", "end", "text"} <= token.keys():
            what = "a token must be an object with text, start and end"
            raise DataError(what, code="bad-token", text=as_json(token))
        if (
            not isinstance(token["text"], str) or not token["text"].isspace()
        ):  # spaCy has tokens of white space
            pairs.append([token["start"], token["end"]])
    return pairs


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write one accepted object a line; memory stays flat. ``scheme`` means nothing here.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    for document in documents:
        record = _record(document, log) | {"answer": "accept"}
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return log.ledger()


def suggest(stream: TextIO, suggestions: Iterable[Suggested]) -> Ledger:
    """Write one object a line without an answer, for recipes such as ``ner.manual``; ``meta`` is shown there.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    for document, model, score, why in suggestions:
        record = _record(document, log)
        for item, span in zip(record["spans"], document.entities, strict=True):
            if span.score is not None:
                item["score"] = span.score
        record["meta"] = {"model": model, "strategy": why} | ({} if score is None else {"score": score})
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return log.ledger()


def _record(document: Document, log: ReadLog) -> JsonObject:
    """A document without an answer."""
    places = _TokenPlaces(document)
    record: JsonObject = {"id": document.id, "text": document.text}
    if document.tokens:
        record["tokens"] = places.tokens()
    record["spans"] = [places.span(span, document) for span in document.entities]
    for span in document.entities:
        log.keep_hull(len(span.fragments))
    if document.relations:
        record["relations"] = places.relations(document)
    if document.labels is not None:
        record["accept"] = list(document.labels)
    return record


class _TokenPlaces:
    """Numbers of tokens, which Prodigy wants beside the offsets of spans."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._first = {token.start: index for index, token in enumerate(document.tokens)}
        self._last = {token.end: index for index, token in enumerate(document.tokens)}

    def tokens(self) -> list[JsonObject]:
        text = self._document.text
        return [
            {"text": token.text, "start": token.start, "end": token.end, "id": index,
             "ws": text[token.end : token.end + 1] == " "}
            for index, token in enumerate(self._document.tokens)
        ]  # fmt: skip

    def span(self, span: Span, document: Document) -> JsonObject:
        check_surface(span, document)
        record: JsonObject = {"start": span.start, "end": span.end, "label": span.label}
        first, last = self._first.get(span.start), self._last.get(span.end)
        if first is not None and last is not None:
            record |= {"token_start": first, "token_end": last}
        return record

    def relations(self, document: Document) -> list[JsonObject]:
        spans = {span.id: self.span(span, document) for span in document.entities}
        found = []
        for one in document.relations:
            head, child = spans[one.head], spans[one.tail]
            record: JsonObject = {"label": one.label, "head_span": head, "child_span": child}
            if "token_end" in head and "token_end" in child:
                record |= {"head": head["token_end"], "child": child["token_end"]}
            found.append(record)
        return found


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "text and spans with start, end, label")


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return 0.0
    spans = record.get("spans")
    answered = isinstance(record.get("answer"), str) and record["answer"] in ("accept", *_LEFT_OUT)
    if isinstance(spans, list):
        if not all(isinstance(one, dict) and {"start", "end"} <= one.keys() for one in spans):
            return 0.0
        return CERTAIN if spans else STRONG if answered else SHARED
    return STRONG if answered else 0.0


FORMAT = Format(
    name="prodigy",
    description='Prodigy\'s JSON lines: {"text", "spans": [{"start", "end", "label"}], "answer"}',
    suffixes=(".jsonl",),
    sniff=_sniff,
    read=read,
    write=write,
    suggest=suggest,
    relations=True,
    keys=("text", "spans", "tokens", "answer"),
    options=OFFSETS,
    labels=True,
)
