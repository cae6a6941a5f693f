"""Splitting column files into sentences: one word a line, a blank line after each sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from onoma.errors import DataError
from onoma.readers.options import ReadOptions
from onoma.readers.tagged import TaggedSentence

DOCSTART = "-DOCSTART-"
_KEY_VALUE = re.compile(r"# \S+ = ")
_TAG = re.compile(r"O|[A-Z]-\S+")
_SPECIAL = frozenset((DOCSTART, "#"))  # first fields that need a second look


@dataclass(frozen=True, slots=True)
class Layout:
    """How the columns of a file stand.

    Args:
        separator: a tab, or a space (then runs of spaces are one separator).
        width: number of columns.
        word: 0-based index of the word column.
        tag: 0-based index of the tag column.
    """

    separator: str
    width: int
    word: int
    tag: int

    def split(self, line: str) -> list[str]:
        """Return the fields; only tabs or ASCII spaces separate, a no-break space is data."""
        fields = line.split(self.separator)
        return fields if self.separator == "\t" else [field for field in fields if field]


def is_docstart(line: str) -> bool:
    """Whether a line opens a document: ``-DOCSTART-`` alone or with further columns."""
    return line.startswith(DOCSTART) and line[len(DOCSTART) : len(DOCSTART) + 1] in ("", " ", "\t")


def is_comment(line: str, layout: Layout) -> bool:
    """Whether a line before a sentence is a comment and not a row whose word is ``#``.

    A comment begins with ``# ``. Where tabs separate, it is a comment if it holds no tab. Where spaces
    separate, only the form ``# key = value`` is one, unless it has the file's column count and a tag in the
    tag column.
    """
    if not line.startswith("# "):
        return False
    if layout.separator == "\t":
        return "\t" not in line
    fields = layout.split(line)
    is_row = len(fields) == layout.width and _TAG.fullmatch(fields[layout.tag]) is not None
    return _KEY_VALUE.match(line) is not None and not is_row


def find_layout(head: Sequence[str], options: ReadOptions, path: str) -> Layout | None:
    """Tell separator and column count from the first row; None when there is no row.

    Raises:
        DataError: the first row has fewer columns than are needed.
    """
    first: tuple[int, str] | None = None
    for number, line in enumerate(head, 1):
        if not line.strip(" ") or is_docstart(line):
            continue
        doubtful = line.startswith("# ") and "\t" not in line  # a comment, or a row whose word is '#'
        if doubtful and (first is not None or _KEY_VALUE.match(line)):
            continue
        if first is None or "\t" in line:
            first = number, line
        if not doubtful:
            break
    if first is None:
        return None
    number, line = first
    separator = "\t" if "\t" in line else " "
    width = len([field for field in line.split(separator) if field or separator == "\t"])
    tag_column = options.tag_column or width
    needed = max(2, tag_column, options.word_column)
    if width < needed:
        raise DataError(
            f"the first row has {width} column{'s' * (width != 1)}, {needed} are needed: a word and its tag, "
            "between tabs or spaces",
            code="column-count",
            path=path,
            line=number,
            column=width + 1,
            text=line,
        )
    return Layout(separator, width, options.word_column - 1, tag_column - 1)


def read_sentences(lines: Iterable[str], layout: Layout, path: str) -> Iterator[TaggedSentence]:
    """Yield the sentences and document starts in order; faults of a row are kept with its sentence."""
    separator, width, word, tag = layout.separator, layout.width, layout.word, layout.tag
    spaces = separator == " "
    words: list[str] = []
    tags: list[str] = []
    fault: DataError | None = None
    number = 0
    line = ""
    for number, line in enumerate(lines, 1):
        fields = line.split(separator)
        if (
            len(fields) == width
            and fields[0] not in _SPECIAL
            and not (spaces and ("" in fields or "\t" in line))
        ):
            words.append(fields[word])
            tags.append(fields[tag])
            continue
        opens = is_docstart(line)
        if opens or not line.strip(" "):
            if words or fault:
                yield TaggedSentence(range(number - len(words), number), words, tags, fault)
                words, tags, fault = [], [], None
            if opens:
                yield TaggedSentence((), [], [], None)
        elif not words and not fault and is_comment(line, layout):
            continue
        elif (not spaces or "\t" not in line) and len(fields := layout.split(line)) == width:
            words.append(fields[word])
            tags.append(fields[tag])
        else:
            fault = fault or _row_fault(line, layout, path, number)
    if fault is not None and fault.line == number:
        fault = as_truncated(fault, layout.width)
    if words or fault:
        yield TaggedSentence(range(number + 1 - len(words), number + 1), words, tags, fault)


def _row_fault(line: str, layout: Layout, path: str, number: int) -> DataError:
    found = len(layout.split(line))
    names = {"\t": "tabs", " ": "spaces"}
    other = " " if layout.separator == "\t" else "\t"
    column = min(found, layout.width) + 1
    if other in line.strip(" ") and (other == "\t" or len([f for f in line.split(" ") if f]) == layout.width):
        message = f"the file is separated by {names[layout.separator]}, this line by {names[other]}"
        return DataError(message, code="mixed-separators", path=path, line=number, column=column, text=line)
    message = f"{found} column{'s' * (found != 1)} where the file has {layout.width}"
    return DataError(message, code="column-count", path=path, line=number, column=column, text=line)


def as_truncated(fault: DataError, width: int) -> DataError:
    """Say that a last row with too few columns means a file cut short."""
    if fault.code != "column-count" or fault.column is None or fault.column > width:
        return fault
    return DataError(
        f"the last line has {fault.column - 1} of {width} columns: the file is cut short; "
        "get it whole or delete the line",
        code="truncated",
        path=fault.path,
        line=fault.line,
        column=fault.column,
        text=fault.text,
    )
