"""Which column holds the words, which the tags, and which neither, by what stands in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

Rows = Sequence[Sequence[str]]

TAG = re.compile(r"O|[BIESLUMW][-_:/|+]\S.*|\S+[-_:][BIESLUMW]|[bieslumw]-\S.*|o|[BIESLUMW]")
PREFIXED = re.compile(r"[BIESLUMWbieslumw][-_:/|+][^\W\d].*|[^\W\d]\S*[-_:][BIESLUMW]|B")
_CHUNKS = frozenset(("NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP"))
_PART_OF_SPEECH = re.compile(r"[A-Z$.,:;'`()\"#-]{1,6}")
_BARE = frozenset("BIESLUMW")
_NOTHING = frozenset(("O", "_", "-", "", "o"))
_MOST, _OFTEN, _SELDOM = 0.95, 0.6, 0.2
_FEW_ROWS, _MANY_ROWS = 3, 50


class Choice(NamedTuple):
    """A column, and what is to be said about the choice; nothing where it was plain."""

    column: int
    note: str = ""


def choose_tags(columns: Sequence[int], rows: Rows) -> Choice:
    """Choose the last column if it holds tags, else the last of the others that does, else the last.

    A column of chunks (``B-NP``) gives way to another column of tags. Where several hold tags that might be
    meant, that is said.
    """
    last = columns[-1]
    values = {column: Counter(row[column] for row in rows) for column in columns}
    holding = [column for column in columns if rows and _share_of_tags(values[column]) >= _MOST]
    entities = [c for c in holding if any(PREFIXED.fullmatch(value) for value in values[c])]
    named = [column for column in entities if not _labels(values[column]) <= _CHUNKS]
    if last in holding and (last not in entities or last in named or not named):
        chosen = last
    else:
        chosen = (named or entities or [last])[-1]
    rivals = [column + 1 for column in named if column != chosen]
    if not rivals:
        return Choice(chosen)
    others = " and ".join(map(str, rivals))
    what = (
        f"column {others} holds tags, too; those of column {chosen + 1} are read (--tag-column {rivals[-1]})"
    )
    return Choice(chosen, what)


def choose_words(columns: Sequence[int], rows: Rows) -> Choice:
    """Choose the first column that can be words: one that does not stay the same from row to row (names of
    documents, numbers of sentences), is no number, offset or id, no part of speech, and no small-letter copy.

    Args:
        columns: that are neither an index nor the tags; at least one.
        rows: of the sample.
    """
    first = columns[0]
    if len(columns) == 1 or len(rows) < _FEW_ROWS:
        return Choice(first)
    values = {column: [row[column] for row in rows] for column in columns}
    able = [c for c in columns if not _stays(values[c])] or list(columns)
    able = [c for c in able if _has_letters(values[c])] or able
    able = [c for c in able if not _is_part_of_speech(values[c])] or able
    chosen = able[0]
    distinct = {column: len(set(values[column])) for column in able}
    richest = max(able, key=lambda column: distinct[column])
    if len(rows) >= _MANY_ROWS and distinct[richest] >= 3 * distinct[chosen]:
        chosen = richest
    chosen = next((c for c in able if c != chosen and _is_copy(values[chosen], values[c])), chosen)
    if chosen == first:
        return Choice(first)
    return Choice(chosen, f"the words are those of column {chosen + 1}, as column {first + 1} holds none")


def choose_labels(columns: Sequence[int], tag: int, rows: Rows) -> int | None:
    """Return the column with the labels of bare prefixes (``B`` beside ``ORG``), None where there is none."""
    tags = {row[tag] for row in rows}
    if not tags <= _BARE | {"O"} or "B" not in tags:
        return None
    for column in columns:
        outside = {row[column] for row in rows if row[tag] == "O"}
        inside = Counter(row[column] for row in rows if row[tag] != "O")
        words = all(re.fullmatch(r"[^\W\d]\S*", label) for label in inside)
        if outside <= _NOTHING and len(outside) <= 1 and words and not inside.keys() & _NOTHING:
            return column
    return None


_LONGEST_NUMBER = 9
"""Digits; what has more numbers no sentences, and Python refuses thousands."""


def choose_groups(columns: Sequence[int], rows: Rows) -> tuple[int, ...]:
    """Return the columns that name the sentence of each row, or its document, for files without blank lines.

    Such names stay for some rows, and then none comes back; numbers may begin anew, as in each document.
    """
    return tuple(column for column in columns if names_groups([row[column] for row in rows]))


def names_groups(values: Sequence[str]) -> bool:
    """Whether the values of a column are names as `choose_groups` wants them."""
    changes = [(one, other) for one, other in pairwise(values) if one != other]
    runs = 1 + len(changes)
    if runs == 1 or 2 * runs > len(values):
        return False
    return runs == len(set(values)) or (_counts(values) and all(_goes_on(*change) for change in changes))


def _counts(values: Sequence[str]) -> bool:
    """Whether values are numbers that count: flags of 0 and 1 do not."""
    numbers = all(value.isdecimal() and len(value) <= _LONGEST_NUMBER for value in values)
    return numbers and max(map(int, values)) > 1


def _goes_on(one: str, other: str) -> bool:
    """Whether a number follows another, or begins anew."""
    return int(other) == int(one) + 1 or int(other) <= 1


def is_tag(text: str) -> bool:
    """Whether a field may be a tag, in any spelling."""
    return TAG.fullmatch(text) is not None


def _share_of_tags(values: Counter[str]) -> float:
    return sum(count for value, count in values.items() if is_tag(value)) / max(1, values.total())


def _labels(values: Counter[str]) -> set[str]:
    return {value[2:] for value in values if PREFIXED.fullmatch(value)}


def _stays(values: Sequence[str]) -> bool:
    same = sum(one == other for one, other in pairwise(values))
    return same >= _OFTEN * (len(values) - 1)


def _has_letters(values: Sequence[str]) -> bool:
    """Whether enough values have letters and no digit; numbers, offsets and ids such as ``T12`` are not.

    Words need not be letters alone: in many scripts vowels are marks upon them.
    """
    distinct = set(values)
    words = (any(map(str.isalpha, one)) and not any(map(str.isdigit, one)) for one in distinct)
    return sum(words) >= _SELDOM * len(distinct)


def _is_part_of_speech(values: Sequence[str]) -> bool:
    return all(map(_PART_OF_SPEECH.fullmatch, values))


def _is_copy(values: Sequence[str], others: Sequence[str]) -> bool:
    """Whether values are the others in small letters, or mostly (lemmas are)."""
    if any(value != value.lower() for value in values) or all(other == other.lower() for other in others):
        return False
    same = sum(value == other.lower() for value, other in zip(values, others, strict=True))
    return same >= _OFTEN * len(values)
