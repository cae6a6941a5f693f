"""Rows with a text each, in tables of any kind: which columns hold what, and a row as a record of span JSONL.

Entities are a list of ``{"start", "end", "label"}`` or ``[start, end, label]`` in the row, or JSON of it, or
as Python writes it (pandas saves lists so), also in ``{"entities": [...]}``. Rows without any are raw text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from onoma.errors import DataError, excerpt
from onoma.readers.json.entities import Item
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.records import Aside
from onoma.readers.tables.list_cells import read_literal
from onoma.readers.unique_ids import UniqueIds

TEXT_NAMES = ("text", "content", "sentence", "comment", "body", "message", "document", "review")
ENTITY_NAMES = ("entities", "spans", "label", "labels", "annotations")
START_FIELDS = ("start", "start_offset", "begin")
_ENDS = ("end", "end_offset")
LABEL_FIELDS = ("label", "labels", "type", "entity_type", "tag", "entity")
_ID = "id"
_DOCUMENT_LABELS = "labels"
_MAX_SHOWN = 12


class TextColumns(NamedTuple):
    """Which columns of a table hold what; None where none does.

    Args:
        text: the raw text.
        id: the document's name.
        entities: spans, as lists or as JSON.
        labels: of the document.
    """

    text: str
    id: str | None = None
    entities: str | None = None
    labels: str | None = None

    @property
    def names(self) -> list[str]:
        """The columns that are read."""
        return [name for name in self if name is not None]


def find_text(columns: Sequence[str], asked: str | None, path: str, line: int | None = None) -> str:
    """Return the column that holds the text.

    Args:
        columns: that may hold it.
        asked: the one that the user names.
        path: what errors call the file.
        line: of the header, where there is one.

    Raises:
        DataError: code ``header``: none or several are called as such columns are, or none is of that name.
    """
    listed = ", ".join(excerpt(name, 30) or "''" for name in columns[:_MAX_SHOWN])
    if len(columns) > _MAX_SHOWN:
        listed += f" and {len(columns) - _MAX_SHOWN} more"
    if asked is not None:
        fitting = [name for name in columns if name == asked] or _called(columns, [asked])
        what = f"no column '{excerpt(asked, 30)}' in the header (it has {listed})"
    else:
        fitting = _called(columns, TEXT_NAMES)
        what = f"no known columns in the header (it has {listed})"
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        what = f"several columns may hold the text: {', '.join(fitting)} (the header has {listed})"
    fix = "name the one that holds the text with --text-column"
    raise DataError(f"{what}; {fix}", code="header", path=path, line=line)


def text_candidates(columns: Sequence[str]) -> list[str]:
    """Return the columns that are called as columns of text are."""
    return _called(columns, TEXT_NAMES)


def find_id(columns: Sequence[str]) -> str | None:
    """Return the column of ids; None where none or several are called so."""
    found = _called(columns, (_ID,))
    return found[0] if len(found) == 1 else None


def find_entities(columns: Sequence[str], holds: Callable[[str], bool]) -> str | None:
    """Return the column of entities, the first in the order of `ENTITY_NAMES` of which ``holds`` is true."""
    called = [name for known in ENTITY_NAMES for name in _called(columns, (known,))]
    return next((name for name in called if holds(name)), None)


def find_labels(columns: Sequence[str], holds: Callable[[str], bool]) -> str | None:
    """Return the column of document labels, of which ``holds`` must be true."""
    return next((name for name in _called(columns, (_DOCUMENT_LABELS,)) if holds(name)), None)


def _called(columns: Sequence[str], known: Iterable[str]) -> list[str]:
    names = {name.casefold() for name in known}
    return [name for name in columns if name.strip().casefold() in names]


def parse_spans(cell: str) -> list[Any] | None:
    """Return the list that a cell holds, as JSON or as Python has it; None where none of spans."""
    if not cell.lstrip().startswith(("[", "{", "(")):
        return None
    try:
        listed = _unwrapped(read_literal(cell))
    except DataError:
        return None
    return listed if isinstance(listed, list) and all(map(_is_span, listed)) else None


def parse_labels(cell: str) -> list[str] | None:
    """Return the list of strings that a cell holds as JSON; None where it holds none."""
    if not cell.lstrip().startswith("["):
        return None
    try:
        listed = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return listed if isinstance(listed, list) and all(isinstance(one, str) for one in listed) else None


def _unwrapped(value: Any) -> Any:
    """Return the list in ``{"entities": [...]}``; anything else as it is, a tuple as a list."""
    if isinstance(value, dict) and value.keys() == {"entities"}:
        value = value["entities"]
    return list(value) if isinstance(value, tuple) else value


def _is_span(item: Any) -> bool:
    if isinstance(item, list | tuple):
        return [type(value) for value in item] == [int, int, str]
    return isinstance(item, dict) and all(
        any(name in item for name in names) for names in (START_FIELDS, _ENDS, LABEL_FIELDS)
    )


class RowTranslator:
    """Makes records of span JSONL of the rows of one file.

    Args:
        columns: of the table.
        stem: what ids begin with where the table gives none.
        class_names: names of entity labels that are numbers.
    """

    def __init__(self, columns: TextColumns, stem: str, class_names: Sequence[str] = ()) -> None:
        self.ids = UniqueIds(stem)
        self._columns = columns
        self._class_names = class_names
        self._number = 0

    def __call__(self, row: JsonObject, aside: Aside) -> JsonObject:
        """Return the record of a row.

        Raises:
            DataError: without path and line: a cell that is not what its column is to hold.
        """
        self._number += 1
        columns = self._columns
        text = row.get(columns.text)
        if text is None:
            aside.note("empty-text", "the row has no text")
            text = ""
        record: JsonObject = {"text": text}
        if columns.entities is not None:
            record["entities"] = self._entities(row.get(columns.entities))
        if columns.labels is not None:
            record["labels"] = _document_labels(row.get(columns.labels))
        given = None if columns.id is None else row.get(columns.id)
        return record | {"id": self.ids.take(given, self._number)}

    def _entities(self, cell: Any) -> list[Item | DataError]:
        return [item for one in _listed(cell) for item in self._items(one)]

    def _items(self, span: Any) -> list[Item | DataError]:
        if not _is_span(span):
            what = 'an entity must be {"start", "end", "label"} or [start, end, label]'
            return [DataError(what, code="wrong-type", text=as_json(span))]
        if isinstance(span, list | tuple):
            span = dict(zip(("start", "end", "label"), span, strict=True))
        start, end, label = (_first(span, names) for names in (START_FIELDS, _ENDS, LABEL_FIELDS))
        values: JsonObject = {"start": start, "end": end}
        values |= {key: span[key] for key in ("score", "text", "id") if span.get(key) is not None}
        labels = label if isinstance(label, list) else [label]
        return [self._with_label(values, one) for one in labels]

    def _with_label(self, values: JsonObject, label: Any) -> Item | DataError:
        if type(label) is int:
            if not 0 <= label < len(self._class_names):
                what = f"the label {label} has no name; give the names with --label-names"
                return DataError(what, code="label-names", text=str(label))
            label = self._class_names[label]
        return Item(values | {"label": label})


def _first(span: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((span[name] for name in names if span.get(name) is not None), None)


def _listed(cell: Any) -> list[Any]:
    """Return the spans of a cell: a list, a string of one, or a struct of lists."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return []
    if isinstance(cell, str):
        try:
            cell = read_literal(cell)
        except DataError as error:
            raise DataError(f"the entities are {error.message}", code=error.code, text=error.text) from None
    cell = _unwrapped(cell)
    if isinstance(cell, dict) and all(isinstance(one, list) for one in cell.values()):
        if len({len(one) for one in cell.values()}) > 1:
            what = "the lists of starts, ends and labels differ in length"
            raise DataError(what, code="length-mismatch", text=as_json(cell))
        cell = [dict(zip(cell, values, strict=True)) for values in zip(*cell.values(), strict=True)]
    if not isinstance(cell, list):
        raise DataError("the entities must be a list", code="wrong-type", text=as_json(cell))
    return cell


def _document_labels(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    if not cell.strip():
        return None
    labels = parse_labels(cell)
    if labels is None:
        raise DataError("the labels must be a JSON list of strings", code="wrong-type", text=cell)
    return labels
