"""Characters, for scripts that write words without spaces between them, such as Chinese and Thai.

A character is what a reader takes for one: combining marks, vowel signs, joiners and modifiers of emoji stay
with what they stand on, and the consonants of an Indic conjunct are one.

A sentence ends with ``。！？.!?``, the stops of other scripts (`onoma.tokenize.sentences`) and the closing
quotes and brackets after it, and with a newline. Stops of ASCII do not end one within what is written without
a space in ASCII (``3.5``, ``a.com``), nor do full-width ones between letters and digits of ASCII or their
full-width forms (``３．５``), and no stop does before a comma or the like.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

from onoma.text import Token, Tokens
from onoma.tokenize.graphemes import CONJUNCT, FLAG, PICTOGRAPHS, mark_class
from onoma.tokenize.sentences import TERMINALS
from onoma.tokenize.tokenizer import Ranges, Tokenizer
from onoma.tokenize.widths import WIDE_STOP, is_narrow_name

_ASCII_STOPS = frozenset(".!?")
_STOPS = TERMINALS - frozenset("…‥")
_CLOSERS = frozenset(")]}»›”’」』）】》〉］｝\uff63")
_CONTINUING = frozenset(",;:，；：、､")
_NEWLINE = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


@cache
def _character() -> re.Pattern[str]:
    """The pattern of one character; it matches at each that is no white space, so nothing is lost."""
    marks = rf"(?:{mark_class()}|{CONJUNCT})*+"
    jamo = "[\u1160-\u11a7\ud7b0-\ud7c6]*+[\u11a8-\u11ff\ud7cb-\ud7fb]*+"
    syllable = rf"(?:[\u1100-\u115f\ua960-\ua97c]++|[\uac00-\ud7a3]){jamo}"
    return re.compile(rf"(?:{PICTOGRAPHS}|{FLAG}|{syllable}|\S){marks}")


def _tokenize(text: str) -> Tokens:
    characters: list[str] = []
    starts = array("q")
    for match in _character().finditer(text):
        characters.append(match[0])
        starts.append(match.start())
    return Tokens(characters, starts)


def _sentences(text: str, tokens: Sequence[Token]) -> Ranges:
    tokens = list(tokens)  # out of their columns at once: each is looked at repeatedly
    ranges: list[tuple[int, int]] = []
    quotes = [0, *accumulate(token.text == '"' for token in tokens)]  # before each token
    first = index = 0
    while index < len(tokens):
        end = index + 1
        if tokens[index].text[-1:] in _STOPS:
            end = _end_of_closers(tokens, end, quotes, first)
        if end == len(tokens) or _ends(text, tokens, index, end):
            ranges.append((first, end))
            first = end
        index = end
    return tuple(ranges)


def _end_of_closers(tokens: Sequence[Token], index: int, quotes: Sequence[int], first: int) -> int:
    """Skip further stops and what closes, without a space between; a straight quote closes an open one."""
    while index < len(tokens) and tokens[index - 1].end == tokens[index].start:
        text = tokens[index].text
        closes = text == '"' and (quotes[index] - quotes[first]) % 2 == 1
        if not (closes or text in _STOPS or text in _CLOSERS):
            break
        index += 1
    return index


def _ends(text: str, tokens: Sequence[Token], index: int, end: int) -> bool:
    """Whether a sentence ends before ``end``; a stop that ends it is at ``index``."""
    before, after = tokens[end - 1], tokens[end]
    if _NEWLINE.search(text, before.end, after.start):
        return True
    if tokens[index].text[-1:] not in _STOPS or after.text in _CONTINUING:
        return False
    if before.end < after.start:
        return True
    if (
        tokens[index].text == WIDE_STOP
        and index + 1 == end
        and index
        and tokens[index - 1].end == before.start
    ):
        return not is_narrow_name(tokens[index - 1].text + after.text)
    return not (after.text.isascii() and all(token.text[-1:] in _ASCII_STOPS for token in tokens[index:end]))


TOKENIZER = Tokenizer(
    name="characters",
    version=1,
    description="each character by itself, for Chinese, Thai and the like",
    tokenize=_tokenize,
    sentences=_sentences,
)
