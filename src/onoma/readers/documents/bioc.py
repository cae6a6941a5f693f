"""Documents of BioC, which XML and JSON hold alike: passages at offsets, annotations with infons, relations.

BioC: a minimalist approach to interoperability for biomedical text processing (Comeau et al., 2013).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from onoma.errors import DataError
from onoma.readers.documents.concepts import concept_ids
from onoma.readers.documents.passages import PassageText
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import objects_field
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.log import ReadLog
from onoma.readers.offsets import codepoint_offsets
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Span

_UNITS = ("codepoint", "utf8", "utf16")
_VOCABULARIES = ("MESH", "OMIM", "NCBI Gene", "NCBI Taxonomy", "Entrez", "Cellosaurus", "CHEBI", "UMLS")


class _Annotation(NamedTuple):
    """An annotation with how far its passage had to be moved."""

    values: JsonObject
    shift: int


def translate_bioc(options: ReadOptions, document: JsonObject, aside: Aside) -> JsonObject:
    """Return a document of BioC as a record of span JSONL.

    Args:
        options: the unit of offsets; where none is given, that in which the annotations' texts are right.
        document: ``{"id", "passages": [{"offset", "text", "annotations"}], "annotations", "relations"}``.
        aside: gets what is left out.

    Raises:
        DataError: without path and line.
    """
    passages = objects_field(document, "passages")
    units = (options.offset_unit,) if options.offset_unit else _UNITS
    tried = []
    for unit in units:
        text, annotations, moved = _place(document, passages, unit)
        tried.append((text, annotations, moved, unit))
        if _fit(text, annotations, unit):
            break
    else:
        text, annotations, moved, unit = tried[0]
    if unit != units[0]:
        aside.note("offset-unit", f"offsets are in {unit}: that is where the annotations' texts are")
    for message in moved:
        aside.note("passage-moved", message)
    entities: list[Item | DataError] = []
    links: list[Item] = []
    ids: set[str] = set()
    referred = _referred(document, passages)
    for number, annotation in enumerate(annotations, 1):
        entities += _entity(annotation, number, referred, ids, links, aside)
    return {
        "id": _document_id(document.get("id")),
        "text": text,
        "entities": entities,
        "links": links,
        "relations": list(_relations(document, passages, aside)),
        "unit": unit if len(tried) > 1 and unit != units[0] else None,
    }


def _document_id(given: Any) -> Any:
    return None if given == "" else given


def _place(
    document: JsonObject, passages: list[JsonObject], unit: str
) -> tuple[str, list[_Annotation], list[str]]:
    """Return the text, the annotations, and what is to be said about passages that were moved."""
    placed = PassageText(unit)
    annotations: list[_Annotation] = []
    moved: list[str] = []
    for passage in passages:
        own = objects_field(passage, "annotations")
        sentences = objects_field(passage, "sentences")
        parts = [passage] if passage.get("text") or not sentences else sentences
        shift = 0
        for part in parts:
            text, offset = part.get("text") or "", part.get("offset", 0)
            if not isinstance(text, str):
                raise DataError("'text' of a passage must be a string", code="no-text", text=as_json(text))
            if type(offset) is not int or offset < 0:
                what = "'offset' of a passage must be a whole number from 0"
                raise DataError(what, code="wrong-type", text=as_json(offset))
            if text:
                shift = placed.add(offset, text)
            if shift:
                what = f"a passage at {offset} begins inside the one before it: it is read after that"
                moved.append(what)
            if part is not passage:
                annotations += [_Annotation(one, shift) for one in objects_field(part, "annotations")]
        annotations += [_Annotation(one, shift) for one in own]
        if parts == [passage]:
            inner = [one for sentence in sentences for one in objects_field(sentence, "annotations")]
            annotations += [_Annotation(one, shift) for one in inner]
    annotations += [_Annotation(one, 0) for one in objects_field(document, "annotations")]
    return placed.text, annotations, moved


def _fit(text: str, annotations: list[_Annotation], unit: str) -> bool:
    """Whether every annotation of one piece is the text at its offsets, as far as that can be told."""
    table = codepoint_offsets(text, unit)
    for values, shift in annotations:
        surface, locations = values.get("text"), values.get("locations")
        if not isinstance(surface, str) or not isinstance(locations, list) or len(locations) != 1:
            continue
        place = _location(locations[0])
        if isinstance(place, DataError):
            continue
        start, end = (at + shift for at in place)
        if table is not None:
            start, end = table.get(start, -1), table.get(end, -1)
        if start < 0 or end < 0 or text[start:end] != surface:
            return False
    return True


def _location(given: Any) -> tuple[int, int] | DataError:
    if isinstance(given, dict) and type(given.get("offset")) is int and type(given.get("length")) is int:
        return given["offset"], given["offset"] + given["length"]
    what = "a location must have offset and length, whole numbers"
    return DataError(what, code="wrong-type", text=as_json(given))


def _entity(
    annotation: _Annotation,
    number: int,
    referred: set[str],
    ids: set[str],
    links: list[Item],
    aside: Aside,
) -> Iterator[Item | DataError]:
    values, shift = annotation
    infons = values.get("infons") or {}
    locations = values.get("locations")
    if not isinstance(infons, dict) or not isinstance(locations or [], list):
        what = "an annotation must have an object 'infons' and a list 'locations'"
        yield DataError(what, code="wrong-type", text=as_json(values))
        return
    if not locations:
        aside.drop("no-location")
        aside.note(
            "no-location", f"an annotation of no place in the text is left out: {as_json(infons)[:60]}"
        )
        return
    places = [_location(one) for one in locations]
    wrong = next((place for place in places if isinstance(place, DataError)), None)
    if wrong is not None:
        yield wrong
        return
    if "type" not in infons:
        what = "an annotation lacks the infon 'type'"
        yield DataError(what, code="missing-key", text=as_json(values))
        return
    pairs = sorted([start + shift, end + shift] for start, end in places)  # type: ignore[misc]
    entity: JsonObject = {"start": pairs[0][0], "end": max(end for _, end in pairs), "label": infons["type"]}
    if len(pairs) > 1:
        entity["fragments"] = pairs
    if isinstance(values.get("text"), str):
        entity["text"] = values["text"]
    targets = _targets(infons)
    id = str(values.get("id") or f"A{number}")
    if targets or id in referred:
        if id in ids:  # in some files ids begin anew in each passage
            aside.note("duplicate-entity-id", f"two annotations have the id '{id}': the second has a new one")
            id = f"{id}#{number}"
        ids.add(id)
        entity["id"] = id
        links += [Item({"entity": id, "target": target}) for target in targets]
    yield Item(entity)


def _targets(infons: Mapping[str, Any]) -> list[str]:
    """Return what an annotation is linked to: its identifier, or an id by the name of a vocabulary."""
    targets: list[str] = []
    for key, value in infons.items():
        if not isinstance(value, str | int) or isinstance(value, bool):
            continue
        if key.casefold() in ("identifier", "identifiers", "cui"):
            targets += concept_ids(str(value))
        elif key in _VOCABULARIES:
            targets += [one if ":" in one else f"{key}:{one}" for one in concept_ids(str(value))]
    return list(dict.fromkeys(targets))


def _all_relations(document: JsonObject, passages: list[JsonObject]) -> list[JsonObject]:
    sentences = (one for passage in passages for one in objects_field(passage, "sentences"))
    holders = [*passages, *sentences, document]
    return [one for holder in holders for one in objects_field(holder, "relations")]


def _nodes(relation: JsonObject) -> list[str]:
    nodes = relation.get("nodes")
    if not isinstance(nodes, list):
        return []
    return [str(node.get("refid")) for node in nodes if isinstance(node, dict)]


def _referred(document: JsonObject, passages: list[JsonObject]) -> set[str]:
    return {id for one in _all_relations(document, passages) for id in _nodes(one)}


def _relations(document: JsonObject, passages: list[JsonObject], aside: Aside) -> Iterator[Item]:
    """Yield relations of two annotations; note the others."""
    relations = _all_relations(document, passages)
    events = {str(one.get("id")) for one in relations}
    for one in relations:
        nodes, infons = _nodes(one), one.get("infons")
        if len(nodes) != 2 or not events.isdisjoint(nodes):
            what = "a relation that is not one of two annotations is not read"
            aside.note("relation-ignored", f"{what}: {as_json(infons)[:60]}")
            continue
        label = infons.get("type") if isinstance(infons, dict) else None
        yield Item({"label": label or "relation", "head": nodes[0], "tail": nodes[1]})


def bioc_document(document: Document, log: ReadLog) -> JsonObject:
    """Return a document as BioC has it: one passage of all the text.

    Args:
        document: offsets are written in code points.
        log: gets the fate of each entity.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    targets: dict[str, list[str]] = {}
    for link in document.links:
        targets.setdefault(link.entity, []).append(link.target)
    taken = {span.id for span in document.entities}
    annotations = []
    for number, span in enumerate(document.entities, 1):
        check_surface(span, document)
        log.keep()
        infons = {"type": span.label}
        if span.id in targets:
            infons["identifier"] = ";".join(targets[span.id or ""])
        annotations.append(
            {
                "id": span.id or _free_id(number, taken),
                "infons": infons,
                "text": _surface(span, document),
                "locations": [
                    {"offset": start, "length": end - start}
                    for start, end in span.fragments or ((span.start, span.end),)
                ],
            }
        )
    relations = [
        {
            "id": f"R{number}",
            "infons": {"type": one.label},
            "nodes": [{"refid": one.head, "role": "Arg1"}, {"refid": one.tail, "role": "Arg2"}],
        }
        for number, one in enumerate(document.relations, 1)
    ]
    passage = {"offset": 0, "infons": {}, "text": document.text, "sentences": [], "annotations": annotations}
    return {
        "id": document.id,
        "infons": {},
        "passages": [passage | {"relations": relations}],
        "relations": [],
    }


def _free_id(number: int, taken: Collection[str | None]) -> str:
    """Return an id for an entity without one, which no other entity has."""
    id = f"A{number}"
    while id in taken:
        id = f"A{id}"
    return id


def _surface(span: Span, document: Document) -> str:
    pieces = span.fragments or ((span.start, span.end),)
    return " ".join(document.text[start:end] for start, end in pieces)
