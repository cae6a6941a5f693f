"""Checked lists of JSON documents: tokens, sentences, labels."""

from __future__ import annotations

from typing import Any

from onoma.errors import DataError
from onoma.readers.json.lines import as_json
from onoma.readers.offsets import OffsetTable
from onoma.text import Token


def read_tokens(listed: Any, text: str, table: OffsetTable) -> tuple[Token, ...]:
    """Check ``[[start, end], ...]``: in text order, not overlapping, none empty or only white space.

    Raises:
        DataError: without path and line, code ``bad-token``.
    """
    tokens = []
    previous = 0
    for pair in read_pairs(listed, "tokens", table):
        start, end = pair
        if not previous <= start < end <= len(text):
            what = "tokens must be in text order, inside the text, not empty and not overlapping"
            raise DataError(what, code="bad-token", text=str(list(pair)))
        if text[start:end].isspace():
            raise DataError("a token is only white space", code="bad-token", text=str(list(pair)))
        tokens.append(Token(text[start:end], start, end))
        previous = end
    return tuple(tokens)


def read_sentences(listed: Any, num_tokens: int) -> tuple[tuple[int, int], ...]:
    """Check ``[[first, last], ...]``: half-open token ranges over all tokens; absent, one sentence.

    Raises:
        DataError: without path and line, code ``bad-sentence``.
    """
    if listed is None:
        return ((0, num_tokens),) if num_tokens else ()
    sentences = tuple(read_pairs(listed, "sentences", None))
    covered = 0
    for first, last in sentences:
        if first != covered or last <= first:
            what = f"sentences must follow each other without gap from token 0; {covered} was to come"
            raise DataError(what, code="bad-sentence", text=str([first, last]))
        covered = last
    if covered != num_tokens:
        raise DataError(f"sentences cover {covered} of {num_tokens} tokens", code="bad-sentence")
    return sentences


def read_labels(listed: Any) -> tuple[str, ...] | None:
    """Check a list of document labels; None when the document has no such key.

    Raises:
        DataError: without path and line.
    """
    if listed is None:
        return None
    if not isinstance(listed, list) or not all(isinstance(label, str) and label for label in listed):
        what = "'labels' must be a list of strings that are not empty"
        raise DataError(what, code="wrong-type", text=as_json(listed))
    return tuple(listed)


def read_pairs(listed: Any, name: str, table: OffsetTable) -> list[tuple[int, int]]:
    """Check a list of pairs of offsets, and return them in code points.

    Raises:
        DataError: without path and line.
    """
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise DataError(f"'{name}' must be a list of pairs", code="wrong-type", text=as_json(listed))
    pairs = []
    for pair in listed:
        if (
            not isinstance(pair, list)
            or len(pair) != 2
            or type(pair[0]) is not int
            or type(pair[1]) is not int
        ):
            what = f"'{name}' must hold pairs of whole numbers"
            raise DataError(what, code="wrong-type", text=as_json(pair))
        pairs.append((to_codepoint(pair[0], table), to_codepoint(pair[1], table)))
    return pairs


def to_codepoint(offset: int, table: OffsetTable) -> int:
    """Return the offset in code points; what lies outside the text stays outside it.

    Raises:
        DataError: without path and line: an offset inside a character.
    """
    if table is None:
        return offset
    if offset in table:
        return table[offset]
    if 0 <= offset < max(table):
        what = "an offset lies inside a character; is --offset-unit right?"
        raise DataError(what, code="offset-inside-character", text=str(offset))
    return offset
