r"""The lines of brat's standoff format, which NEREL keeps in JSON: entities, relations, links.

``T1\tPER 0 5;8 10\tAnna B.``, ``R1\tWORKS_FOR Arg1:T1 Arg2:T2``, ``N1\tReference T1 Wikidata:Q64\tBerlin``
(in BioNLP: ``N1\tOntoBiotope Annotation:T1 Referent:OBT:000091``).
A text column cannot hold a newline: brat cuts an entity in two where a line ends, and shows a space. To it
any end of a line is one character, CRLF too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from onoma.errors import DataError
from onoma.readers.json.entities import Item
from onoma.readers.json.entity_fields import join_lines
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.offsets import CODE_POINTS, STANDOFF, Counting
from onoma.readers.records import Aside
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Span

ANNOTATION_LINE = re.compile(r"T\d+\t\S+ \d+ \d+|[R#AMEN]\d+\t\S|\*\t\S")
"""What a line of standoff annotation begins with."""
_ENTITY = re.compile(r"(T\S*)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)", re.DOTALL)
_RELATION = re.compile(r"R\S*\t(\S+) ([^\s:]+):(\S+) ([^\s:]+):(\S+)\s*")
_LINK = re.compile(r"N\S*\tReference (\S+) (\S+)(?:\t(.*))?", re.DOTALL)
_NORMALISATION = re.compile(r"N\S*\t\S+ Annotation:(\S+) Referent:(\S+)(?:\t(.*))?", re.DOTALL)
_ROLES = ("Arg1", "Arg2")
_ENTITY_ID = re.compile(r"T[0-9]+")
_OTHERS = {"A": "attribute", "M": "attribute", "E": "event", "#": "note", "*": "equivalence", "N": "link"}
_LINE = re.compile(r"(?:(?!\r?\n).)+", re.DOTALL)
_LINE_END = re.compile(r"(?:\r?\n)+")


def translate_standoff(record: JsonObject, aside: Aside) -> JsonObject:
    """Return the record of span JSONL of one with ``id``, ``text``, ``lines``, and ``marked`` (by a mark)."""
    found = read_standoff(record["text"], record["lines"], aside)
    return {"id": record["id"], **found, "counting": STANDOFF, "marked": record["marked"]}


def read_standoff(text: str, lines: Iterable[tuple[int | None, str]], aside: Aside) -> JsonObject:
    """Return the entities, relations and links of a document, as a record of span JSONL has them.

    Offsets stay as the file has them; what they count is decided where all entities are checked.

    Kinds of annotation that have no place in it (attributes, events, notes, equivalences) are noted.

    Args:
        text: the document's.
        lines: the annotations, with the number of each line where it has one of its own.
        aside: gets what is left out.
    """
    entities: list[Item | DataError] = []
    relations: list[Item | DataError] = []
    links: list[Item] = []
    events: set[str] = set()
    for number, line in lines:
        kind = line[:1]
        try:
            if kind == "T":
                entities.append(_read_entity(line, number))
            elif kind == "R":
                relations.append(_read_relation(line, number, aside))
            elif kind == "N" and (match := _LINK.fullmatch(line) or _NORMALISATION.fullmatch(line)):
                links.append(Item({"entity": match[1], "target": match[2], "text": match[3]}, number))
            elif kind in _OTHERS:
                name = _OTHERS[kind]
                aside.note(f"{name}-ignored", f"{name}s are not read: {line[:60]}", number)
                if kind == "E":
                    events.add(line.partition("\t")[0])
            else:
                what = "not a line of standoff annotation: T1, tab, LABEL START END, tab, text"
                raise DataError(what, code="standoff-syntax", line=number, text=line)
        except DataError as error:
            (relations if kind == "R" else entities).append(error)
    kept = [one for one in relations if not _refers_to(one, events, aside)]
    return {"text": text, "entities": entities, "relations": kept, "links": links}


def _read_entity(line: str, number: int | None) -> Item:
    match = _ENTITY.fullmatch(line)
    if match is None:
        what = "an entity must read: T1, tab, LABEL START END, tab, text (several START END by ;)"
        raise DataError(what, code="standoff-syntax", line=number, text=line)
    id, label, places, surface = match.groups()
    try:
        pairs = [[int(offset) for offset in place.split(" ")] for place in places.split(";")]
    except ValueError:
        what = "an offset has more digits than any text"
        raise DataError(what, code="standoff-syntax", line=number, text=line[:60]) from None
    values = {"id": id, "label": label, "start": pairs[0][0], "end": pairs[0][1], "text": surface}
    if len(pairs) > 1:
        start, end = min(start for start, _ in pairs), max(end for _, end in pairs)
        values |= {"start": start, "end": end, "fragments": pairs}
    return Item(values, number, one_line=True)


def _read_relation(line: str, number: int | None, aside: Aside) -> Item:
    match = _RELATION.fullmatch(line)
    if match is None:
        what = "a relation must read: R1, tab, LABEL Arg1:T1 Arg2:T2"
        raise DataError(what, code="standoff-syntax", line=number, text=line)
    label, first, head, second, tail = match.groups()
    if (first, second) == _ROLES[::-1]:
        head, tail = tail, head
    elif (first, second) != _ROLES:
        aside.note("roles-ignored", f"the roles {first} and {second} are read as Arg1 and Arg2", number)
    return Item({"label": label, "head": head, "tail": tail}, number)


def _refers_to(relation: Item | DataError, events: set[str], aside: Aside) -> bool:
    if isinstance(relation, DataError) or events.isdisjoint((relation["head"], relation["tail"])):
        return False
    aside.note("event-ignored", f"a relation of an event is not read: {relation['label']}", relation.line)
    return True


def _one_line(text: str) -> str:
    return _LINE_END.sub(" ", text)


def standoff_lines(
    document: Document, log: ReadLog, counting: Counting = CODE_POINTS
) -> Iterator[tuple[str, str]]:
    """Yield the kind (``T``, ``R``, ``N``) and the line of each entity, relation and link.

    Args:
        document: ids like ``T12`` are kept if all entities have one; else they are counted anew.
        log: gets the fate of each entity.
        counting: what the written offsets count.

    Raises:
        DataError: a label or target with white space in it, or an entity that is not the text there.
    """
    ids = _standoff_ids(document)
    table = counting.table(document.text)
    place = None if table is None else {index: offset for offset, index in table.items()}
    new: Mapping[str | None, str] = dict(zip((span.id for span in document.entities), ids, strict=True))
    for id, span in zip(ids, document.entities, strict=True):
        check_surface(span, document)
        given = span.fragments or ((span.start, span.end),)
        pieces = [piece for start, end in given for piece in _lines_of(document.text, start, end)]
        if len(span.fragments) > 1 and join_lines(pieces, document.text) != span.fragments:
            log.adjust("line-fragments")  # fragments between which a line ends are one when read again
        else:
            log.keep()
        offsets = pieces if place is None else [_counted(piece, place) for piece in pieces]
        places = ";".join(f"{start} {end}" for start, end in offsets)
        surface = _one_line(" ".join(document.text[start:end] for start, end in pieces))
        yield "T", f"{id}\t{_plain(span, document)} {places}\t{surface}"
    for number, one in enumerate(document.relations, 1):
        label = _without_space(one.label, document)
        yield "R", f"R{number}\t{label} Arg1:{new[one.head]} Arg2:{new[one.tail]}"
    for number, link in enumerate(document.links, 1):
        target = _without_space(link.target, document)
        yield "N", f"N{number}\tReference {new[link.entity]} {target}\t{_one_line(link.text)}"


def _standoff_ids(document: Document) -> list[str]:
    ids = [span.id or "" for span in document.entities]
    if len(set(ids)) == len(ids) and all(map(_ENTITY_ID.fullmatch, ids)):
        return ids
    return [f"T{number}" for number in range(1, len(ids) + 1)]


def _lines_of(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a fragment between line ends."""
    for match in _LINE.finditer(text, start, end):
        yield match.span()


def _counted(piece: tuple[int, int], place: Mapping[int, int]) -> tuple[int, int]:
    """Return a place as the file counts it; an edge inside CRLF goes out of it."""
    start, end = piece
    return place[start if start in place else start + 1], place[end if end in place else end - 1]


def _plain(span: Span, document: Document) -> str:
    return _without_space(span.label, document)


def _without_space(text: str, document: Document) -> str:
    if not text or re.search(r"\s", text):
        what = f"document '{document.id}': standoff annotation has no way to write white space in a label"
        raise DataError(f"{what}; write spans-jsonl instead", code="not-writable", text=text)
    return text
