"""BioC in JSON: a collection with ``documents``, several of them, or a document a line (PubTator 3)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, TextIO

from onoma.readers.documents.bioc import bioc_document, translate_bioc
from onoma.readers.evidence import CERTAIN, Evidence, weigh
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject
from onoma.readers.json.member import read_member
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document, Ledger

_LISTS = ("documents", "PubTator3")
_HEAD = {"source": "onoma", "date": "", "key": "onoma.key", "version": "1.0", "infons": {}}


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; a collection is held whole.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any document.
    """
    return read_records(
        _records(source, options, log), source, options, log, partial(translate_bioc, options)
    )


def _records(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[tuple[int, JsonObject]]:
    key = _list_of_file(source.sample())
    if key is not None:
        yield from read_member(source, key, options, log)
        return
    for line, value in read_json(source, options, log):
        listed = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
        for one in [value] if listed is None else listed:
            # What is no object has no passages: that is said where a document is read.
            yield line, one if isinstance(one, dict) else {"passages": one}


def _list_of_file(sample: Sample) -> str | None:
    """Return the key of the documents where the file is one collection; None where there may be several."""
    values, lines = sample.json.values, sample.filled
    first = values[0] if values and lines[0].lstrip().startswith("{") else None
    several = len(lines) > 1 and lines[0].rstrip().endswith("}") and sample.json.layout == "lines"
    if not isinstance(first, dict) or several:
        return None
    return next((key for key in _LISTS if isinstance(first.get(key), list)), None)


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write a collection, a document a line; memory stays flat. ``scheme`` means nothing here.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    head = json.dumps(_HEAD)
    stream.write(f'{head[:-1]}, "documents": [')
    before = "\n"
    for document in documents:
        stream.write(before + json.dumps(bioc_document(document, log), ensure_ascii=False))
        before = ",\n"
    stream.write("\n]}\n")
    return log.ledger()


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "documents with passages at offsets")


def _judge(value: Any) -> float:
    if not isinstance(value, dict):
        return 0.0
    for key in _LISTS:
        listed = value.get(key)
        if isinstance(listed, list):
            if not listed:
                return CERTAIN if {"source", "key", "infons"} <= value.keys() else 0.0
            return _judge_document(listed[0])
    return _judge_document(value)


def _judge_document(value: Any) -> float:
    passages = value.get("passages") if isinstance(value, dict) else None
    if not isinstance(passages, list):
        return 0.0
    whole = all(isinstance(one, dict) and "offset" in one for one in passages[:10])
    return CERTAIN if whole and (passages or "infons" in value) else 0.0


FORMAT = Format(
    name="bioc-json",
    description="BioC in JSON: documents with passages, annotations, relations (PubTator 3, PMC, TeamTat)",
    suffixes=(".json",),
    sniff=_sniff,
    read=read,
    write=write,
    relations=True,
    keys=("source", "date", "key", "infons", "documents", "passages"),
    options=OFFSETS,
    links=True,
)
