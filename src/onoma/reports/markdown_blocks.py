"""Markdown as model cards have it, read into plain values that a page shows as text.

Only what `onoma.reports.markdown` writes is known: front matter, headings, paragraphs, lists, tables, code,
indented or fenced; within a line, code, bold and escapes. All else is text. No HTML is passed on
and no link is made, so that a card from elsewhere can do nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"\s*[-*]\s+(.*)")
_RULE = re.compile(r"\s*\|?[\s:|-]*-{3,}[\s:|-]*\|?\s*")
_CELL_END = re.compile(r"(?<!\\)\|")
_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\\(?P<escaped>[^A-Za-z0-9\s])|(?P<plain>[^`*\\]+|[`*\\])"
)


class Inline(NamedTuple):
    """A stretch of a line: ``kind`` is ``text``, ``code`` or ``bold``."""

    kind: str
    text: str


Line = list[Inline]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a card.

    Args:
        kind: ``heading``, ``paragraph``, ``list``, ``table`` or ``code``.
        lines: of a heading or paragraph one, of a list its items; empty otherwise.
        rows: of a table, the headings first.
        code: the text of a block of code.
        level: of a heading, 1 to 6.
    """

    kind: str
    lines: Sequence[Line] = ()
    rows: Sequence[Sequence[Line]] = ()
    code: str = ""
    level: int = 0


def read_blocks(text: str) -> list[Block]:
    """Return the blocks of a card, without what stands in front of it as YAML."""
    lines = text.splitlines()
    if lines and lines[0].strip() == "---":
        end = next((place for place, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
        lines = lines[end + 1 :]
    return list(_blocks(lines))


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    place = 0
    while place < len(lines):
        line = lines[place]
        taken = 1
        if heading := _HEADING.fullmatch(line):
            yield Block("heading", [_inline(heading[2])], level=len(heading[1]))
        elif line.startswith("```"):
            taken = _until(lines, place + 1, lambda one: one.startswith("```")) - place + 1
            yield Block("code", code="\n".join(lines[place + 1 : place + taken - 1]))
        elif line.startswith("    "):
            taken = _until(lines, place, lambda one: bool(one) and not one.startswith("    ")) - place
            yield Block("code", code="\n".join(one[4:] for one in lines[place : place + taken]).strip("\n"))
        elif line.lstrip().startswith("|") and place + 1 < len(lines) and _RULE.fullmatch(lines[place + 1]):
            taken = _until(lines, place, lambda one: not one.lstrip().startswith("|")) - place
            rows = [one for index, one in enumerate(lines[place : place + taken]) if index != 1]
            yield Block("table", rows=[_cells(one) for one in rows])
        elif _ITEM.fullmatch(line):
            taken = _until(lines, place, lambda one: not one.strip() or bool(_HEADING.fullmatch(one))) - place
            yield Block("list", [_inline(one) for one in _items(lines[place : place + taken])])
        elif line.strip():
            taken = _until(lines, place + 1, _begins_another) - place
            yield Block("paragraph", [_inline(" ".join(one.strip() for one in lines[place : place + taken]))])
        place += taken


def _begins_another(line: str) -> bool:
    return not line.strip() or line.startswith(("#", "|", "```")) or bool(_ITEM.fullmatch(line))


def _until(lines: Sequence[str], place: int, ends: object) -> int:
    """Return the first place from ``place`` on whose line ends the block, or the end."""
    assert callable(ends)
    return next((at for at in range(place, len(lines)) if ends(lines[at])), len(lines))


def _items(lines: Sequence[str]) -> list[str]:
    """Return the items of a list; lines that begin none go on with the one before."""
    items: list[str] = []
    for line in lines:
        if item := _ITEM.fullmatch(line):
            items.append(item[1])
        else:
            items[-1] += f" {line.strip()}"
    return items


def _cells(line: str) -> list[Line]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [_inline(cell.strip()) for cell in _CELL_END.split(inner)]


def _inline(text: str) -> Line:
    """Return the stretches of a line; neighbours of one kind are one."""
    made: Line = []
    for found in _INLINE.finditer(text):
        kind = {"code": "code", "bold": "bold"}.get(found.lastgroup or "", "text")
        part = found[found.lastgroup or 0]
        if kind == "text" and made and made[-1].kind == "text":
            made[-1] = Inline("text", made[-1].text + part)
        else:
            made.append(Inline(kind, part))
    return made
