"""What spaCy's JSON formats have in common: categories of texts, tuples, ids in a knowledge base."""

from __future__ import annotations

from typing import Any

from onoma.errors import DataError
from onoma.readers.json.entities import Item
from onoma.readers.json.lines import JsonObject, as_json

_YES = 0.5


def read_cats(cats: Any) -> list[str] | None:
    """Return the categories that hold, of ``{"news": 1.0, "sport": 0.0}`` or a list of label and value.

    Raises:
        DataError: without path and line: neither.
    """
    if cats is None:
        return None
    pairs: list[tuple[Any, Any]] = []
    if isinstance(cats, dict):
        pairs = list(cats.items())
    elif isinstance(cats, list) and all(isinstance(one, dict) for one in cats):
        pairs = [(one.get("label"), one.get("value")) for one in cats]
    else:
        what = "'cats' must be an object of names and numbers"
        raise DataError(what, code="wrong-type", text=as_json(cats))
    for name, value in pairs:
        if not isinstance(name, str) or not name or not isinstance(value, int | float):
            what = "'cats' must give a number to each name"
            raise DataError(what, code="wrong-type", text=as_json({str(name): value}))
    return [name for name, value in pairs if value >= _YES]


def write_cats(labels: tuple[str, ...]) -> dict[str, float]:
    """Return document labels as spaCy's categories."""
    return dict.fromkeys(labels, 1.0)


class Linked:
    """Entities with an id in a knowledge base, and the links made of it.

    Attributes:
        links: as records of span JSONL have them.
    """

    def __init__(self) -> None:
        self.links: list[JsonObject] = []

    def entity(self, values: JsonObject, target: Any) -> Item | DataError:
        """Return the entity, with a link to ``target`` where there is one."""
        if target is None or target == "" or target == 0:
            return Item(values)
        if not isinstance(target, str | int) or isinstance(target, bool):
            return DataError(
                "the id in a knowledge base must be text", code="wrong-type", text=as_json(target)
            )
        id = f"E{len(self.links) + 1}"
        self.links.append({"entity": id, "target": str(target)})
        return Item({"id": id, **values})

    def triple(self, item: Any) -> Item | DataError:
        """Return the entity of ``[start, end, label]``, or of four with the id in a knowledge base."""
        if not isinstance(item, list) or len(item) not in (3, 4):
            return DataError('an entity must be [start, end, "LABEL"]', code="wrong-type", text=as_json(item))
        values = {"start": item[0], "end": item[1], "label": item[2]}
        return self.entity(values, item[3] if len(item) == 4 else None)
