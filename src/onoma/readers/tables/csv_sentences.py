"""Tables of a token a row: rows to sentences, by a column that names them, empty rows, or full stops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from onoma.errors import DataError
from onoma.readers.columns.gathering import SentenceRows
from onoma.readers.columns.tagged import TaggedSentence
from onoma.readers.tables.csv_rows import Row

_FINAL = frozenset(".!?")
_LONGEST = 1_000
"""So many tokens without any sign of an end are no sentence."""

Ends = Literal["marks", "empty-rows", "full-stops"]
"""What ends sentences: the column that names them; rows without word and tag, or empty lines; or a ``.``,
``!`` or ``?``."""


def find_ends(rows: Iterable[Row], columns: Mapping[str, int], path: str) -> Ends:
    """Tell from the first rows what ends sentences.

    Raises:
        DataError: nothing does, and it is more than a sentence.
    """
    if "sentence" in columns:
        return "marks"
    count, line, final = 0, None, False
    empty = _EmptyRows(columns)
    for row in rows:
        if row.fault is None and empty.is_before(row):
            return "empty-rows"
        if row.fault is None:
            count += 1
            line = line or row.line
            final = final or row.fields[columns["word"]] in _FINAL
    if not final and count > _LONGEST:
        raise DataError(
            f"{count} rows, and nothing ends a sentence: put an empty row after each, or name sentences in a "
            "column 'Sentence #'",
            code="no-sentence",
            path=path,
            line=line,
        )
    return "full-stops"


class _EmptyRows:
    """Tells whether a row is empty, or lines before it are."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        self._word, self._tag = columns["word"], columns["tag"]
        self._next: int | None = None  # line on which a row that follows at once begins

    def is_empty(self, row: Row) -> bool:
        return not row.fields[self._word].strip() and not row.fields[self._tag].strip()

    def is_before(self, row: Row) -> bool:
        """Whether an empty row ends a sentence before, or at, this one."""
        gap = self._next is not None and row.line > self._next
        self._next = row.line + 1 + sum(field.count("\n") for field in row.fields)
        return gap or self.is_empty(row)


def group_rows(
    rows: Iterable[Row], columns: Mapping[str, int], ends: Ends, path: str
) -> Iterator[TaggedSentence]:
    """Yield sentences; a faulty row belongs to the sentence before it, because its own mark is not known."""
    opens = _Documents(columns.get("document"))
    if ends == "marks":
        yield from _by_marks(rows, columns, path, opens)
        return
    gathered = SentenceRows()
    word, tag = columns["word"], columns["tag"]
    empty = _EmptyRows(columns)
    for row in rows:
        if row.fault is not None:
            gathered.fail(row.fault)
            continue
        ended = ends == "empty-rows" and empty.is_before(row)
        if opens.another(row) or ended:
            yield from gathered.end()
        if empty.is_empty(row):
            continue
        gathered.add(row.line, row.fields[word], row.fields[tag])
        if ends == "full-stops" and row.fields[word] in _FINAL:
            yield from gathered.end()
    yield from gathered.end()


class _Documents:
    """Tells where a row is of another document than the one before, where a column names it."""

    def __init__(self, column: int | None) -> None:
        self._column = column
        self._name = ""

    def another(self, row: Row) -> bool:
        """Whether the row names another document; one that names none is of the same."""
        name = "" if self._column is None else row.fields[self._column].strip()
        if not name or name == self._name:
            return False
        self._name = name
        return True


def _by_marks(
    rows: Iterable[Row], columns: Mapping[str, int], path: str, opens: _Documents
) -> Iterator[TaggedSentence]:
    mark_at = columns["sentence"]
    gathered = SentenceRows()
    word, tag = columns["word"], columns["tag"]
    name = None  # of the current sentence
    unmarked = False  # whether the row before had no mark
    for row in rows:
        if row.fault is not None:
            gathered.fail(row.fault)
            continue
        mark = row.fields[mark_at]
        if opens.another(row) or (mark and (unmarked or mark != name)):
            yield from gathered.end()
            name = mark or name
        if name is None:
            gathered.fail(_no_mark(path, row.line, mark_at, row.fields))
            name = ""
        unmarked = not mark
        gathered.add(row.line, row.fields[word], row.fields[tag])
    yield from gathered.end()


def _no_mark(path: str, line: int, column: int, fields: Sequence[str]) -> DataError:
    return DataError(
        "the first row names no sentence: the beginning of the file is missing; delete the rows up to the "
        "first that names one",
        code="no-sentence",
        path=path,
        line=line,
        column=column + 1,
        text=",".join(fields),
    )
