"""Relations between entities, and what entities are linked to, as lists of JSON objects."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from onoma.errors import DataError
from onoma.readers.json.entity_fields import read_id
from onoma.readers.json.lines import JsonObject, as_json
from onoma.text import Document, Link, Relation


class RelationReader:
    """Reads the relations and links of one document.

    Args:
        known: ids of the document's entities.
        dropped: ids of entities that were in the file but not taken over: what refers to them goes, too.
        repair: whether a faulty relation is left out instead of raised.

    Attributes:
        problems: what was left out.
        unknown_keys: keys that mean nothing here.
    """

    def __init__(self, known: Container[str], dropped: Container[str], *, repair: bool) -> None:
        self.problems: list[DataError] = []
        self.unknown_keys: set[str] = set()
        self._known, self._dropped = known, dropped
        self._repair = repair

    def relations(self, listed: Any) -> tuple[Relation, ...]:
        """Check ``[{"label", "head", "tail"}, ...]``; a `DataError` may stand for what could not be read.

        Raises:
            DataError: without path: a key is missing or of the wrong type, or no entity has the id.
        """
        found = []
        for item in _list(listed, "relations"):
            try:
                found += self._relation(item)
            except DataError as error:
                if not self._repair:
                    raise
                self.problems.append(error)
        return tuple(found)

    def links(self, listed: Any) -> tuple[Link, ...]:
        """Check ``[{"entity", "target", "text"}, ...]``; one whose entity does not exist is left out.

        Raises:
            DataError: without path: a key is missing or of the wrong type.
        """
        found = []
        for item in _list(listed, "links"):
            entity, target = self._strings(item, ("entity", "target"), "a link")
            text = item.get("text") or ""
            if not isinstance(text, str):
                raise DataError("'text' of a link must be a string", code="wrong-type", text=as_json(item))
            self.unknown_keys |= {f"links.{key}" for key in item.keys() - {"entity", "target", "text"}}
            if entity in self._known:
                found.append(Link(entity, target, text))
            else:
                what = "a link of an entity that is not there; it is left out"
                self.problems.append(DataError(what, code="unknown-entity", text=as_json(item)))
        return tuple(found)

    def _relation(self, item: Any) -> list[Relation]:
        if isinstance(item, DataError):
            raise item
        label, head, tail = self._strings(item, ("label", "head", "tail"), "a relation")
        self.unknown_keys |= {f"relations.{key}" for key in item.keys() - {"label", "head", "tail"}}
        for id in (head, tail):
            if id in self._known:
                continue
            what = f"a relation refers to the entity '{id}', which is not there"
            shown, line = f"{label} {head} {tail}", getattr(item, "line", None)
            error = DataError(what, code="unknown-entity", text=shown, line=line)
            if id not in self._dropped:
                raise error
            self.problems.append(error)
            return []
        return [Relation(label, head, tail)]

    def _strings(self, item: Any, keys: tuple[str, ...], what: str) -> list[str]:
        if not isinstance(item, dict):
            raise DataError(f"{what} must be an object", code="wrong-type", text=as_json(item))
        values = []
        for key in keys:
            if item.get(key) is None:
                raise DataError(f"{what} lacks '{key}'", code="missing-key", text=as_json(item))
            values.append(read_id(item[key]) or "")
        return values


def relation_records(document: Document) -> list[JsonObject]:
    """Return the relations as `RelationReader.relations` takes them."""
    return [{"label": one.label, "head": one.head, "tail": one.tail} for one in document.relations]


def link_records(document: Document) -> list[JsonObject]:
    """Return the links as `RelationReader.links` takes them."""
    return [{"entity": one.entity, "target": one.target, "text": one.text} for one in document.links]


def _list(listed: Any, name: str) -> list[Any]:
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise DataError(f"'{name}' must be a list", code="wrong-type", text=as_json(listed))
    return listed
