"""CoNLL columns: a word and its tag on each line, sentences between blank lines.

Any number of columns from two up, between tabs or ASCII spaces. ``-DOCSTART-`` lines open documents; without
them every sentence is a document of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onoma.readers.columns import Layout, find_layout, is_docstart, read_sentences
from onoma.readers.conll_writer import write_conll
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.source import Source
from onoma.readers.tagged import KNOWN_PREFIX, TagReader
from onoma.text import Document, document_from_sentences

_SAMPLE_LINES = 50_000


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; only the first 50,000 lines are held, to tell the scheme from them.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any row.
    """
    head = source.head(_SAMPLE_LINES)
    layout = find_layout(head, options, source.name) or Layout("\t", 2, 0, 1)
    sample = [sentence.tags for sentence in read_sentences(head, layout, source.name)]
    del head
    tags = TagReader(sample, (layout.word, layout.tag), source.name, options, log)
    del sample
    number = 0
    grouped = False  # whether a -DOCSTART- was seen: from then on sentences gather into documents
    sentences: list[list[str]] = []
    spans: list[tuple[int, int, int, str]] = []
    for sentence in read_sentences(source.lines(), layout, source.name):
        if sentence.starts_document:
            if grouped:
                yield document_from_sentences(f"{source.stem}:{number}", sentences, spans)
            number += 1
            grouped, sentences, spans = True, [], []
            continue
        number += not grouped
        found = tags.read(sentence)
        if found is None:
            continue
        if grouped:
            spans.extend((len(sentences), first, end, label) for first, end, label in found)
            sentences.append(sentence.words)
        else:
            only = [(0, first, end, label) for first, end, label in found]
            yield document_from_sentences(f"{source.stem}:{number}", [sentence.words], only)
    if grouped:
        yield document_from_sentences(f"{source.stem}:{number}", sentences, spans)
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no sentence")


def _sniff(head: Sequence[str]) -> bool:
    rows = [line for line in head if line.strip(" ") and not is_docstart(line) and not line.startswith("# ")]
    if not rows:
        return any(is_docstart(line) for line in head)
    separator = "\t" if "\t" in rows[0] else " "
    fields = [[field for field in row.split(separator) if field] for row in rows]
    widths = {len(row) for row in fields}
    tags = {row[-1] for row in fields}
    return len(widths) == 1 and widths.pop() > 1 and any(t == "O" or KNOWN_PREFIX.match(t) for t in tags)


FORMAT = Format(
    name="conll",
    description="columns of words and tags, a blank line after each sentence (IO, IOB1, BIO, BIOES, BILOU)",
    suffixes=(".conll", ".conll2003", ".txt", ".iob", ".iob1", ".iob2", ".bio", ".bioes", ".bilou", ".tsv"),
    sniff=_sniff,
    read=read,
    write=write_conll,
    tagged=True,
)
