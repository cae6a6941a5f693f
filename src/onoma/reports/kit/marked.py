"""Text with entities marked in it, as plain values; ``kit.html`` draws it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from onoma.reports.kit.page import Lines
from onoma.reports.marks import Event, Opening, lay_out, part_suffix
from onoma.reports.outcomes import CORRECT
from onoma.reports.palette import color_slot
from onoma.text import Document, Span


class Piece(NamedTuple):
    """Text, or the border of a mark.

    Args:
        kind: ``text``, ``open`` or ``close``.
        text: itself, or of a border the label with the number of the part.
        slot: of the label's colour.
        title: the entity in words.
        wrong: kind of its error, empty where it is correct.
        broken: whether the mark goes on after, or is interrupted by, the end of a crossing one.
    """

    kind: str
    text: str
    slot: int = 0
    title: str = ""
    wrong: str = ""
    broken: bool = False


class Marked(NamedTuple):
    """A text in pieces, and the entities that could not be placed in it, in words."""

    pieces: list[Piece]
    left_over: list[str]


def mark_entities(document: Document, outcome_of: Mapping[tuple[int, int, str], str] | None = None) -> Marked:
    """Return a document's text with its entities marked.

    Args:
        document: gold or predicted.
        outcome_of: kind of error by the entities' keys; those that are not there are correct.
    """
    events, left_over = lay_out(document.text, document.entities)
    return Marked(
        list(_pieces(events, outcome_of or {})), [f"{span.text} ({_described(span)})" for span in left_over]
    )


def mark_excerpt(
    before: str, text: str, after: str, start: int, span: Span | None, outcome: str = CORRECT, *, context: int
) -> list[Piece]:
    """Return a piece of a document with one entity marked in it; ``…`` is where it is cut.

    Args:
        before: characters in front of the text.
        text: what it is about.
        after: characters behind it.
        start: where the text begins in the document.
        span: the entity, by its place in the document; None where there is none to mark.
        outcome: kind of its error.
        context: how many characters there are in front and behind where it is cut.
    """
    first, last = ("…" if len(part) == context else "" for part in (before, after))
    shown = f"{first}{before}{text}{after}{last}"
    if span is None:
        return mark_entities(Document("", shown)).pieces
    by = len(first) + len(before) - start
    moved = span._replace(start=span.start + by, end=span.end + by, fragments=())
    return mark_entities(Document("", shown, entities=(moved,)), {moved.key: outcome}).pieces


def _pieces(events: list[Event], outcome_of: Mapping[tuple[int, int, str], str]) -> Iterator[Piece]:
    for event in events:
        if isinstance(event, str):
            yield Piece("text", Lines(event))
            continue
        span = event.mark.span
        outcome = outcome_of.get(span.key, CORRECT)
        opens = isinstance(event, Opening)
        yield Piece(
            "open" if opens else "close",
            (span.label or "?") + part_suffix(event.mark),
            color_slot(span.label),
            _described(span),
            "" if outcome == CORRECT else outcome,
            event.resumed if isinstance(event, Opening) else event.paused,
        )


def _described(span: Span) -> str:
    """Return an entity in words: label, score, place."""
    scored = "" if span.score is None else f", score {span.score:.3f}"
    return f"{span.label}{scored}, characters {span.start}–{span.end}"
