"""Text with its entities between tags, a document a line: ``<PER>Ann Lee</PER> left <LOC>Oslo</LOC>.``

Tags are named by their labels, or by their attribute TYPE as in MUC (``<ENAMEX TYPE="PERSON">``), or are as
OpenNLP's (``<START:person> Ann Lee <END>``, where the spaces belong to the tags). Entities may lie in one
another. In the former two ``&lt;``, ``&amp;`` and their like are what they stand for. Pages of HTML are text,
and so are tags in small letters, in files that may be either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape

from onoma.errors import DataError, excerpt
from onoma.readers.evidence import FAINT, NONE, STRONG, Evidence
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_NAME = r"[^\W\d][\w.:-]*"
_VALUE = r"(?:\"[^\"<>]*\"|'[^'<>]*')"
_XML_TAG = re.compile(rf"<(?P<ends>/?)(?P<name>{_NAME})(?P<attributes>(?:\s+{_NAME}\s*=\s*{_VALUE})*)\s*>")
_TYPE = re.compile(r"\btype\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
_OPENNLP_TAG = re.compile(r"<START(?::(?P<name>[^<>\s]+))?>\s*|\s*(?P<ends><END>)")
_ESCAPE = re.compile(r"&(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
_UNNAMED = "default"
"""OpenNLP's label of ``<START>`` without one."""
_OF_PAGES = frozenset(
    re.findall(
        r"\w+",
        "a abbr article aside b body br button center cite code dd del div dl dt em embed figure font "
        "footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins label li link main meta "
        "nav ol option p pre q s script section select small span strong style sub sup table tbody td th "
        "thead title tr tt u ul video ",
    )
)
"""Names of tags that make a web page, and no entity."""
_OF_DOCUMENTS = ("<?xml", "<!doctype")
"""What documents of XML and HTML begin with: their tags are of the document."""
_MOST_LABELS = 100


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` a tag that is not closed on its line,
            or closes none.
    """
    lines = ((number, {"line": line}) for number, line in enumerate(source.lines(), 1) if line.strip())
    return read_records(lines, source, options, log, _translate)


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    text, entities = _parse(record["line"])
    return {"text": text, "entities": entities, "unit": "codepoint"}


def _parse(line: str) -> tuple[str, list[JsonObject]]:
    return parse_opennlp(line) if "<START" in line else parse_marked(line)


def parse_marked(line: str) -> tuple[str, list[JsonObject]]:
    """Return the text of a line, and the entities that stood between its tags.

    Raises:
        DataError: a tag that is not closed, or closes none.
    """
    parts: list[str] = []
    length = done = 0
    entities: list[JsonObject] = []
    opened: list[tuple[str, JsonObject]] = []
    for tag in _XML_TAG.finditer(line):
        piece = _ESCAPE.sub(_unescaped, line[done : tag.start()])
        parts.append(piece)
        length += len(piece)
        done = tag.end()
        if not tag["ends"]:
            kind = _TYPE.search(tag["attributes"])
            label = unescape(kind[1]) if kind else tag["name"]
            opened.append((tag["name"], {"start": length, "label": label}))
            continue
        if not opened or opened[-1][0] != tag["name"]:
            expected = f"'</{opened[-1][0]}>' is expected" if opened else "nothing is open"
            raise DataError(f"'{excerpt(tag[0])}' where {expected}", code="tag-syntax", text=line)
        _, entity = opened.pop()
        entities.append(_closed(entity, length, line))
    if opened:
        raise DataError(f"'<{opened[-1][0]}>' is not closed on its line", code="tag-syntax", text=line)
    parts.append(_ESCAPE.sub(_unescaped, line[done:]))
    return "".join(parts), entities


def parse_opennlp(line: str) -> tuple[str, list[JsonObject]]:
    """Do the same for a line of OpenNLP, where no entity lies in another one."""
    parts: list[str] = []
    length = done = 0
    entities: list[JsonObject] = []
    opened: JsonObject | None = None
    for tag in _OPENNLP_TAG.finditer(line):
        parts.append(line[done : tag.start()])
        length += tag.start() - done
        done = tag.end()
        if bool(tag["ends"]) != (opened is not None):
            what = "closes none" if tag["ends"] else "stands in an entity that is not closed"
            raise DataError(f"'{excerpt(tag[0].strip())}' {what}", code="tag-syntax", text=line)
        if opened is None:
            opened = {"start": length, "label": tag["name"] or _UNNAMED}
        else:
            entities.append(_closed(opened, length, line))
            opened = None
    if opened is not None:
        raise DataError("'<START' without '<END>' on its line", code="tag-syntax", text=line)
    parts.append(line[done:])
    return "".join(parts), entities


def _closed(entity: JsonObject, end: int, line: str) -> JsonObject:
    if entity["start"] == end:
        raise DataError("nothing stands between two tags", code="tag-syntax", text=line)
    return {**entity, "end": end}


def _unescaped(escape: re.Match[str]) -> str:
    return unescape(escape[0])


def _begins_document(lines: Sequence[str]) -> bool:
    return bool(lines) and lines[0].lstrip().casefold().startswith(_OF_DOCUMENTS)


def _sniff(sample: Sample) -> Evidence:
    """Tags that open and close on their lines, of few names, none of which is one of web pages."""
    if sample.json.layout != "none" or _begins_document(sample.filled):
        return NONE
    names: set[str] = set()
    marked = within = 0
    for line in sample.filled:
        found = [tag["name"] or "" for tag in (*_XML_TAG.finditer(line), *_OPENNLP_TAG.finditer(line))]
        try:
            text, entities = _parse(line)
        except DataError:
            return NONE
        marked += bool(entities)
        within += any(one["end"] - one["start"] < len(text.strip()) for one in entities)
        names.update(found)
    # Where tags stand around all of each line, they are of XML: fields of a record, not entities in a text.
    if (
        2 * within < max(1, marked)
        or len(names) > _MOST_LABELS
        or any(name.lower() in _OF_PAGES for name in names)
    ):
        return NONE
    plain = any(name.isupper() for name in names) or _OPENNLP_TAG.search(sample.text) is not None
    return Evidence(STRONG if plain else FAINT, "entities between tags")


FORMAT = Format(
    name="marked-text",
    description="text a line, entities between tags: <PER>Ann</PER>, MUC's ENAMEX, OpenNLP's <START:person>",
    suffixes=(),
    sniff=_sniff,
    read=read,
    options=OFFSETS,
)
