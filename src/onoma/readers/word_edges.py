"""Whether entities without a surface begin and end where words do: if not, offsets may count otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from onoma.readers.json.lines import JsonObject
from onoma.readers.offsets import Counting, OffsetTable, other_countings
from onoma.text import Document

_LEAST_ENTITIES = 5
_SHARE = 0.2
_MAX_RECORDS = 200
_MAX_CHARACTERS = 2_000_000

# Scripts without spaces between words; Hangul too, where particles hang on to names.
_UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U0001b000-\U0001b16f"
    "\U00020000-\U0003ffff"
)
_WITHIN_WORD = re.compile(rf"(?<=[^\W_{_UNSPACED}])[^\W_{_UNSPACED}]")


class WordEdges:
    """Counts the edges of a file's entities that lie between two letters or digits.

    Only entities count of which the file gives neither surface nor tokens, and only the first documents that
    have some: they tell.
    """

    def __init__(self) -> None:
        self._entities = self._inside = self._documents = 0
        self._example = ""
        self._kept: list[tuple[str, list[tuple[int, int]]]] = []
        self._characters = 0

    def add(self, document: Document, record: JsonObject) -> None:
        """Count the entities of a document, made of a record without surfaces and tokens."""
        if self._documents >= _MAX_RECORDS or self._characters >= _MAX_CHARACTERS:
            return
        before = self._inside
        text, match = document.text, _WITHIN_WORD.match
        for span in document.entities:
            for edge in (span.start, span.end):
                if match(text, edge):
                    self._inside += 1
                    if not self._example:
                        self._example = f"{text[max(0, edge - 10) : edge]}|{text[edge : edge + 10]}"
        self._entities += len(document.entities)
        self._documents += 1
        self._characters += len(text)
        if self._inside > before:
            places = [place for place in map(_place, record.get("entities") or ()) if place is not None]
            self._kept.append((text, places))

    def finding(self, asked: Counting) -> str | None:
        """Return what is to be said at the end of the file, None where nothing is.

        Args:
            asked: as which the offsets were read.
        """
        edges = 2 * self._entities
        if self._entities < _LEAST_ENTITIES or self._inside <= _SHARE * edges:
            return None
        what = (
            f"{self._inside} of {edges} edges of entities lie inside words, such as "
            f"'{' '.join(self._example.split())}': the offsets may be counted otherwise"
        )
        here = self._count(asked)
        found = [(self._count(other), other) for other in other_countings(asked)]
        fewest, best = min(found, key=lambda one: one[0])
        if fewest * 2 > here:
            return f"{what}, but no way of counting that is known here has fewer"
        return f"{what}; {best.option(asked) or f'counting {best.name}'} would leave {fewest} of them"

    def _count(self, counting: Counting) -> int:
        """How many edges lie inside words, or nowhere, if the offsets are counted so."""
        return sum(_count_inside(text, counting.table(text), places) for text, places in self._kept)


def find_option(text: str, item: Any, asked: Counting) -> str:
    """Return the option with which an entity would begin and end where words do; empty if none does."""
    place = _place(item)
    if place is None:
        return ""
    for other in other_countings(asked):
        option, table = other.option(asked), other.table(text)
        if not option or table is None:
            continue
        start, end = (table.get(offset, -1) for offset in place)
        if not 0 <= start < end or text[start].isspace() or text[end - 1].isspace():
            continue
        if not _count_inside(text, table, [place]):
            return option
    return ""


def _count_inside(text: str, table: OffsetTable, places: Sequence[tuple[int, int]]) -> int:
    wrong = 0
    for place in places:
        for offset in place:
            edge = offset if table is None else table.get(offset, -1)
            wrong += not 0 <= edge <= len(text) or _WITHIN_WORD.match(text, edge) is not None
    return wrong


def _place(item: Any) -> tuple[int, int] | None:
    if not isinstance(item, dict):
        return None
    start, end = item.get("start"), item.get("end")
    return (start, end) if type(start) is int and type(end) is int else None
