"""PubTator: a title and an abstract by the id of the article, a row a mention, a blank line after each.

``9001|t|Aspirin and rash.``, ``9001|a|It went.``, ``9001\\t0\\t7\\tAspirin\\tChemical\\tD001241``. Offsets
are over the title, one space, and the abstract. Rows of relations name concepts, not mentions:
``9001\\tCID\\tD001241\\tD005076``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.documents.concepts import concept_ids
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json.entities import Item
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Ledger

_PART = re.compile(r"([^|\t]+)\|([A-Za-z]{1,12})\|(.*)", re.DOTALL)
_ROW = re.compile(r"[^|\t]+\t\d+\t\d+\t[^\t]*\t[^\t]+(?:\t.*)?")
_NUMBER = re.compile(r"-?[0-9]+")
_WHITE = re.compile(r"[\t\n\r]")
_TITLE_END = re.compile(r"\n|(?<=[.!?]) (?=\S)")
_MIN_MENTION, _MIN_RELATION = 5, 4


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any row.
    """
    return read_records(_blocks(source.lines()), source, options, log, _translate)


def _blocks(lines: Iterable[str]) -> Iterator[tuple[int, JsonObject]]:
    """Yield (first line, numbered lines) of each document; a title begins one, too."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        part = _PART.fullmatch(line)
        begins = part is not None and part[2] == "t" and bool(block)
        if block and (begins or not line.strip()):
            yield block[0][0], {"lines": block}
            block = []
        if line.strip():
            block.append((number, line))
    if block:
        yield block[0][0], {"lines": block}


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    id: str | None = None
    texts: list[str] = []
    rows: list[tuple[int, str]] = []
    for number, line in record["lines"]:
        part = _PART.fullmatch(line)
        if part is None:
            rows.append((number, line))
            continue
        if id not in (None, part[1]):
            what = "a part of another article's text; a blank line must stand between two"
            raise DataError(what, code="pubtator-syntax", line=number, text=line)
        id = part[1]
        texts.append(part[3])
    if id is None:
        number, line = record["lines"][0]
        what = "a document must begin with its title: ID|t|title"
        raise DataError(what, code="pubtator-syntax", line=number, text=line)
    mentions = _Mentions(id, aside)
    for number, line in rows:
        mentions.read(line, number)
    # An article without abstract has an empty one: nothing follows the title then.
    return {"id": id, "text": " ".join(texts) if any(texts[1:]) else texts[0], **mentions.found()}


class _Mentions:
    """The rows of one document: mentions, with links to their concepts, and relations of concepts."""

    def __init__(self, document: str, aside: Aside) -> None:
        self._document = document
        self._aside = aside
        self._entities: list[Item | DataError] = []
        self._links: list[Item] = []
        self._relations: list[tuple[int, list[str]]] = []
        self._of_concept: dict[str, list[str]] = {}

    def read(self, line: str, number: int) -> None:
        fields = line.split("\t")
        fault = None
        if len(fields) < _MIN_RELATION:
            fault = "not a row of PubTator: ID, start, end, mention, type, concept, between tabs"
        elif fields[0] != self._document:
            fault = f"a row of '{fields[0]}' under the text of '{self._document}'"
        elif not _NUMBER.fullmatch(fields[1]):
            self._relations.append((number, fields[1:]))
            return
        elif len(fields) < _MIN_MENTION or not _NUMBER.fullmatch(fields[2]):
            fault = "a mention must have start, end, mention and type"
        if fault is not None:
            self._entities.append(DataError(fault, code="pubtator-syntax", line=number, text=line))
            return
        self._read_mention(fields, number)

    def _read_mention(self, fields: list[str], number: int) -> None:
        _, start, end, surface, label, *rest = fields
        values: JsonObject = {"start": int(start), "end": int(end), "label": label, "text": surface}
        targets = concept_ids(rest[0], composite=len(rest) > 1 and "|" in rest[1]) if rest else []
        if targets:
            values["id"] = f"T{len(self._entities) + 1}"
        for target in targets:
            self._links.append(Item({"entity": values["id"], "target": target}, number))
            self._of_concept.setdefault(target, []).append(values["id"])
        self._entities.append(Item(values, number))

    def found(self) -> JsonObject:
        """Return the entities, links and relations."""
        relations = []
        for number, (label, head, tail, *_) in self._relations:
            missing = next((end for end in (head, tail) if end not in self._of_concept), None)
            if missing is not None:
                what = f"a relation of the concept '{missing}', which no mention has, is not read: {label}"
                self._aside.note("relation-ignored", what, number)
                continue
            ends = self._of_concept[head], self._of_concept[tail]
            if any(len(mentions) > 1 for mentions in ends):
                what = f"{label} of {head} and {tail} is read as one of the first mention of each"
                self._aside.note("relation-of-concepts", what, number)
            relations.append(Item({"label": label, "head": ends[0][0], "tail": ends[1][0]}, number))
        return {"entities": self._entities, "links": self._links, "relations": relations}


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write a block a document; memory stays flat. ``scheme`` means nothing here.

    The title is the first line or sentence. Tabs and line ends become spaces: a row cannot hold them. A
    relation is written where both of its entities are linked to a concept.

    Raises:
        DataError: an entity that is not the text at its offsets; an id, label or target that no row can hold.
    """
    log = ReadLog()
    for document in documents:
        id = _plain(document.id, document, "|")
        targets: dict[str, list[str]] = {}
        for link in document.links:
            targets.setdefault(link.entity, []).append(_plain(link.target, document))
        title, abstract = _parts(document.text)
        lines = [f"{id}|t|{title}", f"{id}|a|{abstract}"]
        for span in document.entities:
            check_surface(span, document)
            concepts = targets.get(span.id or "", [])
            fields: list[Any] = [id, span.start, span.end, _WHITE.sub(" ", span.text)]
            lines.append(
                "\t".join(map(str, [*fields, _plain(span.label, document), "|".join(concepts) or "-"]))
            )
            log.keep_hull(len(span.fragments))
        for one in document.relations:
            if one.head in targets and one.tail in targets:
                ends = targets[one.head][0], targets[one.tail][0]
                lines.append("\t".join((id, _plain(one.label, document), *ends)))
        stream.write("\n".join(lines) + "\n\n")
    return log.ledger()


def _parts(text: str) -> tuple[str, str]:
    """Return title and abstract, which are the text again when one space joins them."""
    end = _TITLE_END.search(text)
    title, abstract = (text, "") if end is None else (text[: end.start()], text[end.end() :])
    if end is not None and not abstract:
        title, abstract = text, ""  # a line end at the end of all
    return _WHITE.sub(" ", title), _WHITE.sub(" ", abstract)


def _plain(text: str, document: Document, unwanted: str = "") -> str:
    if not text.strip() or _WHITE.search(text) or any(mark in text for mark in unwanted):
        what = f"document '{document.id}': PubTator has no way to write this in an id, label or concept"
        raise DataError(f"{what}; write spans-jsonl instead", code="not-writable", text=text)
    return text


def _sniff(sample: Sample) -> Evidence:
    lines = sample.filled
    first = _PART.fullmatch(lines[0]) if lines else None
    if first is None or first[2] != "t":
        return NONE
    explained = sum(bool(_PART.fullmatch(line) or _ROW.fullmatch(line) or "\t" in line) for line in lines)
    return Evidence(CERTAIN * explained / len(lines), "ID|t|title and ID|a|abstract")


FORMAT = Format(
    name="pubtator",
    description="PubTator: ID|t|title, ID|a|abstract and a row a mention; concepts as links",
    suffixes=(".pubtator",),
    sniff=_sniff,
    read=read,
    write=write,
    relations=True,
    options=OFFSETS,
    links=True,
)
