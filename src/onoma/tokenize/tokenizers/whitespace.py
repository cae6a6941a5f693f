"""What stands between white space: for texts in which it parts the words already, punctuation included."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from onoma.text import Token, Tokens
from onoma.tokenize.sentences import split_sentences
from onoma.tokenize.tokenizer import Ranges, Tokenizer
from onoma.tokenize.words import cut_words

_RUN = re.compile(r"\S+")


def _tokenize(text: str) -> Tokens:
    return Tokens(text.split(), array("q", [match.start() for match in _RUN.finditer(text)]))


def _sentences(text: str, tokens: Sequence[Token]) -> Ranges:
    """Return the sentences that the text has by our words; an end within a token is none."""
    words, given = cut_words(text), Tokens.of(tokens)
    ends = {0, len(tokens)}
    for _, end in split_sentences(text, words):
        place = words[end - 1].end
        index = bisect_left(given.starts, place)
        if index and given[index - 1].end <= place:
            ends.add(index)
    return tuple(pairwise(sorted(ends)))


TOKENIZER = Tokenizer(
    name="whitespace",
    version=1,
    description="what stands between white space, and nothing finer",
    tokenize=_tokenize,
    sentences=_sentences,
)
