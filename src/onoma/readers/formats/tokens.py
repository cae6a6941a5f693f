"""Words one a line without tags: text that is tokenised already, for ``predict`` and the like.

Blank lines, or a column that numbers the words, separate sentences; each is a document unless ``-DOCSTART-``
lines open documents. A word may hold spaces: the line is the word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from onoma.readers.columns.layers import SAMPLE_LINES, DocumentParts, LayeredSentence
from onoma.readers.columns.layout import is_docstart
from onoma.readers.evidence import NONE, STRONG, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_COMMENT = re.compile(r"#\s*[\w:.-]+\s*=\s.*|#\s*id\s.*")
_NUMBERED = re.compile(r"([0-9]{1,7})[\t ]+(\S.*)")
_MARKS = frozenset(".,!?;:…。，、！？；：।۔؟،")
_ENDING = re.compile(r"[^\W\d_]{2,}[.,!?;:。，、！？；：।۔؟،]")
_ONE_TOKEN = 0.9
_LEAST_MARKS, _MOST_MARKS = 0.02, 0.4
_MOST_ENDINGS = 0.05
_LEAST_ROWS = 5


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents without entities; only the first 50,000 lines are held.

    Raises:
        DataError: a fault of the file.
    """
    numbered = _are_numbered(_rows(source.head(SAMPLE_LINES)))
    parts, number, grouped = DocumentParts(), 0, False
    for sentence in _read_sentences(source.lines(), numbered, options.comment):
        if sentence is None:
            if not parts.is_empty:
                yield parts.build(f"{source.stem}:{number}", log)
            number, grouped = number + 1, True
            continue
        log.units += 1
        parts.add(sentence, [])
        if not grouped:
            number += 1
            yield parts.build(f"{source.stem}:{number}", log)
    if not parts.is_empty:
        yield parts.build(f"{source.stem}:{number}", log)
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no sentence")


def _read_sentences(
    lines: Iterable[str], numbered: bool, comment: str | None
) -> Iterator[LayeredSentence | None]:
    """Yield the sentences, and None where a document opens."""
    sentence = LayeredSentence(())
    previous = -1
    for number, line in enumerate(lines, 1):
        word = line.strip()
        opens = is_docstart(line)
        row = _NUMBERED.fullmatch(word) if numbered else None
        count = int(row[1]) if row else previous + 1
        if not word or opens or count <= previous:
            if not sentence.is_empty:
                yield sentence
                sentence = LayeredSentence(())
            previous = -1
            if opens:
                yield None
            if not word or opens:
                continue
        if not _is_comment(line, comment):
            previous = count
            sentence.add(number, row[2] if row else word, ())
    if not sentence.is_empty:
        yield sentence


def _is_comment(line: str, asked: str | None) -> bool:
    if asked is not None:
        return bool(asked) and line.startswith(asked)
    return _COMMENT.fullmatch(line) is not None


def _rows(lines: Sequence[str]) -> list[str]:
    return [
        word
        for line in lines
        if (word := line.strip()) and not is_docstart(line) and not _is_comment(line, None)
    ]


def _are_numbered(rows: Sequence[str]) -> bool:
    """Whether a first column counts the words of each sentence, from 0 or 1 on, again and again."""
    numbers = [int(row[1]) for line in rows if (row := _NUMBERED.fullmatch(line))]
    if not numbers or len(numbers) < len(rows) or numbers[0] > 1:
        return False
    return all(after == before + 1 or after == numbers[0] for before, after in pairwise(numbers))


def _sniff(sample: Sample) -> Evidence:
    """Tell tokens from text in short lines: punctuation marks stand alone, never after a word."""
    rows = _rows(sample.lines)
    if _are_numbered(rows):
        rows = [row.split(None, 1)[1] for row in rows]
    if len(rows) < _LEAST_ROWS:
        return NONE
    single = sum(len(row.split()) == 1 for row in rows) / len(rows)
    marks = _count_marks(sample.lines)
    endings = sum(_ENDING.fullmatch(row) is not None for row in rows)
    if single < _ONE_TOKEN or not _LEAST_MARKS <= marks / len(rows) <= _MOST_MARKS:
        return NONE
    words = sum(any(map(str.isalpha, row)) for row in rows)
    if 2 * words < len(rows) or endings > _MOST_ENDINGS * len(rows) or endings >= marks:
        return NONE
    return Evidence(STRONG * single, "a word or punctuation mark on each line")


def _count_marks(lines: Sequence[str]) -> int:
    """Count the lines that are a mark and follow a word, or another mark, without a blank line between."""
    count = 0
    before = ""
    for line in lines:
        word = line.strip().rpartition("\t")[2].rpartition(" ")[2]
        if word and before and all(char in _MARKS or unicodedata.category(char) == "Po" for char in word):
            count += word[0] in _MARKS
        before = word
    return count


FORMAT = Format(
    name="tokens",
    description="words one a line without tags, a blank line after each sentence; for predict",
    suffixes=(".tok", ".tokens"),
    sniff=_sniff,
    read=read,
    gold=False,
    options=("comment",),
)
