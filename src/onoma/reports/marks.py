"""Lay entities over their text as properly nested marks, whatever way the entities overlap."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from onoma.text import Span

# Browsers give up on deep nesting, and mutually crossing spans would split each other quadratically often.
MAX_DEPTH = 16


class Mark(NamedTuple):
    """A contiguous stretch ``text[start:end]`` of an entity: the whole, or a part of a discontinuous one."""

    start: int
    end: int
    span: Span
    part: int
    num_parts: int


class Opening(NamedTuple):
    """A mark begins, or goes on (``resumed``) after a crossing mark has ended."""

    mark: Mark
    resumed: bool


class Closing(NamedTuple):
    """A mark ends, or is interrupted (``paused``) because a mark around it ends."""

    mark: Mark
    paused: bool


Event = str | Opening | Closing


def lay_out(text: str, spans: Iterable[Span]) -> tuple[list[Event], list[Span]]:
    """Return the text cut at the borders of marks, and the spans that could not be placed.

    Openings and closings nest like parentheses. Where two spans cross, the later one is interrupted at the
    end of the earlier one. Not placed, but never lost: empty or reversed spans, spans outside the text, and
    those nested deeper than `MAX_DEPTH`.
    """
    marks: list[Mark] = []
    left_over: list[Span] = []
    for span in spans:
        parts = span.fragments or ((span.start, span.end),)
        if all(0 <= start < end <= len(text) for start, end in parts):
            marks.extend(
                Mark(start, end, span, part, len(parts)) for part, (start, end) in enumerate(parts, 1)
            )
        else:
            left_over.append(span)
    marks.sort(key=lambda mark: (mark.start, -mark.end, mark.span.label))
    layout = _Layout(text)
    too_deep: dict[int, Span] = {}
    for mark in marks:
        layout.close_until(mark.start)
        if len(layout.open_marks) < MAX_DEPTH:
            layout.write_until(mark.start)
            layout.events.append(Opening(mark, resumed=False))
            layout.open_marks.append(mark)
        else:
            too_deep[id(mark.span)] = mark.span  # once, however many of its parts
    layout.close_until(len(text))
    layout.write_until(len(text))
    return layout.events, [*left_over, *too_deep.values()]


class _Layout:
    """The events so far, the position in the text and the marks open there, outermost first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.events: list[Event] = []
        self.open_marks: list[Mark] = []

    def write_until(self, end: int) -> None:
        if end > self.position:
            self.events.append(self.text[self.position : end])
            self.position = end

    def close_until(self, limit: int) -> None:
        """Close every open mark that ends at or before ``limit``."""
        while self.open_marks and (end := min(mark.end for mark in self.open_marks)) <= limit:
            self.write_until(end)
            outermost = next(depth for depth, mark in enumerate(self.open_marks) if mark.end == end)
            inner = self.open_marks[outermost:]
            interrupted = [mark for mark in inner if mark.end > end]
            self.events.extend(Closing(mark, paused=mark.end > end) for mark in reversed(inner))
            self.events.extend(Opening(mark, resumed=True) for mark in interrupted)
            self.open_marks[outermost:] = interrupted


def part_suffix(mark: Mark) -> str:
    """Return ``" 1/2"`` for a part of a discontinuous entity, else nothing."""
    return f" {mark.part}/{mark.num_parts}" if mark.num_parts > 1 else ""
