"""UIMA CAS in JSON (version 0.4 of its specification), with the types in it. Needs dkpro-cassis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from onoma.readers.documents.cas import CasTranslator, load_json
from onoma.readers.evidence import CERTAIN, Evidence, weigh
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_KEYS = ("%TYPES", "%FEATURE_STRUCTURES", "%VIEWS")


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents: mostly one a file, named after it.

    Raises:
        MissingExtraError: dkpro-cassis is not installed.
        DataError: a fault of the file, or under ``on_error="strict"`` of a CAS in it.
    """
    translator = CasTranslator(gold=options.gold)

    def translate(record: JsonObject, aside: Aside) -> JsonObject:
        cas = load_json(json.dumps(record), None, source.name)
        return translator.translate(cas, aside)

    return read_records(read_json(source, options, log), source, options, log, translate)


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "a CAS in JSON")


def _judge(value: Any) -> float:
    if not isinstance(value, dict):
        return 0.0
    return CERTAIN if any(key in value for key in _KEYS) else 0.0


FORMAT = Format(
    name="uima-cas-json",
    description="UIMA CAS in JSON, of INCEpTION: a file a document (needs dkpro-cassis)",
    suffixes=(".json",),
    sniff=_sniff,
    read=read,
    keys=_KEYS,
    options=OFFSETS,
)
