"""Dataturks' JSON lines: ``{"content", "annotation": [{"label", "points": [{"start", "end", "text"}]}]}``.

Ends are the last character's. An annotation with several labels is an entity of each. Of projects about whole
texts, ``"annotation": {"labels": ["news"]}`` gives document labels. The stored text may lack, or have, white
space at its ends that the offsets do not say; only what else it says is checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, STRONG, Evidence, weigh
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import after, list_field, missing_key
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.log import ReadLog
from onoma.readers.offsets import codepoint_offsets
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_KEYS = frozenset(("id", "content", "annotation", "extras", "metadata"))


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """

    def translate(record: JsonObject, aside: Aside) -> JsonObject:
        return _translate(record, aside, options)

    return read_records(read_json(source, options, log), source, options, log, translate)


def _translate(record: JsonObject, aside: Aside, options: ReadOptions) -> JsonObject:
    aside.unknown |= record.keys() - _KEYS
    text, about = record.get("content"), record.get("annotation")
    plain: JsonObject = {"id": record.get("id"), "text": text}
    if isinstance(about, dict):
        return {**plain, "labels": list_field(about, "labels")}
    if text is not None and not isinstance(text, str):
        aside.drop("no-text", len(about) if isinstance(about, list) else 0)
        raise DataError("'content' must be a string", code="no-text", text=as_json(text))
    shown = _Surfaces(text or "", options.offset_unit or "codepoint")
    entities = [item for one in list_field(record, "annotation") for item in _entities(one, shown, aside)]
    return {**plain, "entities": entities}


class _Surfaces:
    """Finds out what lies at a place, in the offsets of the file."""

    def __init__(self, text: str, unit: str) -> None:
        self._text = text
        self._table = codepoint_offsets(text, unit)

    def differ_in_edges_only(self, start: Any, end: Any, surface: Any) -> bool:
        """Whether the stored text is that at the place, white space at its ends apart."""
        if type(start) is not int or type(end) is not int or not isinstance(surface, str) or start < 0:
            return False
        if self._table is not None:
            start, end = self._table.get(start, 0), self._table.get(end, 0)
        return bool(surface.strip()) and self._text[start:end].strip() == surface.strip()


def _entities(one: Any, surfaces: _Surfaces, aside: Aside) -> Iterator[Item | DataError]:
    fault = missing_key(one, ("label", "points"), "an annotation")
    if fault is not None:
        yield fault
        return
    labels = [one["label"]] if isinstance(one["label"], str) else one["label"]
    if not isinstance(labels, list) or not isinstance(one["points"], list):
        what = "an annotation's 'label' and 'points' must be lists"
        yield DataError(what, code="wrong-type", text=as_json(one))
        return
    if not labels:
        aside.drop("no-label", len(one["points"]))
        aside.note("no-label", f"an annotation without label is left out: {as_json(one)[:60]}")
    for label in labels:
        for point in one["points"]:
            fault = missing_key(point, ("start", "end"), "a point")
            if fault is not None:
                yield fault
                continue
            values = {"start": point["start"], "end": after(point["end"]), "label": label}
            text = point.get("text")
            if text is not None and not surfaces.differ_in_edges_only(values["start"], values["end"], text):
                values["text"] = text
            yield Item(values)


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "content and annotation with points")


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not isinstance(record.get("content"), str):
        return 0.0
    if "annotation" not in record:
        return 0.0
    listed = record["annotation"]
    if isinstance(listed, dict):
        return CERTAIN if isinstance(listed.get("labels"), list) else 0.0
    if not listed:
        return STRONG
    fits = isinstance(listed, list) and all(isinstance(one, dict) and "points" in one for one in listed)
    return CERTAIN if fits else 0.0


FORMAT = Format(
    name="dataturks",
    description='Dataturks\' {"content", "annotation": [{"label", "points": [{"start", "end", "text"}]}]}',
    suffixes=(".json", ".jsonl"),
    sniff=_sniff,
    read=read,
    keys=("content", "annotation", "extras"),
    options=OFFSETS,
)
