"""Hugging Face's token classification records: ``{"id", "tokens": [...], "ner_tags": [...]}``, a sentence.

As JSON lines, as an array, or under ``data``. Tags are strings in any scheme, or numbers: their names come
from ``--label-names``, else from the ``dataset_info.json`` beside the file or in a folder above.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from onoma.readers.columns.flat import tag_sentences
from onoma.readers.columns.tag_records import TAG_KEYS, are_tags, read_tag_records, tag_key, word_key
from onoma.readers.evidence import CERTAIN, NONE, SHARED, STRONG, Evidence, weigh
from onoma.readers.json.array import read_array
from onoma.readers.json.lines import JsonObject, read_objects
from onoma.readers.json.member import read_member
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.tags import get_scheme
from onoma.text import Document, Ledger

_MEMBER = "data"
_BREAKING = frozenset("\0")


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents, a record each.

    Raises:
        DataError: a fault of the file, tags that are numbers without names, or under ``on_error="strict"`` a
            fault of any record.
    """
    return read_tag_records(_records(source, options, log), source, options, log)


def _records(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[tuple[int, JsonObject]]:
    sample = source.sample()
    if _is_wrapped(sample):
        return read_member(source, _MEMBER, options, log)
    begins_list = bool(sample.filled) and sample.filled[0].lstrip().startswith("[")
    if begins_list or sample.json.layout == "object":
        return read_array(source, options, log)
    return read_objects(source, options, log)


def _is_wrapped(sample: Sample) -> bool:
    """Whether all records are under the key ``data`` of one object."""
    if sample.json.layout not in ("lines", "object") or not sample.json.values:
        return False
    first = sample.json.values[0]
    return isinstance(first, dict) and isinstance(first.get(_MEMBER), list)


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write a sentence a line, with tags as strings in the scheme named; memory stays flat.

    A document of several sentences becomes several records, with its id, ``#`` and their number as ids.

    Raises:
        DataError: a document without tokens.
        ConfigError: no such scheme.
    """
    tag_scheme = get_scheme(scheme)
    log = ReadLog()
    for document in documents:
        several = len(document.sentences) > 1
        for number, (words, tags) in enumerate(tag_sentences(document, tag_scheme, log, _BREAKING), 1):
            id = f"{document.id}#{number}" if several else document.id
            record = {"id": id, "tokens": words, "ner_tags": tags}
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return log.ledger()


def _sniff(sample: Sample) -> Evidence:
    values = sample.json.values
    if _is_wrapped(sample):
        values = values[0][_MEMBER]
    return weigh(values, _judge, "lists of tokens and of as many tags") if values else NONE


def _judge(record: Any) -> float:
    if not isinstance(record, dict):
        return 0.0
    words_at = word_key(record)
    tags_at = tag_key(record)
    if words_at is None or tags_at is None:
        return 0.0
    words, tags = record[words_at], record[tags_at]
    if not all(isinstance(word, str) for word in words) or not are_tags(tags):
        return 0.0
    if not words and not tags:
        return SHARED
    if "text" in record and len(words) != len(tags):
        return 0.0
    return CERTAIN if len(words) == len(tags) else STRONG if tags else 0.0


FORMAT = Format(
    name="hf-tokens",
    description='Hugging Face token classification: {"id", "tokens": [...], "ner_tags": [...]}',
    suffixes=(".jsonl", ".json"),
    sniff=_sniff,
    read=read,
    write=write,
    tagged=True,
    wordless=False,
    keys=("id", "tokens", "ner_tags", *TAG_KEYS[1:2]),
    options=("scheme", "text_column", "label_names"),
)
