"""Universal NER (``.iob2``): number, word and tag between tabs, and who annotated it; comments as in CoNLL-U.

Rows of words outside of entities may end after the tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from onoma.readers.columns.choosing import is_tag
from onoma.readers.columns.conllu_sentences import FORM, ID, Columns, gather_documents, read_sentences
from onoma.readers.columns.layers import SAMPLE_LINES, LayerReader
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_TAG = 2
_COLUMNS = Columns(3, 5, _TAG)
_NUMBER = re.compile(r"[0-9]+(?:[-.][0-9]+)?")
_COMMENT = re.compile(r"#\s*(?:sent_id|text|newdoc id)\s*=.*")
_LEAST_FIT = 0.9


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; only the first 50,000 lines are held, to tell the scheme from them.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any row.
    """
    head = read_sentences(source.head(SAMPLE_LINES), _COLUMNS, source.name)
    sample = [sentence.layers[0] for sentence in head]
    layers = LayerReader(sample, [(FORM, _TAG)], source.name, options, log)
    del sample
    yield from gather_documents(read_sentences(source.lines(), _COLUMNS, source.name), layers, source, log)


def _sniff(sample: Sample) -> Evidence:
    rows = [line.split("\t") for line in sample.filled if not line.startswith("#")]
    fitting = sum(map(_is_row, rows))
    told = sample.filled and _COMMENT.fullmatch(sample.filled[0])
    if not told or not rows or fitting < _LEAST_FIT * len(rows):
        return NONE
    return Evidence(CERTAIN * fitting / len(rows), "numbered words and tags under '# sent_id'")


def _is_row(row: list[str]) -> bool:
    if not _COLUMNS.least <= len(row) <= _COLUMNS.most or not _NUMBER.fullmatch(row[ID]):
        return False
    return is_tag(row[_TAG]) and not (len(row) > _TAG + 1 and is_tag(row[-1]))


FORMAT = Format(
    name="uner",
    description="Universal NER (.iob2): number, word, tag, annotator, under comments as in CoNLL-U",
    suffixes=(".iob2",),
    sniff=_sniff,
    read=read,
    tagged=True,
    options=("scheme",),
)
