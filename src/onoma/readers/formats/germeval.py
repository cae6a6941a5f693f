"""GermEval 2014: number, word, outer tag and inner tag between tabs; ``#\tURL [DATE]`` before each sentence.

Each layer is a tag sequence of its own, and both are entities of one document: the inner ones nest. Every
sentence is a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from onoma.errors import DataError
from onoma.readers.columns.choosing import is_tag
from onoma.readers.columns.flat import not_writable, tag_sentences
from onoma.readers.columns.layers import SAMPLE_LINES, DocumentParts, LayeredSentence, LayerReader
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.tags import get_scheme
from onoma.text import DUPLICATE, Document, Ledger, Span

_WIDTH, _WORD, _OUTER, _INNER = 4, 1, 2, 3
_NUMBER = re.compile(r"[0-9]{1,7}")
_BREAKING = frozenset("\t\n\r\0")
_LEAST_FIT = 0.9
_CHUNKS = frozenset(("NP", "VP", "PP"))
"""Where these are labels, the first of two columns of tags holds chunks."""


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream a document a sentence; only the first 50,000 lines are held, to tell the scheme from them.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any row.
    """
    head = _read_sentences(source.head(SAMPLE_LINES), source.name)
    sample = [tags for sentence in head for tags in sentence.layers]
    layers = LayerReader(sample, [(_WORD, _OUTER), (_WORD, _INNER)], source.name, options, log)
    parts = DocumentParts()
    number = 0
    for number, sentence in enumerate(_read_sentences(source.lines(), source.name), 1):
        found = layers.read(sentence)
        if found is not None:
            parts.add(sentence, found)
            yield parts.build(f"{source.stem}:{number}", log)
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no sentence")


def _read_sentences(lines: Iterable[str], path: str) -> Iterator[LayeredSentence]:
    """Yield the sentences; one ends at a blank line, a comment, or where words are counted from 1 again."""
    sentence = LayeredSentence(([], []))
    for number, line in enumerate(lines, 1):
        fields = line.split("\t")
        comment = line.startswith("#") and len(fields) != _WIDTH
        restart = fields[0] == "1" and not sentence.is_empty
        if comment or restart or not line or line.isspace():
            if not sentence.is_empty:
                yield sentence
                sentence = LayeredSentence(([], []))
            if not restart:
                continue
        while len(fields) > _WIDTH and not fields[-1].strip():
            fields.pop()
        if len(fields) != _WIDTH:
            sentence.fault = sentence.fault or _wrong_width(path, number, line, len(fields))
        else:
            sentence.add(number, fields[_WORD], fields[_OUTER:])
    if not sentence.is_empty:
        yield sentence


def _wrong_width(path: str, number: int, line: str, found: int) -> DataError:
    return DataError(
        f"{found} column{'s' * (found != 1)}, 4 are needed between tabs: number, word, outer and inner tag; "
        "mend the row",
        code="column-count",
        path=path,
        line=number,
        column=min(found, _WIDTH) + 1,
        text=line,
    )


def write(stream: TextIO, documents: Iterable[Document], scheme: str) -> Ledger:
    """Write the outermost entities and those next to them inside; deeper ones are counted as flattened.

    Raises:
        DataError: a document without tokens, or a word or label that a column cannot hold.
        ConfigError: no such scheme.
    """
    tag_scheme = get_scheme(scheme)
    log = ReadLog()
    for number, document in enumerate(documents):
        layers = [document.with_entities(spans) for spans in _two_layers(document, log)]
        outer, inner = (tag_sentences(layer, tag_scheme, log, _BREAKING) for layer in layers)
        for (words, above), (_, below) in zip(outer, inner, strict=True):
            if any(word.isspace() for word in words):
                raise not_writable(document, " ")
            stream.write(f"#\t{number + 1}\n")
            rows = zip(words, above, below, strict=True)
            stream.writelines(
                f"{at}\t{word}\t{out}\t{into}\n" for at, (word, out, into) in enumerate(rows, 1)
            )
            stream.write("\n")
    return log.ledger()


def _two_layers(document: Document, log: ReadLog) -> tuple[list[Span], list[Span]]:
    layers: tuple[list[Span], list[Span]] = ([], [])
    seen: set[tuple[int, int, str]] = set()
    for span in document.entities:
        if span.key in seen:
            log.drop(DUPLICATE)
            continue
        seen.add(span.key)
        layer = next((one for one in layers if not one or one[-1].end <= span.start), None)
        if layer is None:
            log.flatten("nested" if span.end <= layers[1][-1].end else "crossing")
        else:
            layer.append(span)
    return layers


def _sniff(sample: Sample) -> Evidence:
    rows = [line.split("\t") for line in sample.filled if not line.startswith("#\t")]
    fitting = [row for row in rows if _is_row(row)]
    if not rows or len(fitting) < _LEAST_FIT * len(rows):
        return NONE
    outer = {row[_OUTER].partition("-")[2] for row in fitting}
    if not _CHUNKS.isdisjoint(outer) or all(row[_OUTER] == row[_INNER] for row in fitting):
        return NONE
    return Evidence(CERTAIN * len(fitting) / len(rows), "numbered words with two layers of tags")


def _is_row(row: list[str]) -> bool:
    numbered = len(row) == _WIDTH and _NUMBER.fullmatch(row[0]) is not None
    return numbered and is_tag(row[_OUTER]) and is_tag(row[_INNER])


FORMAT = Format(
    name="germeval",
    description="GermEval 2014: number, word, outer tag and inner tag, as nested entities",
    suffixes=(".tsv",),
    sniff=_sniff,
    read=read,
    write=write,
    tagged=True,
    wordless=False,
    options=("scheme",),
)
