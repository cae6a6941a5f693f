"""doccano's JSON lines, in every layout of its exports.

Entities are ``"label": [[start, end, "PER"]]`` (once ``labels``), or objects ``{"id", "label",
"start_offset", "end_offset"}`` under ``entities``, with ``"relations": [{"from_id", "to_id", "type"}]``, or
under ``annotations``, where the label is but a number: ``label_names`` gives names to such, else they stay as
``"2"``. Document labels are ``"label": ["news"]``, or ``cats`` beside entities. Lines, or an array of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, FAINT, SHARED, STRONG, Evidence, weigh
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import list_field
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.json.word_tags import are_word_tags, check_document_labels
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format, Suggested
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Ledger

_LISTS = ("label", "labels", "entities", "annotations", "cats")
_KEYS = frozenset(("id", "doc_id", "text", "data", "relations", "Comments", "comments", *_LISTS))
_BOOKKEEPING = frozenset(("meta", "user", "username", "annotation_approver"))
_LOOK_AHEAD = 100
_OF_PLACES = ("start", "begin", "offset", "end", "span", "from")


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any line.
    """
    names = _LabelNames(options.label_names)
    return read_records(read_json(source, options, log), source, options, log, partial(_translate, names))


class _LabelNames:
    """Names of labels that are numbers; says once in a file that they are.

    Args:
        names: in their order, the first being that of 0; none where they are not known.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._said = False

    def __call__(self, label: Any, aside: Aside) -> Any:
        """Return the name of a number, or the number as text; what is none stays as it is.

        Raises:
            DataError: without path and line: a number without a name, where there are names.
        """
        if type(label) is not int:
            return label
        if not self._names:
            if not self._said:
                what = "labels are numbers (of doccano's own); name them with --label-names, or --map 2=PER"
                aside.note("label-numbers", what)
            self._said = True
            return str(label)
        if not 0 <= label < len(self._names):
            what = f"the label {label} has no name; --label-names knows 0 to {len(self._names) - 1}"
            raise DataError(what, code="label-names", text=str(label))
        return self._names[label]


def _translate(names: _LabelNames, record: JsonObject, aside: Aside) -> JsonObject:
    aside.unknown |= record.keys() - _KEYS - _BOOKKEEPING
    for key in ("Comments", "comments"):
        if record.get(key):
            aside.note("comment-ignored", f"comments are not read: {as_json(record[key])[:60]}")
    relations = list_field(record, "relations")
    ends = ("from_id", "to_id")
    referred = {as_json(one.get(end)) for one in relations if isinstance(one, dict) for end in ends}
    entities: list[Item | DataError] = []
    labels: list[Any] | None = None
    for key in _LISTS:
        listed = list_field(record, key)
        if key == "annotations":
            listed, of_text = _named(listed, names, aside)
            labels = [*(labels or []), *of_text] if of_text else labels
        texts = bool(listed) and key != "entities" and all(isinstance(one, str) for one in listed)
        if texts or (key == "cats" and key in record):
            labels = [*(labels or []), *listed]
        else:
            entities += [one if isinstance(one, DataError) else _entity(one, referred) for one in listed]
    text = record.get("text", record.get("data"))  # older exports of text classification call it data
    check_document_labels(labels, text)
    return {
        "id": record.get("id", record.get("doc_id")),
        "text": text,
        "entities": entities,
        "labels": labels,
        "relations": [_relation(one) for one in relations],
    }


def _named(listed: list[Any], names: _LabelNames, aside: Aside) -> tuple[list[Any], list[Any]]:
    """Return annotations with named labels, and apart the labels of those that have no place: of the text."""
    placed: list[Any] = []
    of_text: list[Any] = []
    for one in listed:
        if not isinstance(one, dict) or "label" not in one:
            placed.append(one)
            continue
        try:
            label = names(one["label"], aside)
        except DataError as error:
            placed.append(error)
            continue
        if _has_place(one):
            placed.append({**one, "label": label})
        else:
            of_text.append(label)
    return placed, of_text


def _has_place(annotation: JsonObject) -> bool:
    """Whether an annotation says where it stands, under whatever names: it is no label of the text."""
    keys = [str(key).casefold() for key in annotation]
    return any(part in key for key in keys for part in _OF_PLACES)


def _entity(item: Any, referred: set[str]) -> Item | DataError:
    if isinstance(item, list) and len(item) == 3:
        return Item({"start": item[0], "end": item[1], "label": item[2]})
    if not isinstance(item, dict):
        what = 'an entity must be [start, end, "LABEL"], or an object with start_offset, end_offset and label'
        return DataError(what, code="wrong-type", text=as_json(item))
    missing = next((key for key in ("start_offset", "end_offset", "label") if key not in item), None)
    if missing is not None:
        return DataError(f"an entity lacks '{missing}'", code="missing-key", text=as_json(item))
    # Ids only where something refers to them: else two equal entities are one that was made twice.
    id = item.get("id") if as_json(item.get("id")) in referred else None
    return Item({"id": id, "start": item["start_offset"], "end": item["end_offset"], "label": item["label"]})


def _relation(item: Any) -> Item | DataError:
    given = item.keys() if isinstance(item, dict) else ()
    missing = next((key for key in ("from_id", "to_id", "type") if key not in given), None)
    if missing is not None:
        return DataError(f"a relation lacks '{missing}'", code="missing-key", text=as_json(item))
    return Item({"label": item["type"], "head": item["from_id"], "tail": item["to_id"]})


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write one object a line; memory stays flat. ``scheme`` means nothing here.

    If one of the first 100 documents has relations, all are in the layout with relations; else only those
    that have some, and the others in that of sequence labelling. Document labels are ``cats`` in both.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    rest = iter(documents)
    first = list(islice(rest, _LOOK_AHEAD))
    related = any(document.relations for document in first)
    for document in chain(first, rest):
        for span in document.entities:
            check_surface(span, document)
            log.keep_hull(len(span.fragments))
        record: JsonObject = {"id": _number(document.id), "text": document.text}
        if related or document.relations:
            record |= _related(document)
        else:
            record["label"] = [[span.start, span.end, span.label] for span in document.entities]
        if document.labels is not None:
            record["cats"] = list(document.labels)
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return log.ledger()


def suggest(stream: TextIO, suggestions: Iterable[Suggested]) -> Ledger:
    """Write one object a line; doccano takes labels in without confirming them, and other keys as meta data.

    Scores of single entities have no place there; their mean is ``confidence``.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    for document, model, score, why in suggestions:
        for span in document.entities:
            check_surface(span, document)
            log.keep_hull(len(span.fragments))
        scores = [span.score for span in document.entities if span.score is not None]
        record: JsonObject = {"text": document.text, "document": document.id, "model": model, "strategy": why}
        record["label"] = [[span.start, span.end, span.label] for span in document.entities]
        if score is not None:
            record["selection"] = score
        if scores:
            record["confidence"] = sum(scores) / len(scores)
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return log.ledger()


def _related(document: Document) -> JsonObject:
    ids: list[Any] = [_number(span.id or "") for span in document.entities]
    if not all(type(id) is int for id in ids) or len(set(ids)) < len(ids):
        ids = list(range(1, len(ids) + 1))  # doccano's are numbers
    new = {span.id: id for span, id in zip(document.entities, ids, strict=True)}
    entities = [
        {"id": id, "label": span.label, "start_offset": span.start, "end_offset": span.end}
        for id, span in zip(ids, document.entities, strict=True)
    ]
    relations = [
        {"id": number, "from_id": new[one.head], "to_id": new[one.tail], "type": one.label}
        for number, one in enumerate(document.relations, 1)
    ]
    return {"entities": entities, "relations": relations}


def _number(id: str) -> int | str:
    return int(id) if id.isascii() and id.isdigit() and str(int(id)) == id else id


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "labels as [start, end, label], or with start_offset")


def _judge(record: Any) -> float:
    if not isinstance(record, dict) or not isinstance(record.get("text", record.get("data")), str):
        return 0.0
    label, labels, entities = (record.get(key) for key in ("label", "labels", "entities"))
    annotations = record.get("annotations")
    if isinstance(annotations, list) and label is labels is entities is None:
        placed = all(isinstance(one, dict) and {"label", "user"} & one.keys() for one in annotations)
        offsets = all("start_offset" in one for one in annotations) if placed else False
        if placed and any("start_offset" not in one and _has_place(one) for one in annotations):
            return 0.0  # of a tool that calls them otherwise
        return 0.0 if not placed else SHARED if not annotations else CERTAIN if offsets else STRONG
    text, lists = record.get("text"), (label, labels, entities)
    if any(are_word_tags(one, text) or _are_label_first(one) for one in lists):
        return 0.0
    if isinstance(label, list):
        triples = bool(label) and all(isinstance(one, list) for one in label)
        return CERTAIN if triples else STRONG if label else SHARED
    if isinstance(labels, list) and labels and all(isinstance(one, list) for one in labels):
        return CERTAIN
    if not isinstance(entities, list):
        return 0.0
    if not entities:
        bare = (
            "Comments" in record or "cats" in record or set(record) == {"id", "text", "entities", "relations"}
        )
        return SHARED + FAINT if bare else 0.0
    fits = all(isinstance(one, list) or (isinstance(one, dict) and "start_offset" in one) for one in entities)
    return CERTAIN if fits else 0.0


def _are_label_first(listed: Any) -> bool:
    """Whether entities are ``["PER", 0, 3]``, which doccano does not write."""
    return (
        isinstance(listed, list)
        and bool(listed)
        and all(isinstance(one, list) and [type(value) for value in one] == [str, int, int] for one in listed)
    )


FORMAT = Format(
    name="doccano",
    description='doccano\'s JSON lines: "label": [[start, end, "PER"]], or entities and relations; cats',
    suffixes=(".jsonl",),
    sniff=_sniff,
    read=read,
    write=write,
    suggest=suggest,
    relations=True,
    keys=("id", "text", "label", "Comments"),
    options=("label_names", *OFFSETS),
    labels=True,
)
