"""Writing CoNLL columns: word, tab, tag."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from onoma.readers.columns.flat import not_writable, sentence_ranges, tag_sentences
from onoma.readers.columns.layout import DOCSTART
from onoma.readers.log import ReadLog
from onoma.tags import get_scheme
from onoma.text import Document, Ledger

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
        grouped = grouped or len(sentence_ranges(document)) != 1
        if grouped:
            stream.write(f"{DOCSTART}\tO\n\n")
        elif number == 0 and document.tokens[0].text.startswith("\ufeff"):
            stream.write("\n")  # else the word's first character would be read as a byte-order mark
        for words, tags in tag_sentences(document, tag_scheme, log, _BREAKING):
            if DOCSTART in words:
                raise not_writable(document, DOCSTART)
            stream.writelines(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True))
            stream.write("\n")
    return log.ledger()
