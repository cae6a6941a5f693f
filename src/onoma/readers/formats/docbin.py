"""spaCy's DocBin (``.spacy``): read through spaCy itself, which must be installed.

Entities are ``doc.ents`` and, where nested ones are kept, the span group ``sc``; other groups are noted.
Document labels are the categories with a score of 0.5 or more.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterator
from typing import Any

from onoma.errors import DataError, MissingExtraError
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json_lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_GROUP = "sc"
_LEAST_SCORE = 0.5
_START_BYTES = 256


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; the file itself is held in memory, as spaCy does.

    Raises:
        MissingExtraError: spaCy is not installed.
        DataError: the file is no DocBin, or a fault of a document under ``on_error="strict"``.
    """
    return read_records(_records(source), source, options, log, _translate)


def _records(source: Source) -> Iterator[tuple[int, JsonObject]]:
    """Yield (number, object with the spaCy document); numbers stand for lines, which there are none of."""
    try:
        spacy: Any = importlib.import_module("spacy")
        tokens: Any = importlib.import_module("spacy.tokens")
    except ImportError as error:
        raise MissingExtraError("spaCy to read DocBin files", "spacy") from error
    data = b"".join(source.blocks())
    vocab = spacy.blank("xx").vocab
    try:
        docs = list(tokens.DocBin().from_bytes(data).get_docs(vocab))
    except Exception as error:  # spaCy, zlib and msgpack raise errors of many kinds on other files
        raise DataError(
            f"not a DocBin that the installed spaCy can read ({type(error).__name__})",
            code="bad-docbin",
            path=source.name,
        ) from error
    for number, doc in enumerate(docs, 1):
        yield number, {"doc": doc}


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    doc = record["doc"]
    spans = list(doc.ents)
    for name, group in doc.spans.items():
        if name == _GROUP:
            taken = {_key(span) for span in spans}
            spans += [span for span in group if _key(span) not in taken]
        elif len(group):
            aside.note("span-group-ignored", f"the {len(group)} spans of the group '{name}' are not read")
    entities = [{"start": span.start_char, "end": span.end_char, "label": span.label_} for span in spans]
    kept = [token for token in doc if not token.is_space]
    labels = [label for label, score in doc.cats.items() if score >= _LEAST_SCORE] if doc.cats else None
    return {
        "text": doc.text,
        "entities": entities,
        "tokens": [[token.idx, token.idx + len(token.text)] for token in kept],
        "sentences": _sentences(doc) if doc.has_annotation("SENT_START") and kept else None,
        "labels": labels,
    }


def _key(span: Any) -> tuple[int, int, str]:
    return span.start_char, span.end_char, span.label_


def _sentences(doc: Any) -> list[list[int]]:
    """Return the token ranges of sentences, tokens of white space left out."""
    sentences, first = [], 0
    for sentence in doc.sents:
        last = first + sum(not token.is_space for token in sentence)
        if last > first:
            sentences.append([first, last])
        first = last
    return sentences


def _sniff(sample: Sample) -> Evidence:
    try:
        packed = zlib.decompressobj().decompress(sample.start, _START_BYTES)
    except zlib.error:
        packed = b""
    # A map of msgpack whose first keys are a DocBin's.
    return Evidence(CERTAIN, "a DocBin") if b"attrs" in packed or b"version" in packed else NONE


FORMAT = Format(
    name="spacy-docbin",
    description="spaCy's DocBin: entities, the span group sc, categories as document labels (needs spaCy)",
    suffixes=(".spacy",),
    sniff=_sniff,
    read=read,
    binary=True,
)
