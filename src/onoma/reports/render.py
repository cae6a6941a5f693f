"""Show one document on a terminal or in a plain text file, entities marked in place."""

from __future__ import annotations

from onoma.reports.escapes import visible
from onoma.reports.marks import Closing, Mark, Opening, lay_out, part_suffix
from onoma.reports.palette import FILLS, color_slot
from onoma.reports.topics import shows_labels
from onoma.text import Document, Span

_RESET = "\x1b[0m"


def pretty(document: Document, *, color: bool, scores: bool = False, labels: bool | None = True) -> str:
    """Return the document's text with its entities marked, without a final newline.

    With colour an entity lies on its label's fill, the label in bold after it; nested ones also stand in
    brackets. Without, all stand in brackets: ``[New York LOC]``. ``…`` is where a crossing entity is
    interrupted and goes on, ``1/2`` numbers the parts of a discontinuous one. Entities that cannot be
    placed in the text, and document labels, follow on lines of their own. Control characters of the data
    are written out, so a terminal never obeys them.

    Args:
        document: gold or predicted.
        color: use terminal colours (256-colour palette, black on a fill: readable on dark and light
            terminals).
        scores: show scores, where there are any, with two decimals.
    """
    events, left_over = lay_out(document.text, document.entities)
    painter = _Painter(color, scores)
    for event in events:
        if isinstance(event, Opening):
            painter.open(event)
        elif isinstance(event, Closing):
            painter.close(event)
        else:
            painter.write(visible(event))
    lines = ["".join(painter.pieces)]
    if left_over:
        lines.append("not in place: " + " ".join(_unplaced(span, scores) for span in left_over))
    if document.labels and shows_labels(document, labels):
        lines.append("labels: " + ", ".join(visible(label, one_line=True) for label in document.labels))
    return "\n".join(lines)


class _Painter:
    """Writes text and marks; knows which fills lie under the current position."""

    def __init__(self, color: bool, scores: bool) -> None:
        self.color = color
        self.scores = scores
        self.pieces: list[str] = []
        self.open_marks: list[Mark] = []

    def open(self, opening: Opening) -> None:
        self.open_marks.append(opening.mark)
        bracket = "" if self.color and len(self.open_marks) == 1 else "["
        self.write(bracket + ("…" if opening.resumed else ""))

    def close(self, closing: Closing) -> None:
        bracket = "" if self.color and len(self.open_marks) == 1 else "]"
        if closing.paused:
            self.write("…" + bracket)
        else:
            self.write(f" {_tag(closing.mark.span, self.scores)}{part_suffix(closing.mark)}", bold=True)
            self.write(bracket)
        self.open_marks.pop()

    def write(self, text: str, *, bold: bool = False) -> None:
        if not text:
            return
        if not (self.color and self.open_marks):
            self.pieces.append(text)
            return
        fill = FILLS[color_slot(self.open_marks[-1].span.label)].terminal
        start = f"\x1b[{'1;' if bold else ''}38;5;16;48;5;{fill}m"
        # A fill must not run over a line's end: terminals would paint the rest of the line.
        self.pieces.append("\n".join(f"{start}{line}{_RESET}" if line else "" for line in text.split("\n")))


def _tag(span: Span, scores: bool) -> str:
    label = visible(span.label, one_line=True)
    return f"{label} {span.score:.2f}" if scores and span.score is not None else label


def _unplaced(span: Span, scores: bool) -> str:
    return f"[{visible(span.text, one_line=True)} {_tag(span, scores)} {span.start}:{span.end}]"
