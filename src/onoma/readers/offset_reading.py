"""Which way of counting the surfaces of a file tell: those are the texts that entities bring with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from onoma.readers.json.lines import JsonObject
from onoma.readers.offsets import CODE_POINTS, Counting, OffsetTable, other_countings
from onoma.readers.options import ReadOptions

MAX_RECORDS = 200
MAX_CHARACTERS = 4_000_000
_LEAST_OF_MARK = 2
"""So many surfaces must lie one too far before a byte-order mark is supposed that nobody saw."""
_SPACE = re.compile(r"\s+")


class Stated(NamedTuple):
    """An entity that brings its surface: offsets as the file has them.

    Args:
        places: (start, end) of its pieces, or of all of it.
        surface: its text by the file.
        one_line: whether the surface shows any white space as a space.
        lenient: whether the surface may be out of date.
    """

    places: tuple[tuple[int, int], ...]
    surface: str
    one_line: bool
    lenient: bool

    def fits(self, text: str, table: OffsetTable, counting: Counting) -> bool:
        """Whether the surface is the text there."""
        found = []
        for start, end in self.places:
            first, last = (start, end) if table is None else (table.get(start, -1), table.get(end, -1))
            if not 0 <= first < last <= len(text):
                return False
            found.append((first, last))
        return reads_as(text, found, self.surface, counting, self.one_line)


def reads_as(
    text: str, places: Sequence[tuple[int, int]], surface: str, counting: Counting, one_line: bool
) -> bool:
    """Whether a surface is the text of some places (code points), or from the first to the last of them."""
    hull = text[min(places)[0] : max(place[1] for place in places)]
    if surface == hull:
        return True
    shown = [hull]
    if len(places) > 1:
        shown.append(" ".join(text[start:end] for start, end in places))
    if one_line:
        surface = _SPACE.sub(" ", surface)
        shown = [_SPACE.sub(" ", one) for one in shown]
    return any(counting.reads(surface, one) for one in shown)


class _Case(NamedTuple):
    """A text and what its record says of it."""

    text: str
    marked: bool | None
    stated: list[Stated]

    def score(self, counting: Counting) -> int:
        """How many surfaces a counting explains."""
        table = counting.table(self.text, self.marked is not False)
        return sum(one.fits(self.text, table, counting) for one in self.stated)


class OffsetReading:
    """Decides, once in a file, what its offsets count.

    As long as the format's own counting explains every surface, it is kept, and records stream. The first
    surface that it does not explain, among the first of the file, is the moment to decide: by all surfaces so
    far and those ahead. Where an option says what is counted, or a record knows, nothing is decided.

    Args:
        options: ``offset_unit`` and ``line_ends`` settle it.
    """

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._silent = options.offset_unit is None and options.line_ends is None
        self._open = self._silent
        self._chosen: Counting | None = None
        self._seen: list[JsonObject] = []
        self._characters = 0
        self._trusted = True

    def asked(self, record: JsonObject) -> Counting:
        """Return what the options, the record or its format say of it."""
        if record.get("unit"):
            return Counting(record["unit"])
        own: Counting = record.get("counting") or CODE_POINTS
        unit, ends = self._options.offset_unit or own.unit, self._options.line_ends or own.line_ends
        return own if (unit, ends) == (own.unit, own.line_ends) else Counting(unit, ends)

    @property
    def trusted(self) -> bool:
        """Whether most surfaces agree with the offsets, so that one that does not is out of date."""
        return self._trusted

    def counting(self, record: JsonObject) -> Counting:
        """Return what counts for a record, as far as it is decided."""
        asked = self.asked(record)
        if record.get("unit") or self._chosen is None:
            chosen = asked
        else:
            chosen = self._chosen
        case = _case(record) if self._is_lenient(record) else None
        if case is None or not case.stated or case.score(chosen) == len(case.stated):
            return chosen
        # A project that lived through two versions of its tool: each task tells for itself.
        named = (one for one in other_countings(asked) if one.option(asked))
        others = (one for one in (asked, *named) if case.score(one) == len(case.stated))
        return next(others, chosen)

    def needs_decision(self, record: JsonObject) -> bool:
        """Whether a record's surfaces speak against what is supposed so far; else it is remembered."""
        if not self._open or record.get("unit"):
            return False
        text, listed = record.get("text"), record.get("entities")
        if not isinstance(text, str) or not isinstance(listed, list):
            return False
        asked = self.asked(record)
        contradicted = _contradicting(
            text, listed, asked, asked.table(text, record.get("marked") is not False)
        )
        if contradicted is None:
            return False
        if contradicted:
            return True
        self._seen.append(record)
        self._characters += len(text)
        if len(self._seen) >= MAX_RECORDS or self._characters >= MAX_CHARACTERS:
            self._close()
        return False

    def decide(self, records: Sequence[JsonObject], whole: bool) -> str | None:
        """Settle what the file counts, and return what is to be said of it.

        None where that is what was supposed, or nothing explains enough.

        Args:
            records: the one that speaks against it, and those after it.
            whole: whether the file ends there.
        """
        asked = self.asked(records[0])
        cases = [case for case in map(_case, (*self._seen, *records)) if case is not None and case.stated]
        total = sum(len(case.stated) for case in cases)
        lenient = all(one.lenient for case in cases for one in case.stated)
        self._close()
        best, most = asked, sum(case.score(asked) for case in cases)
        for other in other_countings(asked):
            if not _is_credible(other, cases, total):
                continue
            found = _score(other, cases, 0 if lenient else total)
            if found > most:
                best, most = other, found
            if found == total:
                break
        self._trusted = most * 2 > total
        if best == asked or not (most == total or (lenient and self._trusted)):
            return None
        self._chosen = best
        number = f"all {total}" if most == total else f"{most} of {total}"
        where = "" if whole else f" of the first {len(cases)} documents"
        option = best.option(asked)
        hint = f" ({option})" if option else ""
        surfaces = "surface agrees" if total == 1 else "surfaces agree"
        return f"offsets count {best.name}{hint}: {number} {surfaces}{where}"

    def _is_lenient(self, record: JsonObject) -> bool:
        if not self._silent or record.get("unit"):
            return False
        listed = record.get("entities")
        return isinstance(listed, list) and any(getattr(one, "lenient_surface", False) for one in listed)

    def _close(self) -> None:
        self._open = False
        self._seen = []


def fitting_countings(
    text: str, item: Any, asked: Counting, marked: bool | None = None
) -> Iterator[Counting]:
    """Yield the countings under which an entity's surface is the text there, for the hint of an error."""
    stated = _state(item)
    if stated is None:
        return
    for other in other_countings(asked):
        if other.mark and marked is not False and _begins_with_text(stated):
            continue
        if stated.fits(text, other.table(text, marked is not False), other):
            yield other


def has_surfaces(record: JsonObject) -> bool:
    """Whether any entity of a record brings its surface."""
    listed = record.get("entities")
    return isinstance(listed, list) and any(
        isinstance(one, dict) and one.get("text") is not None for one in listed
    )


def _contradicting(text: str, listed: list[Any], counting: Counting, table: OffsetTable) -> bool | None:
    """Whether any surface is not the text at its offsets; None where there is no surface.

    Written for speed: nearly all surfaces of nearly all files are what they should be.
    """
    any_surface: bool | None = None
    for item in listed:
        surface = item.get("text") if isinstance(item, dict) else None
        if surface is None:
            continue
        any_surface = False
        if table is None:
            start, end = item.get("start"), item.get("end")
            if type(start) is int and type(end) is int and start >= 0 and text[start:end] == surface:
                continue
        stated = _state(item)
        if stated is not None and not stated.fits(text, table, counting):
            return True
    return any_surface


def _is_credible(counting: Counting, cases: Sequence[_Case], total: int) -> bool:
    if not counting.mark:
        return True
    if any(_begins_with_text(one) for case in cases if case.marked is not False for one in case.stated):
        return False
    return total >= _LEAST_OF_MARK or any(case.marked for case in cases)


def _begins_with_text(stated: Stated) -> bool:
    """Whether the text itself begins at 0: a byte-order mark that is counted would stand there."""
    return min(stated.places)[0] == 0 and not stated.surface.startswith("\ufeff")


def _score(counting: Counting, cases: Iterable[_Case], wanted: int) -> int:
    """How many surfaces a counting explains; 0 as soon as fewer than all, where all are wanted."""
    found = 0
    for case in cases:
        score = case.score(counting)
        if wanted and score < len(case.stated):
            return 0
        found += score
    return found


def _case(record: JsonObject) -> _Case | None:
    text, listed = record.get("text"), record.get("entities")
    if not isinstance(text, str) or not isinstance(listed, list):
        return None
    stated = [one for one in map(_state, listed) if one is not None]
    return _Case(text, record.get("marked"), stated)


def _state(item: Any) -> Stated | None:
    """Return what an entity says of itself, None where it has no surface or its offsets are none."""
    if not isinstance(item, dict):
        return None
    surface, start, end = item.get("text"), item.get("start"), item.get("end")
    if not isinstance(surface, str) or type(start) is not int or type(end) is not int:
        return None
    places = _pairs(item["fragments"]) if item.get("fragments") else ((start, end),)
    if not places:
        return None
    return Stated(places, surface, getattr(item, "one_line", False), getattr(item, "lenient_surface", False))


def _pairs(listed: Any) -> tuple[tuple[int, int], ...]:
    if not isinstance(listed, list | tuple) or not all(map(_is_pair, listed)):
        return ()
    return tuple((first, last) for first, last in listed)


def _is_pair(one: Any) -> bool:
    return isinstance(one, list | tuple) and len(one) == 2 and all(type(end) is int for end in one)
