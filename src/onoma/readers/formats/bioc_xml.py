"""BioC in XML: a collection of documents with passages, annotations and relations; a document at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, TextIO
from xml.etree.ElementTree import Element

from onoma.errors import DataError
from onoma.readers.documents.bioc import bioc_document, translate_bioc
from onoma.readers.documents.xml_elements import read_elements
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document, Ledger

_START = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*>)*<collection\b", re.DOTALL)
_PARTS = re.compile(r"<(?:source|date|key|document|passage)\b")
_NUMBER = re.compile(r"\s*-?[0-9]{1,15}\s*")
_UNWRITABLE = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)
_LISTS = {
    "passage": "passages",
    "sentence": "sentences",
    "annotation": "annotations",
    "relation": "relations",
    "location": "locations",
    "node": "nodes",
}
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE collection SYSTEM "BioC.dtd">
<collection><source>onoma</source><date></date><key>onoma.key</key>
"""


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any document.
    """
    return read_records(_records(source), source, options, log, partial(translate_bioc, options))


def _records(source: Source) -> Iterator[tuple[int, JsonObject]]:
    for line, element in read_elements(source.lines(), source.name, "document", root="collection"):
        yield line, _as_json(element)


def _as_json(element: Element) -> JsonObject:
    """Return an element as BioC's JSON has it: attributes and texts are members, repeated elements lists."""
    values: JsonObject = {key: _number(value) for key, value in element.attrib.items() if key != "id"}
    if "id" in element.attrib:
        values["id"] = element.attrib["id"]
    infons: dict[str, str] = {}
    for child in element:
        if child.tag == "infon":
            infons[child.get("key", "")] = child.text or ""
        elif child.tag in _LISTS:
            values.setdefault(_LISTS[child.tag], []).append(_as_json(child))
        elif child.tag == "offset":
            values["offset"] = _number(child.text or "")
        else:
            values[child.tag] = "".join(child.itertext())
    values["infons"] = infons
    return values


def _number(text: str) -> int | str:
    return int(text) if _NUMBER.fullmatch(text) else text


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write a collection; memory stays flat. ``scheme`` means nothing here.

    Raises:
        DataError: an entity that is not the text at its offsets; a control character, which XML cannot hold.
    """
    log = ReadLog()
    stream.write(_HEAD)
    for document in documents:
        stream.write(_document_xml(bioc_document(document, log)))
    stream.write("</collection>\n")
    return log.ledger()


def _document_xml(document: JsonObject) -> str:
    passage = document["passages"][0]
    inner = f"<offset>0</offset><text>{_text(passage['text'])}</text>\n"
    for one in passage["annotations"]:
        places = "".join(
            f'<location offset="{place["offset"]}" length="{place["length"]}"/>' for place in one["locations"]
        )
        inner += (
            f'<annotation id="{_text(one["id"])}">{_infons(one)}{places}<text>{_text(one["text"])}</text>'
        )
        inner += "</annotation>\n"
    for one in passage["relations"]:
        nodes = "".join(
            f'<node refid="{_text(node["refid"])}" role="{node["role"]}"/>' for node in one["nodes"]
        )
        inner += f'<relation id="{one["id"]}">{_infons(one)}{nodes}</relation>\n'
    return f"<document><id>{_text(document['id'])}</id>\n<passage>{inner}</passage></document>\n"


def _infons(holder: dict[str, Any]) -> str:
    return "".join(f'<infon key="{key}">{_text(value)}</infon>' for key, value in holder["infons"].items())


def _text(text: str) -> str:
    """Return text as it can stand in an element or attribute, line ends as they are."""
    wrong = _UNWRITABLE.search(text)
    if wrong is not None:
        what = f"the character U+{ord(wrong[0]):04X} cannot stand in XML; write bioc-json instead"
        raise DataError(what, code="not-writable", text=text[max(0, wrong.start() - 20) :])
    return text.translate(_ESCAPES)


def _sniff(sample: Sample) -> Evidence:
    if _START.match(sample.text) is None:
        return NONE
    return Evidence(CERTAIN, "a collection of documents in XML") if _PARTS.search(sample.text) else NONE


FORMAT = Format(
    name="bioc-xml",
    description="BioC in XML: documents with passages, annotations, relations; identifiers as links",
    suffixes=(".xml", ".bioc"),
    sniff=_sniff,
    read=read,
    write=write,
    relations=True,
    options=OFFSETS,
    links=True,
)
