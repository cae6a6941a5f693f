"""A sentence a line, each word with its tag: ``Ann|NNP|B-PER left|VBD|O``, ``Ann/PERSON left/O``.

So WikiNER and the tools of Curran and Clark write it (``|``, a part of speech between both), Stanford's
``slashTags`` (``/``), and others with ``_``. The separator is found by content; the tag is behind the last
one. A sentence is a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from onoma.errors import DataError
from onoma.readers.columns.choosing import is_tag
from onoma.readers.columns.tag_records import read_tag_records
from onoma.readers.evidence import CERTAIN, NONE, SHARED, Evidence
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_SEPARATORS = "|/_"
_SAMPLE_LINES = 500
_WORD = re.compile(r"[^ \t\r]+")
"""Between spaces and tabs: a no-break space is data."""
_BARE = re.compile(r"[A-Z][A-Z_-]*|[a-z]{3,}|O")
_MOST = 0.98
_FEWEST = 0.02


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; only the first 2,000 lines are held, to tell the scheme from them.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` a word without a tag.
    """
    head = [line for line in source.head(_SAMPLE_LINES) if line.strip()]
    layout = find_layout(head)
    if layout is None:
        what = "no separator between words and tags is found: | / or _, as in Ann|NNP|B-PER"
        raise DataError(what, code="no-tags", path=source.name)
    records = _records(source, options, log, layout)
    return read_tag_records(records, source, options, log, lambda key: ())


def _records(
    source: Source, options: ReadOptions, log: ReadLog, layout: tuple[str, int]
) -> Iterator[tuple[int, JsonObject]]:
    separator, fields = layout
    for number, line in enumerate(source.lines(), 1):
        words = [word.rsplit(separator, fields - 1) for word in _WORD.findall(line)]
        if not words:
            continue
        wrong = next((word for word in words if len(word) != fields or not (word[0] and word[-1])), None)
        if wrong is not None:
            what = f"a word of {len(wrong)} parts where {fields} are expected, between '{separator}'"
            fault = DataError(
                what, code="tag-count", path=source.name, line=number, text=separator.join(wrong)
            )
            log.leave_out(fault, options.on_error)
            continue
        yield number, {"tokens": [word[0] for word in words], "tags": [word[-1] for word in words]}


def find_layout(lines: Sequence[str]) -> tuple[str, int] | None:
    """Return what separates words and tags, and how many parts a word has; None where nothing does."""
    words = list(chain.from_iterable(map(_WORD.findall, lines)))
    for separator in _SEPARATORS:
        for fields in (3, 2):
            cut = [word.rsplit(separator, fields - 1) for word in words]
            whole = [parts for parts in cut if len(parts) == fields and parts[0]]
            if not words or len(whole) < _MOST * len(words):
                continue
            tags = [parts[-1] for parts in whole]
            outside = sum(tag == "O" for tag in tags)
            fit = sum(is_tag(tag) for tag in tags)
            if fit == len(tags) or (outside and all(_BARE.fullmatch(tag) for tag in tags)):
                inside = len(tags) - outside
                if outside and inside >= _FEWEST * len(tags) * (fit != len(tags)):
                    return separator, fields
    return None


def _sniff(sample: Sample) -> Evidence:
    lines = sample.filled[:_SAMPLE_LINES]
    if sample.json.layout != "none" or not lines:
        return NONE
    layout = find_layout(lines)
    if layout is None:
        return NONE
    several = sum(len(_WORD.findall(line)) > 1 for line in lines)
    share = CERTAIN if 2 * several >= len(lines) else SHARED
    return Evidence(share, f"words with their tags behind '{layout[0]}'")


FORMAT = Format(
    name="word-tags-text",
    description="a sentence a line, each word with its tag: Ann|NNP|B-PER (WikiNER), Ann/PERSON (Stanford)",
    suffixes=(),
    sniff=_sniff,
    read=read,
    tagged=True,
    options=("scheme", "text_column", "label_names"),
)
