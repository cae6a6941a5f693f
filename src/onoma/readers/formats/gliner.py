"""GLiNER's training data: ``{"tokenized_text": ["Ann", ...], "ner": [[0, 1, "person"]]}``, array or lines.

Ends are the last token's number. The text is the tokens joined by spaces. Entities may be nested.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, STRONG, Evidence, weigh
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import list_field
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.token_places import place_entities
from onoma.text import Document, Ledger

_KEYS = frozenset(("id", "tokenized_text", "ner"))


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any record.
    """
    return read_records(read_json(source, options, log), source, options, log, _translate)


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    aside.unknown |= record.keys() - _KEYS
    listed = list_field(record, "ner")
    words = record.get("tokenized_text")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        aside.drop("no-text", len(listed))
        what = "'tokenized_text' must be a list of strings"
        raise DataError(what, code="no-text", text=as_json(words))
    starts = list(accumulate((len(word) + 1 for word in words), initial=0))
    places = [[start, start + len(word)] for start, word in zip(starts, words, strict=False)]
    return {
        "id": record.get("id"),
        "text": " ".join(words),
        "tokens": places,
        "entities": [_entity(one, places) for one in listed],
        "unit": "codepoint",
    }


def _entity(item: Any, places: list[list[int]]) -> Item | DataError:
    if not isinstance(item, list) or len(item) != 3 or not all(type(one) is int for one in item[:2]):
        what = 'an entity must be [first token, last token, "label"]'
        return DataError(what, code="wrong-type", text=as_json(item))
    first, last, label = item
    if first > last:
        return DataError("an entity ends before it starts", code="reversed-span", text=as_json(item))
    if first < 0 or last >= len(places):
        what = f"an entity lies outside the {len(places)} tokens (the last token counts as in it)"
        return DataError(what, code="span-out-of-range", text=as_json(item))
    return Item({"start": places[first][0], "end": places[last][1], "label": label})


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write an object a line; text without tokens is tokenised, entities are expanded to tokens.

    ``scheme`` means nothing here.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    for given in documents:
        document, placed = place_entities(given, log)
        ner = [[one.first, one.end - 1, one.span.label] for one in placed]
        record = {"id": document.id, "tokenized_text": document.words, "ner": ner}
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return log.ledger()


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "tokenized_text and ner")


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not isinstance(record.get("tokenized_text"), list):
        return 0.0
    return CERTAIN if isinstance(record.get("ner"), list) else STRONG


FORMAT = Format(
    name="gliner",
    description='GLiNER\'s {"tokenized_text": [...], "ner": [[first token, last token, "label"]]}',
    suffixes=(".jsonl", ".json"),
    sniff=_sniff,
    on_tokens=True,
    read=read,
    write=write,
    keys=("tokenized_text", "ner"),
    options=OFFSETS,
)
