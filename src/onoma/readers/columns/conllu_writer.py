"""Writing CoNLL-U: number, word, and the tag and the spacing in MISC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO

from onoma.readers.columns.conllu_misc import escape
from onoma.readers.columns.flat import not_writable, sentence_ranges, tag_sentences
from onoma.readers.log import ReadLog
from onoma.tags import get_scheme
from onoma.text import Document, Ledger

_BREAKING = frozenset("\t\n\r\0")
_EMPTY = "_\t" * 7


def write_conllu(stream: TextIO, documents: Iterable[Document], scheme: str) -> Ledger:
    """Write documents in the tag scheme named; memory stays flat.

    Each opens with ``# newdoc id``. White space that is not one space within a sentence, or a line end after
    it, is told by ``SpaceAfter=No`` and ``SpacesAfter``. Of nested entities the outermost is written.

    Raises:
        DataError: a document without tokens, or a word or label that a column cannot hold.
        ConfigError: no such scheme.
    """
    tag_scheme = get_scheme(scheme)
    log = ReadLog()
    for document in documents:
        ranges = sentence_ranges(document)
        if any(char in document.id for char in "\n\r\0"):
            raise not_writable(document, document.id)
        stream.write(f"# newdoc id = {document.id}\n")
        tagged = tag_sentences(document, tag_scheme, log, _BREAKING)
        for number, ((first, last), (words, tags)) in enumerate(zip(ranges, tagged, strict=True), 1):
            if any("|" in tag for tag in tags):
                raise not_writable(document, next(tag for tag in tags if "|" in tag))
            spaces = _spaces(document, first, last)
            stream.write(f"# sent_id = {document.id}-{number}\n")
            text = "".join(word + space for word, space in zip(words, [*spaces[:-1], ""], strict=True))
            if not any(char in text for char in "\n\r"):
                stream.write(f"# text = {text}\n")
            stream.writelines(_rows(words, tags, spaces))
            stream.write("\n")
    return log.ledger()


def _spaces(document: Document, first: int, last: int) -> list[str]:
    """Return the white space after each token of a sentence; after the last of the document a line end."""
    ends = [token.end for token in document.tokens[first:last]]
    starts = [token.start for token in document.tokens[first + 1 : last + 1]]
    spaces = [document.text[end:start] for end, start in zip(ends, starts, strict=False)]
    return spaces if len(spaces) == len(ends) else [*spaces, "\n"]


def _rows(words: Sequence[str], tags: Sequence[str], spaces: Sequence[str]) -> Iterable[str]:
    for number, (word, tag, space) in enumerate(zip(words, tags, spaces, strict=True), 1):
        misc = f"NER={tag}"
        usual = "\n" if number == len(words) else " "
        if space == "" and usual == " ":
            misc += "|SpaceAfter=No"
        elif space != usual:
            misc += f"|SpacesAfter={escape(space)}"
        yield f"{number}\t{word}\t{_EMPTY}{misc}\n"
