"""From records to documents, for every format that holds a document a record.

A format translates its record into that of span JSONL; all checks, policies and accounts are here, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from onoma.errors import DataError
from onoma.readers.json_lines import JsonObject, as_json, located
from onoma.readers.json_lists import read_labels, read_sentences, read_tokens
from onoma.readers.json_spans import EntityReader
from onoma.readers.log import ReadLog
from onoma.readers.offsets import codepoint_offsets
from onoma.readers.options import ReadOptions
from onoma.readers.relations import RelationReader
from onoma.readers.source import Source
from onoma.text import Document, sort_spans

KEYS = frozenset(("id", "text", "entities", "labels", "tokens", "sentences", "relations", "links"))
_MAX_IDS = 1_000_000
_MAX_UNKNOWN_KEYS = 100


class Aside:
    """What a translation has to say besides the record; told once its fate is known."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()
        self._notes: list[tuple[str, str, int | None]] = []
        self._dropped: Counter[str] = Counter()

    def note(self, code: str, message: str, line: int | None = None) -> None:
        """Record a problem, on a line of its own or on that of the record."""
        self._notes.append((code, message, line))

    def drop(self, reason: str, count: int = 1) -> None:
        """Count entities that the translation leaves out."""
        self._dropped[reason] += count

    def settle(self, log: ReadLog, path: str, line: int) -> None:
        """Hand everything over to the log."""
        for code, message, own in self._notes:
            log.note(code, path, own or line, message)
        for reason, count in self._dropped.items():
            log.drop(reason, count)


Translate = Callable[[JsonObject, Aside], "JsonObject | None"]
"""Makes a record of span JSONL of a format's own; None where it is no document.

An entity or relation may be a `DataError`, where something is wrong with it alone. ``unit``, if it is there,
says what the record's offsets count, whatever the options say.
"""


def read_records(
    records: Iterable[tuple[int, JsonObject]],
    source: Source,
    options: ReadOptions,
    log: ReadLog,
    translate: Translate,
) -> Iterator[Document]:
    """Stream the documents of numbered records.

    Raises:
        DataError: under ``on_error="strict"``, any fault.
    """
    builder = DocumentBuilder(source.name, source.stem, options, log)
    number = 0
    for line, record in records:
        number += 1
        document = builder.read(record, translate, line, number)
        if document is not None:
            yield document
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no document")


class DocumentBuilder:
    """Turns records into documents; remembers the ids and unknown keys of the file.

    Args:
        path: what errors call the file.
        stem: what ids begin with where the file gives none.
        options: policies.
        log: gets problems and the fate of every entity.
    """

    def __init__(self, path: str, stem: str, options: ReadOptions, log: ReadLog) -> None:
        self.path = path
        self._stem = stem
        self._options = options
        self._log = log
        self._ids: set[str] = set()
        self._unknown: set[str] = set()

    def read(self, record: JsonObject, translate: Translate, line: int, number: int) -> Document | None:
        """Return the document of a record, None when it is left out.

        Raises:
            DataError: a fault, under ``on_error="strict"``.
        """
        self._log.units += 1
        aside = Aside()
        plain: JsonObject | None = None
        document = None
        try:
            plain = translate(record, aside)
            self._note_unknown(aside.unknown, line)
            if plain is not None:
                document = self._build(plain, line, number)
        except DataError as error:
            fault = located(error, self.path, line)
            if self._options.on_error == "strict":
                raise fault from None
            self._log.note_error(fault)
            self._log.lost += 1
            listed = (plain or {}).get("entities")
            self._log.drop(fault.code, len(listed) if isinstance(listed, list) else 0)
        aside.settle(self._log, self.path, line)
        self._log.lines = (line,)
        return document

    def _build(self, record: JsonObject, line: int, number: int) -> Document:
        """Return the document of one record of span JSONL; raise a `DataError` without path."""
        id = self._read_id(record.get("id"), f"{self._stem}:{number}", line)
        text = record.get("text")
        if not isinstance(text, str):
            what = "'text' is missing" if text is None else "'text' must be a string"
            raise DataError(what, code="no-text", text=as_json(record))
        listed = record.get("entities")
        if listed is not None and not isinstance(listed, list):
            raise DataError("'entities' must be a list", code="wrong-type", text=as_json(listed))
        unit = record.get("unit") or self._options.offset_unit or "codepoint"
        table = codepoint_offsets(text, unit)
        broken = None
        try:
            tokens = read_tokens(record.get("tokens"), text, table)
            sentences = read_sentences(record.get("sentences"), len(tokens))
        except DataError as error:
            if self._options.on_error != "repair":
                raise
            tokens, sentences, broken = (), (), error  # tokens are a view of the text: they can be made anew
        entities = EntityReader(text, tokens, table, self._options, unit)
        spans = sort_spans(entities.read(listed or []))
        known = {span.id for span in spans if span.id is not None}
        linked = RelationReader(known, entities.dropped_ids, repair=self._options.on_error == "repair")
        relations = linked.relations(record.get("relations"))
        links = linked.links(record.get("links"))
        labels = read_labels(record.get("labels"))
        document = Document(id, text, tokens, sentences, spans, labels, relations, links)
        for problem in (*([broken] if broken else []), *linked.problems):
            self._log.note_error(located(problem, self.path, line))
        self._note_unknown({f"entities.{key}" for key in entities.unknown_keys} | linked.unknown_keys, line)
        entities.settle(self._log, self.path, line)
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
            self._log.note_error(located(error, self.path, line))
            id = f"{id}#{line}"
        return str(id)

    def _remember(self, id: str, line: int) -> None:
        """Keep the id for comparison, as long as the ids fit a bounded memory."""
        if len(self._ids) < _MAX_IDS:
            self._ids.add(id)
            if len(self._ids) == _MAX_IDS:
                what = f"ids are compared with the first {_MAX_IDS:,} only"
                self._log.note("ids-unchecked", self.path, line, what)

    def _note_unknown(self, keys: set[str], line: int) -> None:
        """Note each unknown key once in a file."""
        for key in sorted(keys - self._unknown):
            if len(self._unknown) < _MAX_UNKNOWN_KEYS:
                self._unknown.add(key)
                self._log.note("unknown-key", self.path, line, f"the key '{key}' is not known and ignored")
