"""CoNLL columns: a word and its tag on each line, sentences between blank lines.

Any number of columns from two up, between tabs or ASCII spaces; which of them holds words and which tags is
found by content (`onoma.readers.columns.layout`). ``-DOCSTART-`` lines open documents; without them every
sentence is a document of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from onoma.readers.columns.conll_writer import write_conll
from onoma.readers.columns.layout import DOCSTART, Layout, bare_labels, find_layout, is_docstart
from onoma.readers.columns.rows import read_sentences
from onoma.readers.columns.tagged import TagReader
from onoma.readers.evidence import FAINT, NONE, SHARED, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document, document_from_sentences

_SAMPLE_LINES = 50_000
_LEAST_FIT, _LEAST_TAGGED = 0.6, 0.8
_MOST = 0.95
"""Other formats are columns of words and tags, too, and more than that."""
_DOUBTFUL = 0.4
"""Rows that all end in a tag, and none outside: a list of room numbers may look like that."""

_CLOSING = (DOCSTART, "O", "-X-", "_", "-")
"""What ends a line that opens a document; one of prose that begins so goes on otherwise."""


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; only the first 50,000 lines are held, to tell layout and scheme from them.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any row.
    """
    head = source.head(_SAMPLE_LINES)
    layout = find_layout(head, options, source.name) or Layout("\t", 2, 0, 1)
    sample = [sentence.tags for sentence in read_sentences(head, layout, source.name)]
    del head
    for code, note in layout.notes:
        if options.gold or code == "word-column":
            log.note(code, source.name, None, note)
    columns = layout.word, layout.width - 1 if layout.tag is None else layout.tag
    tags = TagReader(sample, columns, source.name, options, log)
    del sample
    number = 0
    grouped = False  # whether a -DOCSTART- was seen: from then on sentences gather into documents
    sentences: list[list[str]] = []
    spans: list[tuple[int, int, int, str]] = []
    lines: list[int] = []
    for sentence in read_sentences(source.lines(), layout, source.name):
        if sentence.starts_document:
            if grouped:
                log.lines = lines
                yield document_from_sentences(f"{source.stem}:{number}", sentences, spans)
            number += 1
            grouped, sentences, spans, lines = True, [], [], []
            continue
        number += not grouped
        sentence = tags.without_blanks(sentence)
        if not sentence.words and sentence.fault is None:
            continue  # nothing but rows of white space
        found = tags.read(sentence)
        if found is None:
            continue
        if grouped:
            spans.extend((len(sentences), first, end, label) for first, end, label in found)
            sentences.append(sentence.words)
            lines.append(sentence.lines[0])
        else:
            only = [(0, first, end, label) for first, end, label in found]
            log.lines = sentence.lines[:1]
            yield document_from_sentences(f"{source.stem}:{number}", [sentence.words], only)
    if grouped:
        log.lines = lines
        yield document_from_sentences(f"{source.stem}:{number}", sentences, spans)
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no sentence")


def _sniff(sample: Sample) -> Evidence:
    if sample.json.layout != "none":
        return NONE
    layout = find_layout(sample.lines, ReadOptions(gold=False), "")
    opening = next(filter(is_docstart, sample.filled[:3]), None)
    if opening is not None and (layout is None or opening.split()[-1] in _CLOSING):
        return Evidence(_MOST, DOCSTART)
    if layout is None or layout.tag is None or layout.fit < _LEAST_FIT:
        return NONE
    if opening is not None and layout.tagged >= _LEAST_TAGGED:
        return Evidence(_MOST, DOCSTART)
    reason = f"a word and a tag a line, between {'tabs' if layout.separator == chr(9) else 'spaces'}"
    sentences = list(read_sentences(sample.lines, layout, ""))
    tags = [tag for sentence in sentences for tag in sentence.tags]
    outside = tags.count("O") + tags.count("o")
    if layout.entities and layout.tagged >= _LEAST_TAGGED:
        sure = outside or layout.separator == "\t" or layout.index is not None
        return Evidence(_MOST * layout.fit * layout.tagged if sure else _DOUBTFUL, reason)
    if bare_labels(tags):
        share = SHARED if len(sentences) > 1 or layout.separator == "\t" else FAINT
        return Evidence(share * layout.fit, f"{reason}, labels without prefix")
    return Evidence(FAINT, reason) if outside and layout.tagged >= _LEAST_TAGGED else NONE


FORMAT = Format(
    name="conll",
    description="columns of words and tags, a blank line after each sentence (IO, BIO, BIOES, BILOU, BMES)",
    suffixes=(".conll", ".conll2003", ".txt", ".iob", ".iob1", ".iob2", ".bio", ".bioes", ".bilou", ".tsv"),
    sniff=_sniff,
    read=read,
    write=write_conll,
    tagged=True,
    options=("scheme", "tag_column", "word_column", "comment"),
)
