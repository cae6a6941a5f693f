"""From documents to sentences of words and tags, for every writer of a column format."""

from __future__ import annotations

from collections.abc import Iterator

from onoma.errors import DataError
from onoma.readers.log import ReadLog
from onoma.tags import Scheme, spans_to_tags
from onoma.tags.convert import TokenSpan
from onoma.text import Document, Span


def sentence_ranges(document: Document) -> tuple[tuple[int, int], ...]:
    """Return the token ranges of the sentences; tokens without sentences are one.

    Raises:
        DataError: a text without tokens.
    """
    if document.text and not document.text.isspace() and not document.tokens:
        raise DataError(f"document '{document.id}' has no tokens; tokenise it first", code="no-tokens")
    return document.sentences or (((0, len(document.tokens)),) if document.tokens else ())


def tag_sentences(
    document: Document, scheme: Scheme, log: ReadLog, breaking: frozenset[str]
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the words and the tags of each sentence; of nested entities the outermost is written.

    Args:
        document: with tokens.
        scheme: the tag scheme to write.
        log: gets the fate of each entity.
        breaking: characters that words and labels must not hold.

    Raises:
        DataError: a text without tokens, or a word or label that cannot be written.
    """
    spans = _flatten(document, scheme, log)
    span = next(spans, None)
    for first, last in sentence_ranges(document):
        inside: list[TokenSpan] = []
        while span is not None and span[0] < last:
            inside.append((span[0] - first, span[1] - first, span[2]))
            span = next(spans, None)
        words = [token.text for token in document.tokens[first:last]]
        for text in (*words, *(label for _, _, label in inside)):
            if not text or text.isspace() or not breaking.isdisjoint(text):
                raise not_writable(document, text)
        yield words, spans_to_tags(inside, last - first, scheme)


def not_writable(document: Document, text: str) -> DataError:
    """Return the error for a word or label that the format has no way to write."""
    what = f"document '{document.id}' holds a word or label that a column cannot hold"
    return DataError(f"{what}; write spans-jsonl instead", code="not-writable", text=text)


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
