"""Splitting column files into sentences: one word a line, a blank line after each sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from onoma.errors import DataError
from onoma.readers.columns.choosing import is_tag
from onoma.readers.columns.gathering import SentenceRows
from onoma.readers.columns.layout import DOCSTART, Layout, as_truncated, is_docstart
from onoma.readers.columns.tagged import TaggedSentence

_LOOKED_AT = ("", "#", " ", "\xa0", "\u3000", "\f", "\v")
_KEY_VALUE = re.compile(r"#\s*[\w:.-]+\s*[=:](\s|$)")


def is_comment(line: str, layout: Layout, *, inside: bool) -> bool:
    """Whether a line is a comment and not a row whose word is ``#``.

    Where the user names what comments begin with, that decides. Else before a sentence a comment is what
    begins with ``#`` and is no row: not of the file's width, or without a tag in the tag column. Between the
    rows of a sentence only ``# key = value`` is one, so that a damaged row is not taken for a comment.

    Args:
        line: any.
        layout: of the file.
        inside: whether the line stands between the rows of a sentence.
    """
    if layout.comment is not None:
        return bool(layout.comment) and line.startswith(layout.comment)
    if not line.startswith("#"):
        return False
    fields = layout.split(line)
    if len(fields) == layout.width and (layout.tag is None or is_tag(fields[layout.tag])):
        return False
    return not inside or _KEY_VALUE.match(line) is not None


def read_sentences(lines: Iterable[str], layout: Layout, path: str) -> Iterator[TaggedSentence]:
    """Yield the sentences and document starts in order; faults of a row are kept with its sentence."""
    rows = _Rows(layout, path)
    separator, width, word, tag = layout.separator, layout.width, layout.word, layout.tag
    simple = (layout.index, layout.comment, layout.label, layout.groups) == (None, None, None, ())
    spaces = separator == " "
    for number, line in enumerate(lines, 1):
        if simple:
            fields = line.split(separator)
            if (
                tag is not None
                and len(fields) == width
                and number != layout.header
                and fields[0][:1] not in _LOOKED_AT
                and fields[0] != DOCSTART
                and not (spaces and ("" in fields or "\t" in line))
            ):
                rows.add(number, fields[word], fields[tag])
                continue
        yield from rows.read(number, line)
    yield from rows.finish()


class _Rows(SentenceRows):
    """Tells from the lines what ends a sentence, or opens a document."""

    def __init__(self, layout: Layout, path: str) -> None:
        super().__init__()
        self._layout = layout
        self._path = path
        self._looked_at = 0  # the last line that was no plain row
        self._previous = -1  # number of the word before, where words are numbered
        self._group: list[str] = []  # what names the sentence, where rows bear it

    def read(self, number: int, line: str) -> Iterator[TaggedSentence]:
        """Look at a line that is more, or less, than a plain row; yield what it ends and what it opens."""
        self._looked_at = number
        layout = self._layout
        opens = is_docstart(line)
        if opens or not line or line.isspace():
            yield from self.end()
            if opens:
                yield TaggedSentence((), [], [], None)
            return
        if number == layout.header or is_comment(line, layout, inside=self.begun):
            return
        fields = layout.split(line)
        if len(fields) != layout.width or (layout.separator == " " and "\t" in line.rstrip(" \t")):
            self.fail(row_fault(line, layout, self._path, number))
            return
        if layout.index is not None:
            index = fields[layout.index]
            if not index.isdecimal():  # 3-4 is a surface over two words, 5.1 an empty node
                if "-" in index or "." in index:
                    return
            elif int(index) <= self._previous and int(index) in (0, 1):
                yield from self.end()
            self._previous = int(index) if index.isdecimal() else self._previous
        if layout.groups and (group := [fields[at] for at in layout.groups]) != self._group:
            yield from self.end()
            self._group = group
        tag = "O" if layout.tag is None else fields[layout.tag]
        if layout.label is not None and tag != "O":
            tag = f"{tag}-{fields[layout.label]}"
        self.add(number, fields[layout.word], tag)

    def finish(self) -> Iterator[TaggedSentence]:
        """Yield the last sentence; a row with too few columns at the very end means a file cut short."""
        last = max([self._looked_at, *self._lines[-1:]])
        if self.fault is not None and self.fault.line == last:
            self.fault = as_truncated(self.fault, self._layout.width)
        yield from self.end()

    def end(self) -> Iterator[TaggedSentence]:
        """Yield the sentence; the next one counts its words anew."""
        self._previous = -1
        yield from super().end()


def row_fault(line: str, layout: Layout, path: str, number: int) -> DataError:
    """Return what is wrong with a row of another width."""
    fields = layout.split(line)
    found = len(fields)
    names = {"\t": "tabs", " ": "spaces"}
    other = " " if layout.separator == "\t" else "\t"
    column = min(found, layout.width) + 1
    inner = line.strip(" \t")
    if other in inner and (other == "\t" or len([f for f in line.split(" ") if f]) == layout.width):
        message = f"the file is separated by {names[layout.separator]}, this line by {names[other]}"
        return DataError(message, code="mixed-separators", path=path, line=number, column=column, text=line)
    message = f"{found} column{'s' * (found != 1)} where the file has {layout.width}"
    if layout.separator == " " and found > layout.width:
        what = "word" if layout.tag == layout.width - 1 and is_tag(fields[-1]) else "label"
        message += f"; does a {what} hold a blank? Then separate columns by tabs, or write _ for the blank"
    return DataError(message, code="column-count", path=path, line=number, column=column, text=line)
