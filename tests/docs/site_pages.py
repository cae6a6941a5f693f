"""The pages of the documentation, read as GitHub and mkdocs read them, without either."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from docsite.reference import pages

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
PAGES = sorted(
    path
    for path in (
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
    )
)
_FENCED = re.compile(r"^(```|~~~).*?^\1\s*$", re.M | re.S)
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*#*$", re.M)


@cache
def made_pages() -> dict[Path, str]:
    """Pages that are made from the code, by the place where they would lie."""
    return {ROOT / "docs" / place: text for place, text in pages().items()}


def text_of(page: Path) -> str:
    made = made_pages().get(page)
    return page.read_text(encoding="utf-8") if made is None else made


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    text = _FENCED.sub("", text_of(page))
    return re.sub(r"(?m)^(?: {4}|\t).*$", "", text)


def links(page: Path) -> Iterator[str]:
    without_code = re.sub(r"`[^`\n]*`", "code", prose(page))
    yield from (target for target in _LINK.findall(without_code))


def anchors(page: Path) -> set[str]:
    """What headings can be linked to by, as GitHub names them."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCED.sub("", text_of(page))):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        number = sum(1 for one in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", one))
        found.add(f"{slug}-{number}" if number else slug)
    return found
