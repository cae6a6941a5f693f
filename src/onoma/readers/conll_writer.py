"""Writing CoNLL columns: word, tab, tag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from onoma.errors import DataError
from onoma.readers.columns import DOCSTART
from onoma.readers.log import ReadLog
from onoma.tags import Scheme, get_scheme, spans_to_tags
from onoma.tags.convert import TokenSpan
from onoma.text import Document, Ledger, Span

_BREAKING = frozenset("\t\n\r\0")


def write_conll(stream: TextIO, documents: Iterable[Document], scheme: str) -> Ledger:
    """Write documents in the tag scheme named; memory stays flat.

    ``-DOCSTART-`` lines are left out as long as every document is one sentence, because the reader takes such
    sentences as documents. Of nested entities the outermost is written.

    Returns:
        What became of each entity: those that cannot be written are counted as flattened or dropped.

    Raises:
        DataError: a document without tokens, or a word or label that a column cannot hold.
        ConfigError: no such scheme.
    """
    tag_scheme = get_scheme(scheme)
    log = ReadLog()
    grouped = False
    for number, document in enumerate(documents):
        if document.text and not document.text.isspace() and not document.tokens:
            raise DataError(f"document '{document.id}' has no tokens; tokenise it first", code="no-tokens")
        sentences = document.sentences or (((0, len(document.tokens)),) if document.tokens else ())
        grouped = grouped or len(sentences) != 1
        if grouped:
            stream.write(f"{DOCSTART}\tO\n\n")
        elif number == 0 and document.tokens and document.tokens[0].text.startswith("\ufeff"):
            stream.write("\n")  # else the word's first character would be read as a byte-order mark
        spans = iter(_flatten(document, tag_scheme, log))
        span = next(spans, None)
        for first, last in sentences:
            inside: list[TokenSpan] = []
            while span is not None and span[0] < last:
                inside.append((span[0] - first, span[1] - first, span[2]))
                span = next(spans, None)
            tags = spans_to_tags(inside, last - first, tag_scheme)
            words = [token.text for token in document.tokens[first:last]]
            for text in (*words, *(label for _, _, label in inside)):
                _check_field(text, document.id)
            stream.writelines(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True))
            stream.write("\n")
    return log.ledger()


def _flatten(document: Document, scheme: Scheme, log: ReadLog) -> Iterator[TokenSpan]:
    """Yield the entities that a flat scheme can hold, as token spans in text order."""
    if not document.entities:
        return
    first_at = {token.start: index for index, token in enumerate(document.tokens)}
    end_at = {token.end: index + 1 for index, token in enumerate(document.tokens)}
    sentence_ends = [last for _, last in document.sentences] or [len(document.tokens)]
    sentence_starts = {first for first, _ in document.sentences}
    sentence = 0
    previous: Span | None = None
    touching = -1, ""  # where the last entity ended, and its label
    for span in document.entities:
        first, end = first_at.get(span.start), end_at.get(span.end)
        if first is None or end is None:
            log.drop("misaligned")
            continue
        while sentence_ends[sentence] <= first:
            sentence += 1
        if end > sentence_ends[sentence]:
            log.drop("crosses-sentences")
        elif previous is not None and span.start < previous.end:
            log.flatten("nested" if span.end <= previous.end else "crossing")
        else:
            previous = span
            if scheme.name == "IO" and touching == (first, span.label) and first not in sentence_starts:
                log.flatten("merged")  # IO cannot tell it from the entity before
            elif span.fragments:
                log.adjust("discontinuous")
            else:
                log.keep()
            touching = end, span.label
            yield first, end, span.label


def _check_field(text: str, document_id: str) -> None:
    if not text or text.isspace() or text == DOCSTART or not _BREAKING.isdisjoint(text):
        what = f"document '{document_id}' holds a word or label that a column cannot hold"
        raise DataError(f"{what}; write spans-jsonl instead", code="not-writable", text=text)
