"""Finding out how the columns of a file stand: separator, width, header, which holds words and which tags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from onoma.errors import DataError
from onoma.readers.columns.choosing import (
    PREFIXED,
    Choice,
    choose_groups,
    choose_labels,
    choose_tags,
    choose_words,
    is_tag,
)
from onoma.readers.options import ReadOptions
from onoma.tags import find_spelling

DOCSTART = "-DOCSTART-"
_SAMPLE_ROWS = 5_000
_MOST = 0.95
_FEW_ROWS = 20
_LABEL_STUDIO = 4
"""Columns of its CoNLL export: word, -X-, _, tag."""
_NUMBER = re.compile(r"[0-9]{1,7}(?:[-.][0-9]{1,7})?")
_RANGE = re.compile(r"[0-9]+[-.][0-9]+")
_WORD_NAMES = frozenset(("token", "tokens", "word", "words", "form", "text", "surface"))
_TAG_NAMES = ("ne coarse lit", "ner", "ner tag", "ner tags", "tag", "tags", "entity", "label", "labels",
              "bio", "iob", "iob2", "ne", "entity tag", "named entity")  # fmt: skip
_OTHER_NAMES = frozenset(("pos", "lemma", "id", "idx", "index", "sentence", "sentence id", "sent id",
                          "sentence #", "chunk", "misc", "doc", "document", "doc id"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """How the columns of a file stand.

    Args:
        separator: a tab, or a space (then runs of spaces are one separator).
        width: number of columns.
        word: 0-based index of the word column.
        tag: 0-based index of the tag column; None where there are only words.
        label: 0-based index of the column with the labels, where that of the tags holds bare prefixes.
        groups: 0-based indices of the columns that name the sentence of each row, or its document, in a file
            without blank lines.
        notes: (code, message) of what is to be said about these choices.
        index: 0-based index of the column that numbers the words of a sentence; None where none does.
        header: 1-based number of the line that names the columns; 0 where none does.
        names: what that line calls them.
        comment: what comments begin with, as the user says; None for the usual forms.
        label_studio: whether labels may hold blanks, as Label Studio writes them.
        fit: share of the sample's rows that have this width.
        tagged: share of these rows that have a tag in the tag column, in any spelling but bare labels.
        entities: whether the sample holds a tag with a prefix.
    """

    separator: str
    width: int
    word: int
    tag: int | None
    label: int | None = None
    groups: tuple[int, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    index: int | None = None
    header: int = 0
    names: tuple[str, ...] = ()
    comment: str | None = None
    label_studio: bool = False
    fit: float = 1.0
    tagged: float = 0.0
    entities: bool = False

    def split(self, line: str) -> list[str]:
        """Return the fields; only tabs or ASCII spaces separate, a no-break space is data.

        Separators at the end of the line that make no column are passed over.
        """
        if self.separator == "\t":
            fields = line.split("\t")
            while len(fields) > self.width and not fields[-1].strip(" "):
                fields.pop()
            return fields
        fields = [field for field in line.rstrip(" \t").split(" ") if field]
        if self.label_studio and len(fields) > self.width and PREFIXED.fullmatch(fields[self.width - 1]):
            fields[self.width - 1 :] = [" ".join(fields[self.width - 1 :])]
        return fields

    def rows(self, lines: Iterable[str]) -> list[list[str]]:
        """Return the fields of the lines that have the file's width, the header left out."""
        split = (self.split(line) for number, line in enumerate(lines, 1) if number != self.header)
        return [fields for fields in split if len(fields) == self.width]


def is_docstart(line: str) -> bool:
    """Whether a line opens a document: ``-DOCSTART-`` alone, with further columns, or after a number."""
    at = line.find(DOCSTART)
    if at < 0 or line[at + len(DOCSTART) : at + len(DOCSTART) + 1] not in ("", " ", "\t"):
        return False
    before = line[:at].strip()
    return not before or before.isdecimal()


def find_layout(head: Sequence[str], options: ReadOptions, path: str) -> Layout | None:
    """Tell the layout from the first rows; None when there is no row.

    The width is that of most rows. Unless the options say otherwise, tags are in the last column if what is
    there are tags, else in the last of the others of which that is true; words are in the first column that
    neither numbers the words nor holds the tags; a line of known names at the top says which is which.

    Raises:
        DataError: rows have fewer columns than are needed.
    """
    rows = list(_rows(head, options))
    if not rows:
        return None
    separator = _find_separator([line for _, line in rows])
    split = [(number, _fields(line, separator)) for number, line in rows]
    width = _common_width([fields for _, fields in split])
    if separator == " " and width > _LABEL_STUDIO and all(fields[1:3] == ["-X-", "_"] for _, fields in split):
        width = _LABEL_STUDIO  # what is more are labels of several words
    if width == 1 and separator == "\t":  # words with a tab after them: the tags are there, and empty
        split = [(number, line.split("\t")) for number, line in rows]
        width = _common_width([fields for _, fields in split])
    layout = Layout(separator, width, 0, None, comment=options.comment)
    layout = _with_header(layout, split[0])
    sound = [row for number, row in split if len(row) == width and number != layout.header]
    layout = replace(layout, index=None if layout.names else _find_index(head, layout))
    layout = _with_columns(layout, sound, options)
    if len(rows) > _FEW_ROWS and not any(not line or line.isspace() for line in head):
        others = [c for c in range(width) if c not in (layout.word, layout.tag, layout.label)]
        layout = replace(layout, groups=choose_groups(others, sound))
    needed = max(2 if options.gold else 1, options.tag_column or 0, options.word_column or 0)
    if width < needed:
        raise _too_narrow(rows[0], width, needed, path)
    layout = replace(layout, fit=len(sound) / max(1, len(rows) - bool(layout.header)))
    if layout.tag is None:
        return layout
    tags = Counter(row[layout.tag] for row in sound)
    tagged = sum(count for tag, count in tags.items() if is_tag(tag)) / max(1, len(sound))
    label_studio = (
        separator == " " and width == _LABEL_STUDIO and {tuple(row[1:3]) for row in sound} <= {("-X-", "_")}
    )
    return replace(
        layout, tagged=tagged, entities=any(map(PREFIXED.fullmatch, tags)), label_studio=label_studio
    )


def _rows(head: Sequence[str], options: ReadOptions) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines that may be rows."""
    left = _SAMPLE_ROWS
    for number, line in enumerate(head, 1):
        if line.isspace() or not line or is_docstart(line) or _may_be_comment(line, options.comment):
            continue
        yield number, line
        left -= 1
        if not left:
            return


def _may_be_comment(line: str, asked: str | None) -> bool:
    if asked is not None:
        return bool(asked) and line.startswith(asked)
    if not line.startswith("#"):
        return False
    fields = line.split("\t") if "\t" in line else line.split()
    return not (len(fields) > 1 and is_tag(fields[-1].strip()))


def _find_separator(rows: Sequence[str]) -> str:
    """Return a tab if most rows have one between fields, or if there are tabs and no spaces; else a space."""
    inside = sum("\t" in row.rstrip(" \t") for row in rows)
    if 2 * inside >= len(rows):
        return "\t"
    spaces = any(" " in row.strip(" \t") for row in rows)
    return "\t" if not spaces and any("\t" in row for row in rows) else " "


def _fields(line: str, separator: str) -> list[str]:
    if separator == "\t":
        fields = line.split("\t")
        while len(fields) > 1 and not fields[-1].strip(" "):
            fields.pop()
        return fields
    return [field for field in line.rstrip(" \t").split(" ") if field]


def _common_width(rows: Sequence[Sequence[str]]) -> int:
    widths = Counter(map(len, rows))
    most = max(widths.values())
    return next(width for width in map(len, rows) if widths[width] == most)


def _with_header(layout: Layout, first: tuple[int, Sequence[str]]) -> Layout:
    """Take the first row for the names of columns if all or most of its fields are such names."""
    number, fields = first
    names = tuple(re.sub(r"[\s_-]+", " ", name).strip().casefold() for name in fields)
    known = sum(name in _WORD_NAMES or name in _TAG_NAMES or name in _OTHER_NAMES or name.startswith("ne ")
                or name.startswith("nel ") for name in names)  # fmt: skip
    fits = 1 < len(names) == layout.width and 2 * known >= len(names)
    if not fits or _WORD_NAMES.isdisjoint(names) or is_tag(fields[-1]):
        return layout
    return replace(layout, header=number, names=names)


def _find_index(head: Sequence[str], layout: Layout) -> int | None:
    """Return the column that counts the words of each sentence from 0 or 1, if one does."""
    split = [(line, _fields(line, layout.separator)) for line in head[:_SAMPLE_ROWS]]
    for column in range(min(layout.width - 2, 2)):
        good = total = starts = rises = 0
        previous = -1
        for line, fields in split:
            if not line or line.isspace():
                previous = -1
            elif len(fields) == layout.width and not line.startswith("#"):
                text = fields[column]
                total += 1
                if not _NUMBER.fullmatch(text):
                    continue
                if _RANGE.fullmatch(text):
                    good += 1
                    continue
                value = int(text)
                restarts = value in (0, 1)
                starts += restarts
                rises += previous < value <= previous + 3 if previous >= 0 else 0
                good += restarts or (previous >= 0 and previous < value <= previous + 3)
                previous = value
        if total > 1 and starts and rises and good >= _MOST * total:
            return column
    return None


def _with_columns(layout: Layout, rows: Sequence[Sequence[str]], options: ReadOptions) -> Layout:
    columns = [column for column in range(layout.width) if column != layout.index]
    tag = None if options.tag_column is None else options.tag_column - 1
    word = None if options.word_column is None else options.word_column - 1
    if layout.names:
        if tag is None:
            tag = next((layout.names.index(name) for name in _TAG_NAMES if name in layout.names), None)
        if word is None:
            word = next(
                (at for at, name in enumerate(layout.names) if name in _WORD_NAMES and at != tag), None
            )
    notes = []
    if tag is None and len(columns) > 1:
        tag, note = choose_tags([column for column in columns if column != word], rows)
        notes.append(("tag-column", note))
    others = [column for column in columns if column not in (tag, word)]
    label = None if tag is None or tag >= layout.width else choose_labels(others, tag, rows)
    others = [column for column in others if column != label]
    if word is None:
        word, note = choose_words(others, rows) if others else Choice(columns[0] if columns else 0)
        notes.append(("word-column", note))
    said = tuple((code, note) for code, note in notes if note)
    return replace(layout, word=word, tag=tag, label=label, notes=said)


def _too_narrow(row: tuple[int, str], width: int, needed: int, path: str) -> DataError:
    number, line = row
    return DataError(
        f"rows have {width} column{'s' * (width != 1)}, {needed} are needed: a word and its tag, "
        "between tabs or spaces",
        code="column-count",
        path=path,
        line=number,
        column=width + 1,
        text=line,
    )


def bare_labels(tags: Iterable[str]) -> bool:
    """Whether tags look like labels without prefixes: few of them, and most words outside."""
    counts = Counter(tags)
    outside = counts.pop("O", 0)
    if not counts or find_spelling(counts).spell is not None:
        return False
    words = all(re.fullmatch(r"[^\W\d][\w.-]*", label) for label in counts)
    return words and outside >= counts.total() and len(counts) <= max(3, counts.total() // 2)


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
