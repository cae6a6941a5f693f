"""CoNLL-U: ten columns between tabs, with entities as tags in a key of MISC (``NER=B-PER|SpaceAfter=No``).

Which key holds them is found by content; see `onoma.readers.columns.conllu_sentences` for documents and text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from onoma.readers.columns.choosing import is_tag
from onoma.readers.columns.conllu_misc import find_key
from onoma.readers.columns.conllu_sentences import FORM, ID, Columns, gather_documents, read_sentences
from onoma.readers.columns.conllu_writer import write_conllu
from onoma.readers.columns.layers import SAMPLE_LINES, LayerReader
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_WIDTH, _HEAD, _MISC = 10, 6, 9
_ID_FORM = re.compile(r"[0-9]+(?:[-.][0-9]+)?")
_LEAST_FIT = 0.9


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; only the first 50,000 lines are held, to tell the key and the scheme from them.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any row.
    """
    head = source.head(SAMPLE_LINES)
    key = find_key(_misc_of(head), options.text_column)
    if key.problem and options.gold:
        log.note(key.problem.code, source.name, None, key.problem.message)
    columns = Columns(_WIDTH, _WIDTH, _MISC, _MISC, key.name)
    sample = [sentence.layers[0] for sentence in read_sentences(head, columns, source.name)]
    del head
    layers = LayerReader(sample, [(FORM, _MISC)], source.name, options, log)
    del sample
    yield from gather_documents(read_sentences(source.lines(), columns, source.name), layers, source, log)


def _misc_of(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        fields = line.split("\t")
        if len(fields) == _WIDTH:
            yield fields[_MISC]


def _sniff(sample: Sample) -> Evidence:
    rows = [line.split("\t") for line in sample.filled if not line.startswith("#")]
    fitting = sum(map(_is_row, rows))
    if not rows or fitting < _LEAST_FIT * len(rows):
        return NONE
    return Evidence(CERTAIN * fitting / len(rows), "the ten columns of CoNLL-U")


def _is_row(row: list[str]) -> bool:
    if len(row) != _WIDTH or not _ID_FORM.fullmatch(row[ID]):
        return False
    if is_tag(row[_MISC]) and "=" not in row[_MISC]:  # columns that end in tags
        return False
    return row[_HEAD] == "_" or row[_HEAD].isdecimal()


FORMAT = Format(
    name="conllu",
    description="CoNLL-U with entities as tags in a key of MISC (NER=B-PER)",
    suffixes=(".conllu", ".conllup"),
    sniff=_sniff,
    read=read,
    write=write_conllu,
    tagged=True,
    wordless=False,
    own=True,
    options=("scheme", "text_column"),
)
