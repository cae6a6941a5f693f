"""Checked parts of JSON documents: tokens, sentences, labels and entities as lists of offsets."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from itertools import pairwise
from typing import Any

from onoma.errors import DataError
from onoma.readers.json_lines import as_json
from onoma.readers.log import ReadLog
from onoma.readers.offsets import OffsetTable, units_that_fit
from onoma.readers.options import ReadOptions
from onoma.text import Span, Token

_KEYS = frozenset(("start", "end", "label", "score", "text", "fragments"))
Fragments = tuple[tuple[int, int], ...]


def read_tokens(listed: Any, text: str, table: OffsetTable) -> tuple[Token, ...]:
    """Check ``[[start, end], ...]``: in text order, not overlapping, none empty or only white space.

    Raises:
        DataError: without path and line, code ``bad-token``.
    """
    tokens = []
    previous = 0
    for pair in _pairs(listed, "tokens", table):
        start, end = pair
        if not previous <= start < end <= len(text):
            what = "tokens must be in text order, inside the text, not empty and not overlapping"
            raise DataError(what, code="bad-token", text=str(list(pair)))
        if text[start:end].isspace():
            raise DataError("a token is only white space", code="bad-token", text=str(list(pair)))
        tokens.append(Token(text[start:end], start, end))
        previous = end
    return tuple(tokens)


def read_sentences(listed: Any, num_tokens: int) -> tuple[tuple[int, int], ...]:
    """Check ``[[first, last], ...]``: half-open token ranges over all tokens; absent, one sentence.

    Raises:
        DataError: without path and line, code ``bad-sentence``.
    """
    if listed is None:
        return ((0, num_tokens),) if num_tokens else ()
    sentences = tuple(_pairs(listed, "sentences", None))
    covered = 0
    for first, last in sentences:
        if first != covered or last <= first:
            what = f"sentences must follow each other without gap from token 0; {covered} was to come"
            raise DataError(what, code="bad-sentence", text=str([first, last]))
        covered = last
    if covered != num_tokens:
        raise DataError(f"sentences cover {covered} of {num_tokens} tokens", code="bad-sentence")
    return sentences


def read_labels(listed: Any) -> tuple[str, ...] | None:
    """Check a list of document labels; None when the document has no such key.

    Raises:
        DataError: without path and line.
    """
    if listed is None:
        return None
    if not isinstance(listed, list) or not all(isinstance(label, str) and label for label in listed):
        what = "'labels' must be a list of strings that are not empty"
        raise DataError(what, code="wrong-type", text=as_json(listed))
    return tuple(listed)


def _pairs(listed: Any, name: str, table: OffsetTable) -> list[tuple[int, int]]:
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise DataError(f"'{name}' must be a list of pairs", code="wrong-type", text=as_json(listed))
    pairs = []
    for pair in listed:
        if (
            not isinstance(pair, list)
            or len(pair) != 2
            or type(pair[0]) is not int
            or type(pair[1]) is not int
        ):
            what = f"'{name}' must hold pairs of whole numbers"
            raise DataError(what, code="wrong-type", text=as_json(pair))
        pairs.append((_convert(pair[0], table), _convert(pair[1], table)) if table else (pair[0], pair[1]))
    return pairs


def _convert(offset: int, table: OffsetTable) -> int:
    """Return the offset in code points; what lies outside the text stays outside it."""
    if table is None:
        return offset
    if offset in table:
        return table[offset]
    if 0 <= offset < max(table):
        what = "an offset lies inside a character; is --offset-unit right?"
        raise DataError(what, code="offset-inside-character", text=str(offset))
    return offset


class EntityReader:
    """Reads the entities of one document and holds what is to be said about them.

    The account goes to the log by `settle`, and only when the whole document was read: a document left out
    must not be counted twice.
    """

    def __init__(
        self, text: str, tokens: tuple[Token, ...], table: OffsetTable, options: ReadOptions
    ) -> None:
        self.problems: list[DataError] = []
        self.unknown_keys: set[str] = set()
        self._text = text
        self._table = table
        self._options = options
        self._starts = [token.start for token in tokens]
        self._ends = [token.end for token in tokens]
        self._kept = 0
        self._adjusted: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()

    def read(self, listed: list[Any]) -> list[Span]:
        """Return the spans in the order given; exact duplicates are dropped.

        Raises:
            DataError: without path and line, unless ``on_error="repair"``, which drops the entity.
        """
        spans: list[Span] = []
        seen: set[tuple[int, int, str, Fragments]] = set()
        for item in listed:
            try:
                span, change = self._read_one(item)
            except DataError as error:
                if self._options.on_error != "repair" and error.code not in self._tolerated:
                    raise
                self._drop(error)
                continue
            key = (span.start, span.end, span.label, span.fragments)
            if key in seen:
                what = f"the same entity again: {span.label} {span.start}-{span.end}"
                self._drop(DataError(what, code="duplicate-entity"))
                continue
            seen.add(key)
            spans.append(span)
            if change is None:
                self._kept += 1
            else:
                self._adjusted[change] += 1
        return spans

    def settle(self, log: ReadLog, path: str, line: int) -> None:
        """Hand the account over to the log."""
        for problem in self.problems:
            log.note(problem.code, path, line, str(problem))
        log.keep(self._kept)
        for reason, count in self._adjusted.items():
            log.adjust(reason, count)
        for reason, count in self._dropped.items():
            log.drop(reason, count)

    @property
    def _tolerated(self) -> tuple[str, ...]:
        return () if self._options.on_misaligned == "error" else ("misaligned",)

    def _drop(self, error: DataError) -> None:
        self.problems.append(error)
        self._dropped[error.code] += 1

    def _read_one(self, item: Any) -> tuple[Span, str | None]:
        """Return the span and the reason for which it was changed, if it was."""
        start, end, label = self._read_place(item)
        text, change = self._text, None
        score = _read_score(item.get("score"))
        fragments: Fragments = ()
        if item.get("fragments"):
            fragments, change = self._read_fragments(item["fragments"], start, end)
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
        return Span(start, end, label, text[start:end], score, fragments), change

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
            start, end = _convert(start, self._table), _convert(end, self._table)
        if start < 0 or end > len(self._text):
            what = f"an entity lies outside the text of {len(self._text)} characters; is --offset-unit right?"
            raise DataError(what, code="span-out-of-range", text=shown)
        return start, end, label

    def _read_fragments(self, listed: Any, start: int, end: int) -> tuple[Fragments, str | None]:
        pairs = _pairs(listed, "fragments", self._table)
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
        units = units_that_fit(text, item["start"], item["end"], surface, self._options.offset_unit)
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
