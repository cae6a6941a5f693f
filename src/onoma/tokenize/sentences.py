"""Tokens to sentences.

Conventions:

- A newline ends a sentence (column formats put one between sentences), except a single newline before a
  lower-case word: that is prose wrapped at a fixed width. Wrapped prose whose next line happens to open with
  a capital is broken there; join such lines first, where that matters. A blank line always ends a sentence.
- ``. ! ? …`` and the stops of other scripts end a sentence, closing quotes and brackets included, unless a
  lower-case word, a comma or the like follows (``"Stop!" he said``, ``— Да! — сказал он.``).
- After an abbreviation it depends on the abbreviation and on what follows: see ``abbreviations``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from onoma.text import Token, Tokens
from onoma.tokenize.abbreviations import ABBREVIATIONS, AFTER_AND, LEADING, LETTERS, STARTERS, TRAILING
from onoma.tokenize.widths import WIDE_STOP, is_narrow_name, narrow

_GREEK_QUESTION = "\u037e"
TERMINALS = frozenset(
    ".!?…‥。！？．｡"
    + _GREEK_QUESTION
    + "\u0589\u061e\u061f\u06d4\u0700\u0701\u0702\u07f9"  # Armenian, Arabic, Syriac, N'Ko
    "\u0964\u0965\u0f0d\u0f0e\u104b\u1362\u1367\u1368\u17d4\u17d5"  # Indic, Tibetan, Myanmar, Ethiopic, Khmer
    "\u1803\u1809\u1944\u1945\u1c3b\u1c3c\u1c7e\u1c7f"  # Mongolian, Limbu, Lepcha, Ol Chiki
    "\ua4ff\ua60e\ua60f\ua6f3\ua6f7\ua9c8\ua9c9\uaaf0\uaaf1\uabeb"  # Lisu, Vai, Bamum, Javanese, Meetei
)
"""What ends a sentence, by the scripts' own stops; not Myanmar U+104A, which is a comma."""
_TERMINAL = "".join(sorted(TERMINALS))
_QUOTES = frozenset("\"'”’“‘") | {"''"}  # these may open or close
_CLOSERS = frozenset(")]}»›」』）】》")
_DASHES = frozenset("—–―‒−-") | {"--"}
_CONTINUING = frozenset(",;:/%&=+、，；：") | _CLOSERS
_OPENING = frozenset("([{«„‚‹「『（【《¿¡") | {"``"} | _QUOTES | _DASHES  # before a sentence's first word
_NEWLINE = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*+")
_BLANK_LINE = re.compile(r"(?:\r\n|\n|\r(?!\n))[^\S\n\r]*+[\n\r]|[\f\u2029]")
GREEK = "\u0300-\u036f\u0370-\u037d\u0386\u0388-\u03ff\u1f00-\u1fff"
_GREEK_WORD, _GREEK_FIRST = re.compile(f"[{GREEK}]{{2,}}"), re.compile(f"[{GREEK}]")
_ROMAN = re.compile(r"[IVXLC]+")
_SHORT_OPENING = 4  # tokens: "22 июня 1941 г. | Германия", "В 1812 г. | Наполеон"


def split_sentences(text: str, tokens: Sequence[Token]) -> tuple[tuple[int, int], ...]:
    """Group tokens into sentences.

    Args:
        text: what the tokens' offsets refer to.
        tokens: in text order, of any tokenisation.

    Returns:
        Half-open ranges of token indices that cover all tokens in order; none of them is empty.
    """
    return tuple(_Splitter(text, Tokens.of(tokens)).ranges())


class _Splitter:
    """One pass over the places of a text where a sentence may end: behind stops, and where lines start."""

    def __init__(self, text: str, tokens: Tokens) -> None:
        self.words = _with_greek_questions(tokens.words)
        self.starts = tokens.starts
        self.blank_before = _line_starts(text, tokens.starts)
        self.first = 0

    def ranges(self) -> list[tuple[int, int]]:
        """Return the sentences."""
        ranges: list[tuple[int, int]] = []
        num_tokens = len(self.words)
        reached = 0
        for index in self._places():
            if index < reached:
                continue
            end = index + 1
            terminal = self.words[index][-1:] in TERMINALS
            if terminal:
                end = self._end_of_closers(end)
            if end < num_tokens and self._breaks(index, end, terminal):
                ranges.append((self.first, end))
                self.first = end
            reached = end
        if self.first < num_tokens:
            ranges.append((self.first, num_tokens))
        return ranges

    def _places(self) -> list[int]:
        """Return the tokens behind which a sentence may end, in their order."""
        stops = [index for index, word in enumerate(self.words) if word[-1:] in TERMINALS]
        if not self.blank_before:
            return stops
        return sorted({*stops, *(index - 1 for index in self.blank_before)})

    @cached_property
    def _quotes_before(self) -> list[int]:
        """How many straight double quotes stand before each token."""
        return [0, *accumulate(word == '"' for word in self.words)]

    def _end(self, index: int) -> int:
        """Where in the text a token ends."""
        return self.starts[index] + len(self.words[index])

    def _end_of_closers(self, index: int) -> int:
        """Skip closing quotes and brackets, and further terminals, on the same line."""
        while index < len(self.words) and index not in self.blank_before:
            word = self.words[index]
            if not (
                word in _CLOSERS or (word in _QUOTES and self._closes(index)) or not word.strip(_TERMINAL)
            ):
                break
            index += 1
        return index

    def _closes(self, index: int) -> bool:
        """Whether the ambiguous quote at ``index`` closes: by the spaces beside it, else by parity."""
        word = self.words[index]
        after_space = self._end(index - 1) < self.starts[index]
        before_space = index + 1 == len(self.words) or self._end(index) < self.starts[index + 1]
        if after_space != before_space:
            return before_space
        if word == '"':
            return (self._quotes_before[index] - self._quotes_before[self.first]) % 2 == 1
        return not after_space or word in ("”", "''")

    def _breaks(self, index: int, end: int, terminal: bool) -> bool:
        """Whether a sentence ends before ``end``; its terminal, if there is one, is at ``index``."""
        if not terminal and end not in self.blank_before:
            return False
        words = self.words
        following = self._first_word(end)
        lower = following < len(words) and _is_lower(words[following])
        pure = terminal and not words[index].strip(_TERMINAL)
        if end in self.blank_before:
            return self.blank_before[end] or not lower or (pure and words[index] == "." and end == index + 1)
        if lower or following == len(words) or words[end] in _CONTINUING:
            return False
        if pure or any(not word.strip(_TERMINAL) for word in words[index + 1 : end]):
            return self._pure_ends(index, end, following)
        return words[end] not in _DASHES and self._abbreviation_ends(index, following)

    def _first_word(self, index: int) -> int:
        """Skip opening quotes, brackets and dashes."""
        while index < len(self.words) and self.words[index] in _OPENING:
            index += 1
        return index

    def _pure_ends(self, index: int, end: int, following: int) -> bool:
        """Whether a terminal that is no part of a word ends the sentence; no lower-case word follows it."""
        words, starts = self.words, self.starts
        if words[index - 1 : index] == ["("] and words[index + 1 : index + 2] == [")"]:
            return False  # (!), (?)
        if words[index] not in (".", WIDE_STOP) or end != index + 1 or index == self.first:
            return True
        if index - self.first == 1 and words[index - 1].isdecimal() and len(words[index - 1]) <= 2:
            return False  # 2. Second point
        if words[index] == WIDE_STOP:
            return self._wide_stop_ends(index, following)
        if self._end(index) < starts[end]:
            return True
        # зона .РФ, Яндекс.Новости against конец.Начало
        glued = self._end(index - 1) == starts[index]
        return glued and (words[index - 1][0].islower() or words[end].lower() in STARTERS)

    def _wide_stop_ends(self, index: int, following: int) -> bool:
        """Whether a full-width full stop ends the sentence: not ``Ａ．ｃｏｍ``, nor ``Ｉｎｃ．``."""
        words, starts = self.words, self.starts
        if self._end(index - 1) < starts[index]:
            return True
        if self._end(index) == starts[index + 1] and is_narrow_name(
            words[index - 1][-1] + words[index + 1][0]
        ):
            return False
        after = narrow(words[following])
        starter = after[0].isupper() and after.lower() in STARTERS
        return starter or narrow(words[index - 1]) not in ABBREVIATIONS

    def _abbreviation_ends(self, index: int, following: int) -> bool:
        """Whether the sentence ends with the abbreviation (or ordinal, or initial) at ``index``."""
        stem = self.words[index].rstrip(_TERMINAL)
        next_word = self.words[following]
        if stem.isdigit() or not next_word[0].isupper():
            return False
        previous = self.words[index - 1] if index > self.first else ""
        starter = next_word.lower() in STARTERS and self.words[following + 1 : following + 2] != ["."]
        trailing = stem in TRAILING or (stem in AFTER_AND and previous == "и")
        if stem in LETTERS or stem == "см":
            numbered = previous[-1:].isdigit() or _ROMAN.fullmatch(previous) is not None
            trailing = numbered or (stem in "дпэ" and previous in ("т.", "н."))
            if not trailing:
                return False
        if trailing:
            return starter or index - self.first >= _SHORT_OPENING
        if stem in LEADING or (len(stem) == 1 and stem.isupper()):
            return False
        return starter


def _line_starts(text: str, starts: Sequence[int]) -> dict[int, bool]:
    """Map the index of each token that opens a line to whether a blank line is before it."""
    return {
        index: _BLANK_LINE.search(gap[0]) is not None
        for gap in _NEWLINE.finditer(text)
        if 0 < (index := bisect_left(starts, gap.end())) < len(starts)
    }


def _with_greek_questions(words: Sequence[str]) -> Sequence[str]:
    """Return the words with Greek question marks for semicolons that stand between Greek words.

    Unicode's normal forms make semicolons of them. Beside words of other scripts a semicolon is one.
    """
    if ";" not in words:
        return words
    asked = list(words)
    for index in range(1, len(asked) - 1):
        if asked[index] == ";" and _GREEK_WORD.fullmatch(asked[index - 1]):
            after = index + 2 if asked[index + 1] in _OPENING else index + 1
            if _GREEK_FIRST.match("".join(asked[after : after + 1])):
                asked[index] = _GREEK_QUESTION
    return asked


def _is_lower(word: str) -> bool:
    """Whether a word is lower-case throughout: ``said``, not ``iPhone``.

    Georgian letters are lower-case by Unicode, yet nobody begins a sentence with their capitals.
    """
    return word[:1].islower() and word.islower() and not "\u10d0" <= word[0] <= "\u10ff"
