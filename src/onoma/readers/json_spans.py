"""Checked entities of JSON documents."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from onoma.errors import DataError, excerpt
from onoma.readers.json_lines import as_json
from onoma.readers.json_lists import read_pairs, to_codepoint
from onoma.readers.log import UNWANTED, ReadLog
from onoma.readers.offsets import OffsetTable, units_that_fit
from onoma.readers.options import ReadOptions
from onoma.text import Span, Token

_KEYS = frozenset(("id", "start", "end", "label", "score", "text", "fragments"))
Fragments = tuple[tuple[int, int], ...]


class Item(dict[str, Any]):
    """An entity as a reader made it of something else.

    Args:
        line: its own line in the file, where it has one.
        change: the reason for which the reader changed it, if it did.
    """

    def __init__(self, values: Mapping[str, Any], line: int | None = None, change: str | None = None) -> None:
        super().__init__(values)
        self.line = line
        self.change = change


class EntityReader:
    """Reads the entities of one document and holds what is to be said about them.

    The account goes to the log by `settle`, and only when the whole document was read: a document left out
    must not be counted twice.

    Args:
        text: the document's.
        tokens: those the file gives; may be none.
        table: from the file's offsets to code points.
        options: policies.
        unit: what the file's offsets count, for the hint of an error.

    Attributes:
        problems: what was mended or dropped.
        unknown_keys: keys of entities that mean nothing here.
        dropped_ids: ids of entities that were dropped.
    """

    def __init__(
        self,
        text: str,
        tokens: tuple[Token, ...],
        table: OffsetTable,
        options: ReadOptions,
        unit: str = "codepoint",
    ) -> None:
        self.problems: list[DataError] = []
        self.unknown_keys: set[str] = set()
        self.dropped_ids: set[str] = set()
        self._unit = unit
        self._text = text
        self._table = table
        self._options = options
        self._starts = [token.start for token in tokens]
        self._ends = [token.end for token in tokens]
        self._kept = 0
        self._renamed: Counter[tuple[str, str]] = Counter()
        self._adjusted: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()

    def read(self, listed: list[Any]) -> list[Span]:
        """Return the spans in the order given; exact duplicates are dropped, unless each has its own id.

        Args:
            listed: objects, or a `DataError` in the place of what could not be made one.

        Raises:
            DataError: without path, and mostly without line, unless ``on_error="repair"``, which drops the
                entity.
        """
        spans: list[Span] = []
        seen: set[tuple[int, int, str, Fragments]] = set()
        ids: set[str] = set()
        for item in listed:
            line = getattr(item, "line", None)
            reported = len(self.problems)
            try:
                span, change = self._read_one(item)
                if span.id in ids:
                    what = "another entity of the document has the same id"
                    raise DataError(what, code="duplicate-entity-id", text=span.id)
            except DataError as error:
                fault = _on_line(error, line)
                if self._options.on_error != "repair" and error.code not in self._tolerated:
                    raise fault from None
                self._drop(fault, item)
                continue
            self.problems[reported:] = [_on_line(one, line) for one in self.problems[reported:]]
            key = (span.start, span.end, span.label, span.fragments)
            if key in seen:
                what = f"the same entity again: {span.label} {span.start}-{span.end}"
                if span.id is None:
                    self._drop(_on_line(DataError(what, code="duplicate-entity"), line), item)
                    continue
                again = DataError(f"{what}; both are kept", code="repeated-entity")
                self.problems.append(_on_line(again, line))
            seen.add(key)
            if span.id is not None:
                ids.add(span.id)
            new = self._options.labels(span.label)
            if new != span.label:
                self._renamed[span.label, new or ""] += 1
                if new is None:
                    if span.id is not None:
                        self.dropped_ids.add(span.id)
                    self._dropped[UNWANTED] += 1
                    continue
                span = span._replace(label=new)
            spans.append(span)
            if change is None:
                self._kept += 1
            else:
                self._adjusted[change] += 1
        return spans

    def settle(self, log: ReadLog, path: str, line: int) -> None:
        """Hand the account over to the log."""
        for problem in self.problems:
            shown = "" if problem.text is None else f" [{excerpt(problem.text)}]"
            log.note(problem.code, path, problem.line or line, f"{problem.message}{shown}")
        log.keep(self._kept)
        log.renamed += self._renamed
        for reason, count in self._adjusted.items():
            log.adjust(reason, count)
        for reason, count in self._dropped.items():
            log.drop(reason, count)

    @property
    def _tolerated(self) -> tuple[str, ...]:
        return () if self._options.on_misaligned == "error" else ("misaligned",)

    def _drop(self, error: DataError, item: Any) -> None:
        if isinstance(item, dict) and item.get("id") is not None:
            self.dropped_ids.add(str(item["id"]))
        self.problems.append(error)
        self._dropped[error.code] += 1

    def _read_one(self, item: Any) -> tuple[Span, str | None]:
        """Return the span and the reason for which it was changed, if it was."""
        if isinstance(item, DataError):
            raise item
        start, end, label = self._read_place(item)
        text, change = self._text, getattr(item, "change", None)
        score = _read_score(item.get("score"))
        fragments: Fragments = ()
        if item.get("fragments"):
            fragments, resorted = self._read_fragments(item["fragments"], start, end)
            change = resorted or change
        surface = item.get("text")
        if surface is not None and surface != text[start:end]:
            self._check_surface(item, surface, start, end, fragments)
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        aligned = first < last and self._starts[first] == start and self._ends[last - 1] == end
        if not aligned:
            old = start, end
            if text[start].isspace() or text[end - 1].isspace():
                start, end = self._trim(start, end)
                change = "trimmed"
            if self._starts:
                start, end, moved = self._align(start, end)
                change = moved or change
            if fragments and (start, end) != old:
                fragments = _refit(fragments, start, end)
        if item.keys() - _KEYS:
            self.unknown_keys |= item.keys() - _KEYS
        return Span(start, end, label, text[start:end], score, fragments, read_id(item.get("id"))), change

    def _read_place(self, item: Any) -> tuple[int, int, str]:
        if not isinstance(item, dict):
            what = 'an entity must be an object: {"start", "end", "label"}'
            raise DataError(what, code="wrong-type", text=as_json(item))
        for key in ("start", "end", "label"):
            if key not in item:
                keys = ", ".join(item) or "nothing"
                raise DataError(
                    f"an entity lacks '{key}', it has {keys}", code="missing-key", text=as_json(item)
                )
        start, end, label = item["start"], item["end"], item["label"]
        if type(start) is not int or type(end) is not int:
            raise DataError("'start' and 'end' must be whole numbers", code="wrong-type", text=as_json(item))
        if not isinstance(label, str) or not label:
            what = "'label' must be a string that is not empty"
            raise DataError(what, code="wrong-type", text=as_json(item))
        shown = f"{label} {start}-{end}"
        if start > end:
            raise DataError("an entity ends before it starts", code="reversed-span", text=shown)
        if start == end:
            raise DataError("an entity is empty", code="empty-span", text=shown)
        if self._table is not None:
            start, end = to_codepoint(start, self._table), to_codepoint(end, self._table)
        if start < 0 or end > len(self._text):
            what = f"an entity lies outside the text of {len(self._text)} characters; is --offset-unit right?"
            raise DataError(what, code="span-out-of-range", text=shown)
        return start, end, label

    def _read_fragments(self, listed: Any, start: int, end: int) -> tuple[Fragments, str | None]:
        pairs = read_pairs(listed, "fragments", self._table)
        fragments, change = tuple(sorted(pairs)), None
        if any(first >= last for first, last in fragments):
            raise DataError("a fragment is empty or reversed", code="bad-fragment", text=str(listed))
        if (fragments[0][0], fragments[-1][1]) != (start, end):
            what = "'start' and 'end' must be those of the first and last fragment"
            raise DataError(what, code="bad-fragment", text=str(listed))
        if any(before[1] > after[0] for before, after in pairwise(fragments)):
            raise DataError("fragments overlap", code="bad-fragment", text=str(listed))
        if tuple(pairs) != fragments:
            error = DataError("fragments are not in text order", code="fragments-order", text=str(listed))
            if self._options.on_error != "repair":
                raise error
            self.problems.append(error)
            change = "fragments-sorted"
        return fragments, change

    def _check_surface(self, item: Any, surface: Any, start: int, end: int, fragments: Fragments) -> None:
        text = self._text
        if not isinstance(surface, str):
            raise DataError("'text' of an entity must be a string", code="wrong-type", text=as_json(surface))
        if fragments and surface == " ".join(text[first:last] for first, last in fragments):
            return
        units = units_that_fit(text, item["start"], item["end"], surface, self._unit)
        hint = f"; it would with --offset-unit {units[0]}" if units else ""
        what = f"the text at {start}-{end} is not the entity's 'text' '{surface[:30]}'{hint}"
        raise DataError(what, code="surface-mismatch", text=text[start:end])

    def _trim(self, start: int, end: int) -> tuple[int, int]:
        surface = self._text[start:end]
        trimmed = surface.strip()
        if not trimmed:
            raise DataError("an entity is only white space", code="whitespace-span", text=surface)
        error = DataError("an entity begins or ends with white space", code="whitespace-edge", text=surface)
        if self._options.on_error != "repair":
            raise error
        self.problems.append(error)
        start += len(surface) - len(surface.lstrip())
        return start, start + len(trimmed)

    def _align(self, start: int, end: int) -> tuple[int, int, str | None]:
        """Move a span to token boundaries, as ``on_misaligned`` says; give the reason when it moved."""
        starts, ends = self._starts, self._ends
        first, last = bisect_right(ends, start), bisect_left(starts, end)  # the tokens it touches
        if first < last and (starts[first], ends[last - 1]) == (start, end):
            return start, end, None
        shown = f"'{self._text[start:end][:40]}' at {start}-{end}"
        what = f"an entity does not begin and end with a token: {shown}; choose --on-misaligned"
        error = DataError(what, code="misaligned")
        policy = self._options.on_misaligned
        if policy == "shrink":
            first += first < last and starts[first] < start
            last -= first < last and ends[last - 1] > end
        if policy in ("error", "drop") or first >= last:
            raise error
        self.problems.append(error)
        return starts[first], ends[last - 1], {"expand": "expanded", "shrink": "shrunk"}[policy]


def _on_line(error: DataError, line: int | None) -> DataError:
    if line is None or error.line is not None:
        return error
    return DataError(error.message, code=error.code, line=line, column=error.column, text=error.text)


def read_id(id: Any) -> str | None:
    """Return an id as text, None where there is none.

    Raises:
        DataError: without path and line: neither text nor a whole number.
    """
    if id is None:
        return None
    if type(id) is int or (isinstance(id, str) and id):
        return str(id)
    what = "'id' must be a string that is not empty, or a whole number"
    raise DataError(what, code="wrong-type", text=as_json(id))


def _read_score(score: Any) -> float | None:
    if score is None:
        return None
    if isinstance(score, bool) or not isinstance(score, int | float) or not math.isfinite(score):
        raise DataError("'score' must be a finite number", code="wrong-type", text=str(score))
    return float(score)


def _refit(fragments: Fragments, start: int, end: int) -> Fragments:
    """Fit the outer ends of fragments to a moved hull; fragments that fall outside it go."""
    inside = [
        (max(first, start), min(last, end)) for first, last in fragments if first < end and last > start
    ]
    inside[0] = (start, inside[0][1])
    inside[-1] = (inside[-1][0], end)
    return tuple(inside)
