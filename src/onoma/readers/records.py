"""From records to documents, for every format that holds a document a record.

A format translates its record into that of span JSONL; all checks, policies and accounts are here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from onoma.errors import DataError
from onoma.readers.ahead import Ahead
from onoma.readers.json.entities import EntityReader
from onoma.readers.json.lines import JsonObject, as_json, located
from onoma.readers.json.lists import read_labels, read_sentences, read_tokens
from onoma.readers.log import ReadLog
from onoma.readers.offset_reading import MAX_CHARACTERS, MAX_RECORDS, OffsetReading, has_surfaces
from onoma.readers.offsets import CODE_POINTS
from onoma.readers.options import ReadOptions
from onoma.readers.relations import RelationReader
from onoma.readers.source import Source
from onoma.readers.word_edges import WordEdges
from onoma.text import Document, sort_spans

KEYS = frozenset(("id", "text", "entities", "labels", "tokens", "sentences", "relations", "links"))
_WITHOUT_GOLD = frozenset(("id", "text", "tokens", "sentences", "unit", "counting", "marked"))
_ABOUT_TEXT = ("entities", "tokens", "sentences", "relations", "links")
"""A record without any of these is a text, as those of archives are: there is nothing to check."""
_MAX_IDS = 1_000_000
_MAX_UNKNOWN_KEYS = 100


class Aside:
    """What a translation has to say besides the record; told once its fate is known."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()
        self._notes: list[tuple[str, str, int | None]] = []
        self._dropped: dict[str, int] = {}

    def note(self, code: str, message: str, line: int | None = None) -> None:
        """Record a problem, on a line of its own or on that of the record."""
        self._notes.append((code, message, line))

    def drop(self, reason: str, count: int = 1) -> None:
        """Count entities that the translation leaves out."""
        self._dropped[reason] = self._dropped.get(reason, 0) + count

    def settle(self, log: ReadLog, path: str, line: int) -> None:
        """Hand everything over to the log."""
        for code, message, own in self._notes:
            log.note(code, path, own or line, message)
        for reason, count in self._dropped.items():
            log.drop(reason, count)


Translate = Callable[[JsonObject, Aside], "JsonObject | None"]
"""Makes a record of span JSONL of a format's own; None where it is no document.

An entity or relation may be a `DataError`, where something is wrong with it alone. Besides the keys of span
JSONL the record may have

- ``unit``: what its offsets count, whatever options and surfaces say: the translation made them itself;
- ``counting``: a `Counting`, what the format's own tool counts; options and surfaces may say otherwise;
- ``marked``: whether a byte-order mark stood before the text, where that is known.
"""


class FileRecord(dict[str, Any]):
    """A record of a format of many files.

    Args:
        values: the record.
        path: its own file, which errors name.
    """

    def __init__(self, values: Mapping[str, Any], path: str) -> None:
        super().__init__(values)
        self.path = path


def read_records(
    records: Iterable[tuple[int, JsonObject]],
    source: Source,
    options: ReadOptions,
    log: ReadLog,
    translate: Translate,
) -> Iterator[Document]:
    """Stream the documents of numbered records.

    Records are looked at ahead only where surfaces contradict the offsets, see `OffsetReading`.

    Raises:
        DataError: under ``on_error="strict"``, any fault.
    """
    builder = DocumentBuilder(source.name, source.stem, options, log)
    number = 0
    for document in builder.documents(records, translate):
        number += 1
        if document is not None:
            yield document
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no document")


class _Translated(NamedTuple):
    """A record of span JSONL, or the fault that hinders one; None where it is no document."""

    line: int
    path: str | None
    aside: Aside
    record: JsonObject | None
    fault: DataError | None


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
        self._offsets = OffsetReading(options)
        self._edges = WordEdges()
        self._counting = CODE_POINTS

    def documents(
        self, records: Iterable[tuple[int, JsonObject]], translate: Translate
    ) -> Iterator[Document | None]:
        """Yield the document of each numbered record, None where it is left out; say at the end what was odd.

        Raises:
            DataError: under ``on_error="strict"``, any fault.
        """
        translated = Ahead(_translate(line, record, translate) for line, record in records)
        for number, one in enumerate(translated, 1):
            yield self._read(one, number, translated)
        self._finish()

    def _finish(self) -> None:
        """Note what only the whole file tells."""
        finding = self._edges.finding(self._counting)
        if finding is not None:
            self._log.note("edges-inside-words", self.path, None, finding)

    def _read(self, one: _Translated, number: int, ahead: Ahead[_Translated]) -> Document | None:
        path = one.path or self.path
        self._log.units += 1
        document = None
        try:
            if one.fault is not None:
                raise one.fault
            self._note_unknown(one.aside.unknown, one.line)
            if one.record is not None:
                self._decide(one.record, path, ahead)
                document = self._build(one.record, one.line, number, path)
        except DataError as error:
            listed = (one.record or {}).get("entities")
            lost = len(listed) if isinstance(listed, list) else 0
            self._log.leave_out(located(error, path, one.line), self._options.on_error, lost, counted=True)
        one.aside.settle(self._log, path, one.line)
        self._log.lines = (one.line,)
        return document

    def _decide(self, record: JsonObject, path: str, ahead: Ahead[_Translated]) -> None:
        """Settle what offsets count, at the first surface that contradicts them."""
        if not self._offsets.needs_decision(record):
            return
        following, whole = ahead.peek(MAX_RECORDS, MAX_CHARACTERS, lambda one: len(_text_of(one.record)))
        records = [record, *(one.record for one in following if one.record is not None)]
        decision = self._offsets.decide(records, whole)
        if decision is not None:
            self._log.note("offset-reading", path, None, decision)

    def _build(self, record: JsonObject, line: int, number: int, path: str) -> Document:
        """Return the document of one record of span JSONL; raise a `DataError` without path."""
        if not self._options.gold:  # what is not wanted cannot be wrong
            record = {key: value for key, value in record.items() if key in _WITHOUT_GOLD}
        id = self._read_id(record.get("id"), f"{self._stem}:{number}", line)
        text = record.get("text")
        if not isinstance(text, str):
            what = "'text' is missing" if text is None else "'text' must be a string"
            raise DataError(what, code="no-text", text=as_json(record))
        listed = record.get("entities")
        if listed is not None and not isinstance(listed, list):
            raise DataError("'entities' must be a list", code="wrong-type", text=as_json(listed))
        if all(record.get(key) in (None, []) for key in _ABOUT_TEXT):
            self._remember(id, line)
            return Document(id, text, labels=read_labels(record.get("labels")))
        self._counting = counting = self._offsets.counting(record)
        marked = record.get("marked")
        broken = None
        try:
            given = record.get("tokens")
            tokens = read_tokens(given, text, counting.table(text, marked is not False)) if given else ()
            sentences = read_sentences(record.get("sentences"), len(tokens))
        except DataError as error:
            if self._options.on_error != "repair":
                raise
            tokens, sentences, broken = (), (), error  # tokens are a view of the text: they can be made anew
        entities = EntityReader(
            text, tokens, self._options, counting, marked=marked, trusted=self._offsets.trusted
        )
        spans = sort_spans(entities.read(listed or []))
        known = {span.id for span in spans if span.id is not None}
        linked = RelationReader(known, entities.dropped_ids, repair=self._options.on_error == "repair")
        relations = linked.relations(record.get("relations"))
        links = linked.links(record.get("links"))
        labels = read_labels(record.get("labels"))
        document = Document(id, text, tokens, sentences, spans, labels, relations, links)
        for problem in (*([broken] if broken else []), *linked.problems):
            self._log.note_error(located(problem, path, line))
        self._note_unknown({f"entities.{key}" for key in entities.unknown_keys} | linked.unknown_keys, line)
        entities.settle(self._log, path, line)
        self._remember(id, line)
        if not tokens and spans and not has_surfaces(record):
            self._edges.add(document, record)
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


def _translate(line: int, record: JsonObject, translate: Translate) -> _Translated:
    aside, path = Aside(), getattr(record, "path", None)
    try:
        return _Translated(line, path, aside, translate(record, aside), None)
    except DataError as error:
        return _Translated(line, path, aside, None, error)


def _text_of(record: JsonObject | None) -> str:
    text = (record or {}).get("text")
    return text if isinstance(text, str) else ""
