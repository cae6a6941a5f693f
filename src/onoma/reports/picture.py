"""Documents with their entities marked, as one SVG picture for a README or a slide.

Characters stand on a grid of cells: a picture cannot ask how wide a font is, so each piece of text is told
how wide it has to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from onoma.reports.cells import cells_of, runs_leftwards
from onoma.reports.escapes import visible
from onoma.reports.kit import svg
from onoma.reports.marks import Mark, Opening, lay_out, part_suffix
from onoma.reports.palette import FILLS, color_slot, page_colors
from onoma.text import Document

COLUMNS = 84
"""Cells a line may have before it is broken."""
_CELL, _LINE, _BOX, _EDGE = 8.4, 34.0, 26.0, 20.0
"""Pixels: a cell's width, from line to line, the height of a mark, around all."""
_INSET = 4.0
"""Pixels by which a mark is lower than the one around it."""
_LABEL = 0.75
"""Cells a character of a label takes."""


@dataclass(frozen=True, slots=True)
class _Atom:
    """What is not broken: text of a word, a space, the begin of a mark, or its end with the label."""

    kind: str
    text: str
    width: float
    mark: Mark | None = None


@dataclass(slots=True)
class _Box:
    mark: Mark
    depth: int
    line: int
    start: float
    end: float = 0.0


@dataclass(slots=True)
class _Piece:
    """A word or a label; no mark begins or ends between words of one stretch of a line."""

    kind: str
    text: str
    line: int
    stretch: int
    start: float
    end: float


@dataclass(slots=True)
class _Setting:
    """Lines as they are filled: where pen and open marks are, and what was drawn.

    All is set from left to right, and `turn` moves what is read from right to left.
    """

    columns: int
    x: float = 0.0
    line: int = 0
    stretch: int = 0
    leftwards: bool = False
    leftward_lines: set[int] = field(default_factory=set)
    open_marks: list[Mark] = field(default_factory=list)
    boxes: list[_Box] = field(default_factory=list)
    pieces: list[_Piece] = field(default_factory=list)

    def put(self, unit: Sequence[_Atom]) -> None:
        """Write what belongs together, on the next line where this one has no room for it."""
        if self.x and self.x + sum(atom.width for atom in unit) > self.columns:
            self.break_line()
        if self.leftwards:
            self.leftward_lines.add(self.line)
        for atom in unit:
            self.stretch += atom.kind in ("open", "close")
            if atom.kind == "open" and atom.mark is not None:
                self.open_marks.append(atom.mark)
                self._begin_box(atom.mark, len(self.open_marks) - 1)
            if atom.text:
                end = self.x + atom.width
                self.pieces.append(_Piece(atom.kind, atom.text, self.line, self.stretch, self.x, end))
            self.x += atom.width
            if atom.kind == "close":
                self._end_boxes(self.open_marks.pop())

    def break_line(self) -> None:
        """Go to the next line; marks that are open go on there."""
        for mark in self.open_marks:
            self._end_boxes(mark)
        self.x, self.line = 0.0, self.line + 1
        for depth, mark in enumerate(self.open_marks):
            self._begin_box(mark, depth)

    @property
    def width(self) -> float:
        """Cells from the left to the end of what reaches furthest."""
        return max([0.0, *(one.end for one in self.pieces), *(one.end for one in self.boxes)])

    def turn(self) -> None:
        """Put right-to-left paragraphs, and words that run against their line, in their order."""
        for run in self._runs_against_the_line():
            _mirror(run, run[0].start + run[-1].end)
        width = self.width
        _mirror([one for one in self.pieces if one.line in self.leftward_lines], width)
        _mirror([one for one in self.boxes if one.line in self.leftward_lines], width)

    def _runs_against_the_line(self) -> Iterator[list[_Piece]]:
        """Yield words of one stretch that run otherwise than their line, with numbers among them."""
        words = [one for one in self.pieces if one.kind == "word"]
        for (line, _), stretch in groupby(words, key=lambda one: (one.line, one.stretch)):
            against = line not in self.leftward_lines
            run: list[_Piece] = []
            size = 0
            for piece in stretch:
                direction = runs_leftwards(piece.text)
                if direction is not None and direction != against:
                    if size:
                        yield run[:size]
                    run, size = [], 0
                elif run or direction is against:
                    run.append(piece)
                    size = len(run) if direction is against else size
            if size:
                yield run[:size]

    def _begin_box(self, mark: Mark, depth: int) -> None:
        self.boxes.append(_Box(mark, depth, self.line, self.x))

    def _end_boxes(self, mark: Mark) -> None:
        for box in self.boxes:
            if box.mark is mark and not box.end:
                box.end = self.x


def picture(documents: Iterable[Document], columns: int = COLUMNS) -> str:
    """Return an SVG file that shows documents one below the other, for light and dark surroundings.

    Args:
        documents: with the entities to mark; nested ones lie within one another.
        columns: characters a line.
    """
    setting = _Setting(columns)
    for number, document in enumerate(documents):
        if number:
            setting.break_line()
        paragraphs = map(runs_leftwards, document.text.split("\n"))
        setting.leftwards = next(paragraphs) or False
        for unit in _units(document):
            if unit is None:
                setting.break_line()
                setting.leftwards = next(paragraphs) or False
            else:
                setting.put(unit)
    setting.turn()
    return str(_drawn(setting)) + "\n"


def _units(document: Document) -> Iterator[list[_Atom] | None]:
    """Yield what may not be broken, with the spaces that follow; None where the text has an end of line."""
    unit: list[_Atom] = []
    for atom in _atoms(document):
        if atom.kind == "line":
            yield unit
            yield None
            unit = []
        else:
            unit.append(atom)
            if atom.kind == "space":
                yield unit
                unit = []
    yield unit


def _atoms(document: Document) -> Iterator[_Atom]:
    for event in lay_out(document.text, document.entities)[0]:
        if isinstance(event, str):
            for piece in re.findall(r"\n|[^\S\n]+|\S+", visible(event)):
                kind = "line" if piece == "\n" else "space" if piece.isspace() else "word"
                yield _Atom(kind, piece if kind == "word" else "", float(max(1, cells_of(piece))))
        elif isinstance(event, Opening):
            yield _Atom("open", "", 0.5, event.mark)
        else:
            label = visible((event.mark.span.label or "?") + part_suffix(event.mark), one_line=True)
            width = 0.5 if event.paused else 1 + _LABEL * cells_of(label)
            yield _Atom("close", "" if event.paused else label, width, event.mark)


def _mirror(placed: Sequence[_Piece] | Sequence[_Box], ends: float) -> None:
    """Turn round what is between two places; ``ends`` is their sum."""
    for one in placed:
        one.start, one.end = ends - one.end, ends - one.start


def _drawn(setting: _Setting) -> svg.Svg:
    width = 2 * _EDGE + _CELL * setting.width
    height = 2 * _EDGE + _LINE * (setting.line + 1)
    parts = [svg.element("style", svg.Svg(_style()))]
    parts.append(svg.element("rect", css="ground", width=width, height=height, rx=8.0))
    parts += [_box(box) for box in sorted(setting.boxes, key=lambda box: box.depth)]
    parts += [_text(piece, piece.line in setting.leftward_lines) for piece in setting.pieces]
    return svg.element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        view_box=f"0 0 {width:.1f} {height:.1f}",
        width=width,
        height=height,
        role="img",
        aria_label="Text with its entities marked",
    )


def _box(box: _Box) -> svg.Svg:
    height = max(_BOX - _INSET * box.depth, 2 * _INSET)
    top = _EDGE + _LINE * box.line + (_LINE - height) / 2
    place = {"x": _EDGE + _CELL * box.start, "y": top, "width": _CELL * (box.end - box.start)}
    return svg.element("rect", css=f"mark l{color_slot(box.mark.span.label)}", rx=4.0, height=height, **place)


def _text(piece: _Piece, leftwards: bool) -> svg.Svg:
    label = piece.kind == "close"
    gap = 0.5 if label else 0.0
    # Anchored on the left in both directions: what is read from the right ends there.
    turned = {"direction": "rtl", "text_anchor": "end"} if leftwards and not label else {}
    return svg.element(
        "text",
        piece.text,
        css="label" if label else "word",
        x=_EDGE + _CELL * (piece.start + gap),
        y=_EDGE + _LINE * (piece.line + 0.5) + 5,
        text_length=_CELL * (piece.end - piece.start - 2 * gap),
        length_adjust="spacingAndGlyphs",
        **turned,
    )


def _style() -> str:
    colors = page_colors()
    fills = "".join(f".l{slot}{{fill:{fill.light}}}" for slot, fill in enumerate(FILLS))
    dark = "".join(f".l{slot}{{fill:{fill.dark}}}" for slot, fill in enumerate(FILLS))
    (page, dark_page), (ink, dark_ink) = colors["page"], colors["ink"]
    return (
        f".ground{{fill:{page}}}text{{fill:{ink};font-family:ui-monospace,Menlo,Consolas,monospace}}"
        f".word{{font-size:14px}}.label{{font-size:10.5px;font-weight:700}}"
        f".mark{{stroke:{ink};stroke-opacity:.25}}{fills}"
        f"@media(prefers-color-scheme:dark){{.ground{{fill:{dark_page}}}text{{fill:{dark_ink}}}"
        f".mark{{stroke:{dark_ink}}}{dark}}}"
    )
