"""Our own format: one JSON object a line, with the text and its entities as character spans.

``{"id", "text", "entities": [{"start", "end", "label", "score", "text", "fragments"}], "labels": [...],
"tokens": [[start, end], ...], "sentences": [[first, last], ...]}``. Only ``text`` is required, and in an
entity ``start``, ``end`` and ``label``; null counts as absent. Tokens are not made here: a document without
them has none. Edges of an entity may be white space only where they are edges of given tokens.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.json_lines import JsonObject, as_json, located, parse_object, read_objects
from onoma.readers.json_spans import EntityReader, read_labels, read_sentences, read_tokens
from onoma.readers.log import ReadLog
from onoma.readers.offsets import codepoint_offsets
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.source import Source
from onoma.text import Document, Ledger, Span, sort_spans

_KEYS = frozenset(("id", "text", "entities", "labels", "tokens", "sentences"))
_MAX_IDS = 1_000_000
_MAX_UNKNOWN_KEYS = 100


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """
    reader = _DocumentReader(source, options, log)
    number = 0
    for line, record in read_objects(source, options, log):
        number += 1
        try:
            document = reader.read(record, line, number)
        except DataError as error:
            fault = located(error, source.name, line)
            if options.on_error == "strict":
                raise fault from None
            log.note_error(fault)
            listed = record.get("entities")
            log.drop(fault.code, len(listed) if isinstance(listed, list) else 0)
            continue
        yield document
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no document")


class _DocumentReader:
    """Turns objects into documents; remembers the ids and unknown keys of the file."""

    def __init__(self, source: Source, options: ReadOptions, log: ReadLog) -> None:
        self._path = source.name
        self._stem = source.stem
        self._options = options
        self._log = log
        self._ids: set[str] = set()
        self._unknown: set[str] = set()

    def read(self, record: JsonObject, line: int, number: int) -> Document:
        """Return the document of one line; raise a `DataError` without path and line."""
        id = self._read_id(record.get("id"), f"{self._stem}:{number}", line)
        text = record.get("text")
        if not isinstance(text, str):
            what = "'text' is missing" if text is None else "'text' must be a string"
            raise DataError(what, code="no-text", text=as_json(record))
        listed = record.get("entities")
        if listed is not None and not isinstance(listed, list):
            raise DataError("'entities' must be a list", code="wrong-type", text=as_json(listed))
        table = codepoint_offsets(text, self._options.offset_unit)
        broken = None
        try:
            tokens = read_tokens(record.get("tokens"), text, table)
            sentences = read_sentences(record.get("sentences"), len(tokens))
        except DataError as error:
            if self._options.on_error != "repair":
                raise
            tokens, sentences, broken = (), (), error  # tokens are a view of the text: they can be made anew
        entities = EntityReader(text, tokens, table, self._options)
        spans = sort_spans(entities.read(listed or []))
        document = Document(id, text, tokens, sentences, spans, read_labels(record.get("labels")))
        if broken is not None:
            self._log.note_error(located(broken, self._path, line))
        self._note_unknown(record.keys() - _KEYS, line)
        self._note_unknown({f"entities.{key}" for key in entities.unknown_keys}, line)
        entities.settle(self._log, self._path, line)
        self._remember(id, line)
        return document

    def _read_id(self, given: Any, default: str, line: int) -> str:
        id = default if given is None else str(given) if type(given) is int else given
        if not isinstance(id, str) or not id:
            raise DataError("'id' must be a string that is not empty", code="wrong-type", text=as_json(id))
        if id in self._ids:
            error = DataError("an earlier document has the same id", code="duplicate-id", text=id)
            if self._options.on_error != "repair":
                raise error
            self._log.note_error(located(error, self._path, line))
            id = f"{id}#{line}"
        return str(id)

    def _remember(self, id: str, line: int) -> None:
        """Keep the id for comparison, as long as the ids fit a bounded memory."""
        if len(self._ids) < _MAX_IDS:
            self._ids.add(id)
            if len(self._ids) == _MAX_IDS:
                what = f"ids are compared with the first {_MAX_IDS:,} only"
                self._log.note("ids-unchecked", self._path, line, what)

    def _note_unknown(self, keys: set[str], line: int) -> None:
        """Note each unknown key once in a file."""
        for key in sorted(keys - self._unknown):
            if len(self._unknown) < _MAX_UNKNOWN_KEYS:
                self._unknown.add(key)
                self._log.note("unknown-key", self._path, line, f"the key '{key}' is not known and ignored")


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write one object a line; memory stays flat. ``scheme`` means nothing here.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    kept = 0
    for document in documents:
        record: JsonObject = {"id": document.id, "text": document.text}
        record["entities"] = [_entity_record(span, document) for span in document.entities]
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
    if not 0 <= span.start < span.end or document.text[span.start : span.end] != span.text:
        what = f"document '{document.id}': {span.label} {span.start}-{span.end} is not the text there"
        raise DataError(what, code="surface-mismatch", text=span.text)
    record: JsonObject = {"start": span.start, "end": span.end, "label": span.label}
    if span.score is not None:
        record["score"] = span.score
    if span.fragments:
        record["fragments"] = span.fragments
    return record


def _sniff(head: Sequence[str]) -> bool:
    line = next((line for line in head if line.strip()), "")
    try:
        record = parse_object(line)
    except DataError:
        return False
    entities, labels = record.get("entities") or [], record.get("labels") or []
    if (
        not isinstance(record.get("text"), str)
        or not isinstance(entities, list)
        or not isinstance(labels, list)
    ):
        return False
    if not all(isinstance(item, dict) and item.keys() >= {"start", "end", "label"} for item in entities):
        return False
    return all(isinstance(label, str) for label in labels) and (
        "entities" in record or record.keys() <= _KEYS
    )


FORMAT = Format(
    name="spans-jsonl",
    description='Onoma\'s own: {"text", "entities": [{"start", "end", "label"}], "labels"} a line',
    suffixes=(".jsonl", ".ndjson"),
    sniff=_sniff,
    read=read,
    write=write,
)
