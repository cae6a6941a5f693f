"""Plain text, a document a line; and whether a file is such text or data in a known format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from onoma.readers.bounds import MAX_DOCUMENT_MB
from onoma.readers.columns.layout import bare_labels, find_layout, is_docstart
from onoma.readers.detection import find_matches
from onoma.readers.evidence import SHARED
from onoma.readers.options import ReadOptions
from onoma.readers.registry import list_formats
from onoma.readers.source import Source
from onoma.text import Document

_ALIKE = 0.95
_TAG = re.compile(
    r"(?P<before>[BIESLUMWbieslumw])(?P<mark>[-_:/|+])[^\W\d].*"
    r"|[^\W\d]\S*(?P<sign>[-_:])(?P<after>[BIESLUMW])|(?P<bare>[BIESLUMW])"
)
_TEXT_SUFFIXES = frozenset(("", ".txt", ".text", ".md", ".rst", ".log", ".eml", ".htm", ".html"))


def is_data(source: Source) -> bool:
    """Whether a file is data, not text for people; the source is closed.

    Names that are usual for text (``.txt``, or no suffix) hold data only where a format explains the content
    and nothing else does; others are data where anything speaks for it, or are refused as an unknown format.
    """
    if source.is_folder:
        return True
    if source.is_pipe:  # looking would take what is then to be read
        return False
    try:
        matches = find_matches(source)
    finally:
        source.close()
    if source.suffix in _TEXT_SUFFIXES:
        sure = bool(matches) and matches[0].evidence.share >= SHARED
        return sure and (matches[0].format.name != "conll" or _is_tagged(source.sample().lines))
    known = {suffix for item in list_formats() for suffix in item.suffixes}
    return bool(matches) or source.suffix in known


def _is_tagged(lines: Sequence[str]) -> bool:
    """Whether a column of lines is one of tags and no accident: all spelled alike, and some begin an entity.

    Rows of a list or a log may end in ``O``, ``B-52`` or ``A:I``; what labels them has one way to write it.
    """
    if any(map(is_docstart, lines[:3])):
        return True
    layout = find_layout(lines, ReadOptions(gold=False), "")
    if layout is None or layout.tag is None:
        return False
    found = [row[layout.tag] for row in layout.rows(lines)]
    tags = Counter(found)
    total = tags.total() - tags.pop("O", 0) - tags.pop("o", 0)
    spellings: Counter[str] = Counter()
    begins = 0
    for tag, count in tags.items():
        match = _TAG.fullmatch(tag)
        if match is None:
            continue
        prefix = match["before"] or match["after"] or match["bare"] or ""
        way = "before" if match["before"] else "after" if match["after"] else "bare"
        spellings[way + (match["mark"] or match["sign"] or "")] += count
        begins += count * (prefix in "BIbi")
    return (begins > 0 and max(spellings.values()) >= _ALIKE * total) or bare_labels(found)


def read_text(
    path: str, encoding: str = "utf-8", max_document_mb: int = MAX_DOCUMENT_MB
) -> Iterator[Document]:
    """Yield a document for each line that is not blank; ids are ``stem:line number``."""
    source = Source(path, encoding, max_document_mb)
    for number, line in enumerate(source.lines(), start=1):
        if line.strip():
            yield Document(f"{source.stem}:{number}", line)
