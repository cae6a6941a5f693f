"""NEREL's JSON lines: text, with brat's lines of entities, relations and links as lists of strings.

``{"id": 0, "text": "...", "entities": ["T1\\tPERSON 0 5\\tАнна"], "relations": ["R1\\tKNOWS Arg1:T1
Arg2:T2"], "links": ["N1\\tReference T1 Wikidata:Q1\\tАнна"]}``. The file has no document labels: unless told
otherwise, a document bears the types of the relations in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.documents.standoff import read_standoff, standoff_lines
from onoma.readers.evidence import CERTAIN, SHARED, Evidence, weigh
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document, Ledger

_LISTS = {"entities": "T", "relations": "R", "links": "N"}


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """
    objects = read_json(source, options, log)
    return read_records(objects, source, options, log, _translate)


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    aside.unknown |= record.keys() - {"id", "text", *_LISTS}
    text = record.get("text")
    if not isinstance(text, str):
        return {"text": text, "entities": record.get("entities")}
    lines = [line for name, kind in _LISTS.items() for line in _lines(record.get(name), name, kind)]
    found = read_standoff(text, ((None, line) for line in lines), aside)
    return {"id": record.get("id"), **found}


def _lines(listed: Any, name: str, kind: str) -> list[str]:
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(line, str) for line in listed):
        raise DataError(f"'{name}' must be a list of strings", code="wrong-type", text=as_json(listed))
    wrong = next((line for line in listed if line[:1] != kind), None)
    if wrong is not None:
        what = f"'{name}' must hold lines that begin with {kind} and a number"
        raise DataError(what, code="standoff-syntax", text=wrong)
    return listed


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write one object a line; memory stays flat. ``scheme`` means nothing here.

    Raises:
        DataError: a label with white space in it, or an entity that is not the text at its offsets.
    """
    log = ReadLog()
    for document in documents:
        lines = list(standoff_lines(document, log))
        number = document.id.isascii() and document.id.isdigit() and str(int(document.id)) == document.id
        record: JsonObject = {"id": int(document.id) if number else document.id, "text": document.text}
        for name, kind in _LISTS.items():
            record[name] = [line for of, line in lines if of == kind]
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return log.ledger()


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "entities as lines of brat")


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return 0.0
    entities = record.get("entities")
    if entities == []:
        return SHARED if record.get("relations") == record.get("links") == [] else 0.0
    fits = isinstance(entities, list) and all(
        isinstance(line, str) and line.startswith("T") and "\t" in line for line in entities
    )
    return CERTAIN if fits else 0.0


FORMAT = Format(
    name="nerel",
    description="NEREL's JSON lines: text, and brat's lines of entities, relations and links as strings",
    suffixes=(".jsonl",),
    sniff=_sniff,
    read=read,
    write=write,
    relations=True,
    document_labels="relations",
    keys=("text", "entities", "relations", "links"),
    options=OFFSETS,
    links=True,
)
