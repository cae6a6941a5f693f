"""Entities as ranges of tokens, for writers of formats that need tokens and have room for nested entities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from onoma.readers.log import ReadLog
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Span
from onoma.tokenize import align_spans, tokenize_document


class Placed(NamedTuple):
    """An entity on the tokens ``first`` to ``end`` (half-open), with the characters of these."""

    first: int
    end: int
    span: Span


def place_entities(document: Document, log: ReadLog) -> tuple[Document, list[Placed]]:
    """Return the document, tokenised if it is not, and its entities, expanded to whole tokens.

    Args:
        document: may have no tokens.
        log: gets the fate of each entity.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    for span in document.entities:
        check_surface(span, document)
    document = tokenize_document(document)
    return document, list(_place(document, log))


def _place(document: Document, log: ReadLog) -> Iterator[Placed]:
    aligned = align_spans(document.tokens, document.entities, "expand")
    for reason, count in aligned.dropped.items():
        log.drop(str(reason), count)
    for first, end, _, number, fate in aligned.spans:
        span = document.entities[number]
        if str(fate) != "kept":
            log.adjust(str(fate))
            start, last = document.tokens[first].start, document.tokens[end - 1].end
            span = span._replace(start=start, end=last, text=document.text[start:last])
        else:
            log.keep_hull(len(span.fragments))
        yield Placed(first, end, span)
