"""What character offsets of a file count, where that is not code points.

A `Counting` maps the offsets of a file to code points of the text that was read. The ways in which tools
differ are few (units, ends of lines, a byte-order mark, normal forms, white space); a counting is one choice
of each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

from onoma.text.forms import clusters

OffsetTable = dict[int, int] | None
"""Offset as the file counts -> offset in code points; None where they are the same."""

NormalForm = Literal["NFC", "NFD"]

_FORMS: tuple[NormalForm, ...] = ("NFC", "NFD")
_WIDTHS: dict[str, Callable[[str], int]] = {
    "codepoint": lambda char: 1,
    "utf16": lambda char: 2 if char > "\uffff" else 1,
    "utf8": lambda char: len(char.encode("utf-8", "surrogatepass")),
}
_MARK = "\ufeff"
_SEVERAL_BLANKS = re.compile(r"\s{2,}")
_BLANKS = re.compile(r"\s+")
_NAMES = {
    "utf16": "UTF-16 units",
    "utf8": "bytes of UTF-8",
    "lf": "CRLF as one character",
    "crlf": "ends of lines as two characters",
    "mark": "a byte-order mark before the text",
    "NFC": "characters of the text in NFC",
    "NFD": "characters of the text in NFD",
    "collapsed": "runs of white space as one space",
    "stripped": "no white space at the ends of the text",
    "tidied": "runs of white space as one space, and none at the ends of the text",
}


@dataclass(frozen=True, slots=True)
class Counting:
    """One way of counting the characters of a text.

    Args:
        unit: ``codepoint``, ``utf16`` or ``utf8``.
        line_ends: ``lf`` counts CRLF as one, ``crlf`` counts the bare LF of a text without CRLF as two; None
            counts what is there.
        mark: whether a byte-order mark is counted that stood before the text.
        form: ``NFC`` or ``NFD``: characters of the text in that normal form are counted.
        blanks: ``collapsed`` counts each run of white space as one, ``stripped`` none at the ends of the
            text, ``tidied`` both.
    """

    unit: str = "codepoint"
    line_ends: str | None = None
    mark: bool = False
    form: NormalForm | None = None
    blanks: str | None = None

    @property
    def name(self) -> str:
        """What is counted, in words."""
        parts = [self.unit, self.line_ends, "mark" if self.mark else None, self.form, self.blanks]
        named = [_NAMES[part] for part in parts if part in _NAMES]
        return " and ".join(named) or "code points"

    def option(self, asked: Counting) -> str | None:
        """Return the options that ask for it where ``asked`` is the default; None where there are none."""
        if self.mark or self.form or self.blanks:
            return None
        parts = [f"--offset-unit {self.unit}"] if self.unit != asked.unit else []
        parts += [f"--line-ends {self.line_ends}"] if self.line_ends not in (None, asked.line_ends) else []
        return " ".join(parts) or None

    def table(self, text: str, marked: bool = True) -> OffsetTable:
        """Return the map from offsets so counted to code points; None where they are the same.

        Offsets inside a character are not in the map.

        Args:
            text: the document's.
            marked: whether a mark may have stood before it at all.
        """
        before = _WIDTHS[self.unit](_MARK) if self.mark and marked else 0
        if not before and not self._differs(text):
            return None
        table = {0: 0}
        position, last = before, -1
        for index, width in enumerate(self._widths(text)):
            if width:
                table[position] = last = index
                position += width
        table[position] = last + 1 if self.blanks in ("stripped", "tidied") else len(text)
        return table

    def reads(self, surface: str, piece: str) -> bool:
        """Whether a surface of the file is that piece of the text; in whatever normal form it is written."""
        if surface == piece:
            return True
        if self.blanks:
            surface, piece = (" ".join(one.split()) for one in (surface, piece))
        if not (surface.isascii() and piece.isascii()):
            surface, piece = (unicodedata.normalize("NFC", one) for one in (surface, piece))
        return surface.removeprefix(_MARK) == piece.removeprefix(_MARK) if self.mark else surface == piece

    def _differs(self, text: str) -> bool:
        """Whether anything in a text is counted otherwise than by code points."""
        if self.unit != "codepoint" and not text.isascii() and (self.unit == "utf8" or max(text) > "\uffff"):
            return True
        if (self.line_ends == "lf" and "\r\n" in text) or (self.line_ends == "crlf" and _has_bare_ends(text)):
            return True
        if self.form is not None and not text.isascii() and not unicodedata.is_normalized(self.form, text):
            return True
        if self.blanks in ("stripped", "tidied") and (text[:1].isspace() or text[-1:].isspace()):
            return True
        return self.blanks in ("collapsed", "tidied") and _SEVERAL_BLANKS.search(text) is not None

    def _widths(self, text: str) -> list[int]:
        """How much each character counts; one that is nothing beside the one before counts 0."""
        if self.form is None:
            widths = [1] * len(text) if self.unit == "codepoint" else list(map(_WIDTHS[self.unit], text))
        else:
            widths = _normal_widths(text, self.form)
        if self.line_ends == "lf":
            for match in re.finditer("\r\n", text):
                widths[match.end() - 1] = 0
        elif self.line_ends == "crlf" and _has_bare_ends(text):
            for match in re.finditer("\n", text):
                widths[match.start()] = 2
        if self.blanks is not None:
            for start, end in _uncounted(text, self.blanks):
                widths[start:end] = [0] * (end - start)
        return widths


CODE_POINTS = Counting()
UTF16 = Counting("utf16")
STANDOFF = Counting(line_ends="lf")
"""What brat counts: Python reads its files, with any end of a line as one character."""

COUNTINGS: tuple[Counting, ...] = (
    *(
        Counting(unit, ends, mark)
        for mark, ends, unit in product((False, True), (None, "lf", "crlf"), _WIDTHS)
    ),
    *(Counting(line_ends=ends, form=form) for ends, form in product((None, "lf"), _FORMS)),
    *(
        Counting(unit, blanks=blanks)
        for unit, blanks in product(("codepoint", "utf16"), ("collapsed", "stripped", "tidied"))
    ),
)
"""All that are tried."""


def other_countings(asked: Counting) -> Iterator[Counting]:
    """Yield what else may be counted, the likeliest and those that an option asks for first."""
    for other in COUNTINGS:
        # Where the default says something of line ends, only its opposite is something else.
        same_ends = asked.line_ends is not None and other.line_ends is None
        if other != asked and not (same_ends and not other.form and not other.blanks):
            yield other


def codepoint_offsets(text: str, unit: str) -> OffsetTable:
    """Return the map from offsets in ``unit`` to offsets in code points; None where they are the same."""
    return Counting(unit).table(text)


def _has_bare_ends(text: str) -> bool:
    return "\n" in text and "\r\n" not in text


def _uncounted(text: str, blanks: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of white space that are not counted."""
    for match in _BLANKS.finditer(text):
        if blanks != "collapsed" and (match.start() == 0 or match.end() == len(text)):
            yield match.span()
        elif blanks != "stripped":
            yield match.start() + 1, match.end()


def _normal_widths(text: str, form: NormalForm) -> list[int]:
    """Count characters of the normal form; a character and its marks are taken together."""
    widths: list[int] = []
    for cluster in clusters(text):
        length = len(unicodedata.normalize(form, cluster))
        same = length == len(cluster)
        widths += [1] * length if same else [length] + [0] * (len(cluster) - 1)
    return widths
