"""Checked entities of JSON documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from onoma.errors import DataError, excerpt
from onoma.readers.json.entity_fields import join_lines, read_fragments, read_id, read_place, read_score
from onoma.readers.json.lines import as_json
from onoma.readers.log import ReadLog
from onoma.readers.offset_reading import fitting_countings, reads_as
from onoma.readers.offsets import CODE_POINTS, Counting
from onoma.readers.options import ReadOptions
from onoma.readers.word_edges import find_option
from onoma.text import Span, Token, sort_spans
from onoma.text.ledger import UNWANTED
from onoma.tokenize.align import Fate, Fragments, MisalignedPolicy, TokenEdges, move_spans, refit_fragments

_KEYS = frozenset(("id", "start", "end", "label", "score", "text", "fragments"))
STALE = "stale-surface"
"""The reason for which an entity counts as adjusted whose text in the file is not that of its offsets."""


class Item(dict[str, Any]):
    """An entity as a reader made it of something else.

    Args:
        line: its own line in the file, where it has one.
        change: the reason for which the reader changed it, if it did.
        one_line: whether its ``text`` shows line ends as spaces, as a column must; its ``fragments`` are then
            those of standoff annotation, where one entity is cut at each line end.
        lenient_surface: whether its ``text`` is a mere copy that the tool does not keep up to date: where it
            differs, and most of the file agrees with the offsets, these hold.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        line: int | None = None,
        change: str | None = None,
        *,
        one_line: bool = False,
        lenient_surface: bool = False,
    ) -> None:
        super().__init__(values)
        self.line = line
        self.change = change
        self.one_line = one_line
        self.lenient_surface = lenient_surface


class _Read(NamedTuple):
    """An entity that passed all checks, what it came from, and why it was changed, if it was."""

    span: Span
    item: Any
    change: str | None


class EntityReader:
    """Reads the entities of one document and holds what is to be said about them.

    The account goes to the log by `settle`, and only when the whole document was read: a document left out
    must not be counted twice.

    Args:
        text: the document's.
        tokens: those the file gives; may be none.
        options: policies.
        counting: what the file's offsets count.
        marked: whether the file had a byte-order mark; None where nobody knows.
        trusted: whether the offsets hold where a surface may be out of date.

    Attributes:
        problems: what was mended or dropped.
        unknown_keys: keys of entities that mean nothing here.
        dropped_ids: ids of entities that were dropped.
    """

    def __init__(
        self,
        text: str,
        tokens: tuple[Token, ...],
        options: ReadOptions,
        counting: Counting = CODE_POINTS,
        *,
        marked: bool | None = None,
        trusted: bool = True,
    ) -> None:
        self.problems: list[DataError] = []
        self.unknown_keys: set[str] = set()
        self.dropped_ids: set[str] = set()
        self._text = text
        self._tokens = tokens
        self._edges = TokenEdges(tokens)
        self._counting = counting
        self._marked = marked
        self._table = counting.table(text, marked is not False)
        self._options = options
        self._trusted = trusted
        self._kept = 0
        self._renamed: Counter[tuple[str, str]] = Counter()
        self._adjusted: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()

    def read(self, listed: list[Any]) -> list[Span]:
        """Return the spans; exact duplicates are dropped, unless each has its own id.

        Args:
            listed: objects, or a `DataError` in the place of what could not be made one.

        Raises:
            DataError: without path, and mostly without line, unless ``on_error="repair"``, which drops the
                entity.
        """
        found: list[_Read] = []
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
                if self._options.on_error != "repair":
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
            found.append(_Read(span, item, change))
        if self._tokens:
            found = self._align(found)
        for one in found:
            if one.change is None:
                self._kept += 1
            else:
                self._adjusted[one.change] += 1
        return [one.span for one in found]

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

    def _drop(self, error: DataError, item: Any) -> None:
        if isinstance(item, dict) and item.get("id") is not None:
            self.dropped_ids.add(str(item["id"]))
        self.problems.append(error)
        self._dropped[error.code] += 1

    def _read_one(self, item: Any) -> tuple[Span, str | None]:
        """Return the span and the reason for which it was changed, if it was."""
        if isinstance(item, DataError):
            raise item
        text, change = self._text, getattr(item, "change", None)
        start, end, label = read_place(item, self._table, len(text))
        score = read_score(item.get("score"))
        fragments: Fragments = ()
        places: Fragments = ((start, end),)
        if item.get("fragments"):
            fragments, places = self._read_fragments(item, start, end)
            change = change if fragments == places else "fragments-sorted"
        surface = item.get("text")
        if surface is not None and surface != text[start:end]:
            change = self._check_surface(item, surface, places) or change
        if len(fragments) > 1 and getattr(item, "one_line", False):
            joined = join_lines(fragments, text)
            fragments = joined if len(joined) > 1 else ()
        if (text[start].isspace() or text[end - 1].isspace()) and not self._edges.hold(start, end):
            start, end = self._trim(start, end, item)
            change = "trimmed"
            fragments = refit_fragments(fragments, start, end)
        if item.keys() - _KEYS:
            self.unknown_keys |= item.keys() - _KEYS
        return Span(start, end, label, text[start:end], score, fragments, read_id(item.get("id"))), change

    def _read_fragments(self, item: Any, start: int, end: int) -> tuple[Fragments, Fragments]:
        """Return the pieces in text order, and in that given, in which standoff annotation may have them."""
        fragments, given = read_fragments(item["fragments"], self._table, start, end)
        if fragments != given and not getattr(item, "one_line", False):
            shown = str(item["fragments"])
            error = DataError("fragments are not in text order", code="fragments-order", text=shown)
            if self._options.on_error != "repair":
                raise error
            self.problems.append(error)
        return fragments, given

    def _check_surface(self, item: Any, surface: Any, places: Fragments) -> str | None:
        """Refuse a surface that is not the text, or return why it is taken all the same."""
        text = self._text
        if not isinstance(surface, str):
            raise DataError("'text' of an entity must be a string", code="wrong-type", text=as_json(surface))
        if reads_as(text, places, surface, self._counting, getattr(item, "one_line", False)):
            return None
        start, end = min(places)[0], max(place[1] for place in places)
        what = f"the text at {start}-{end} is not the entity's 'text' '{surface[:30]}'"
        if getattr(item, "lenient_surface", False) and self._trusted:
            stale = f"{what}, which is out of date: the offsets hold"
            self.problems.append(DataError(stale, code=STALE, text=text[start:end]))
            return STALE
        others = list(fitting_countings(text, item, self._counting, self._marked))
        optional = next(filter(None, (other.option(self._counting) for other in others)), None)
        if optional:
            what += f"; it would with {optional}"
        elif others:
            what += f"; it would if offsets counted {others[0].name}"
        raise DataError(what, code="surface-mismatch", text=text[start:end])

    def _trim(self, start: int, end: int, item: Any) -> tuple[int, int]:
        surface = self._text[start:end]
        trimmed = surface.strip()
        hint = "" if item.get("text") is not None else find_option(self._text, item, self._counting)
        hint = f"; it would not with {hint}" if hint else ""
        if not trimmed:
            raise DataError(f"an entity is only white space{hint}", code="whitespace-span", text=surface)
        what = f"an entity begins or ends with white space{hint}"
        error = DataError(what, code="whitespace-edge", text=surface)
        if self._options.on_error != "repair":
            raise error
        self.problems.append(error)
        start += len(surface) - len(surface.lstrip())
        return start, start + len(trimmed)

    def _align(self, found: list[_Read]) -> list[_Read]:
        """Put the entities on the file's tokens, as ``on_misaligned`` says."""
        policy = cast(MisalignedPolicy, self._options.on_misaligned)
        place = {id(one.span): one for one in found}
        spans = sort_spans(one.span for one in found)
        aligned = []
        for old, (span, fate) in zip(spans, move_spans(self._text, self._tokens, spans, policy), strict=True):
            given = place[id(old)]
            if fate is Fate.KEPT:
                aligned.append(given)
                continue
            line = getattr(given.item, "line", None)
            error = _on_line(_off_tokens(old, fate), line)
            if span is not None:
                self.problems.append(error)
                aligned.append(_Read(span, given.item, fate.value))
                continue
            if policy == "error" and self._options.on_error != "repair":
                raise error
            self._drop(error, given.item)
        return aligned


def _off_tokens(span: Span, fate: Fate) -> DataError:
    """What is said of an entity that was moved, or dropped, because it is not on the tokens."""
    shown = f"'{span.text[:40]}' at {span.start}-{span.end}"
    if fate is Fate.DUPLICATE:
        what = f"moved to whole tokens it is the same entity again: {span.label} {shown}"
    else:
        what = f"an entity does not begin and end with a token: {shown}; choose --on-misaligned"
    return DataError(what, code=(fate if fate.group == "dropped" else Fate.MISALIGNED).value)


def _on_line(error: DataError, line: int | None) -> DataError:
    if line is None or error.line is not None:
        return error
    return DataError(error.message, code=error.code, line=line, column=error.column, text=error.text)
