"""How much room characters take where all are as wide as each other, and from which side they are read."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from onoma.tokenize.graphemes import FLAG, PICTOGRAPHS

_EMOJI_SIGNS = re.compile("[\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
_HANGUL_ENDS = range(0x1160, 0x1200)
"""Vowels and final consonants, which are written into the syllable that their first consonant begins."""


@cache
def _emoji() -> re.Pattern[str]:
    return re.compile(f"{PICTOGRAPHS}|{FLAG}")


def cells_of(text: str) -> int:
    """Return how many cells a text takes: two a wide character or an emoji, none a mark on the one before."""
    if text.isascii():
        return len(text)
    emoji = _emoji().findall(text)
    return sum(map(_cells_of_emoji, emoji)) + sum(map(_cells_of_char, _emoji().sub("", text)))


def _cells_of_emoji(emoji: str) -> int:
    return 2 if _EMOJI_SIGNS.search(emoji) else max(map(_cells_of_char, emoji))


def _cells_of_char(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf") or ord(char) in _HANGUL_ENDS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def runs_leftwards(text: str) -> bool | None:
    """Return whether a text is read from right to left, by its first letter; None without letters."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return None
