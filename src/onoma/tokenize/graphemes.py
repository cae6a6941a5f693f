"""Characters as people see them: what belongs to the character before it, as parts of regular expressions."""

from __future__ import annotations

import unicodedata
from functools import cache

PICTOGRAPH = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
PICTOGRAPH_MODIFIER = "[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
PICTOGRAPHS = rf"{PICTOGRAPH}{PICTOGRAPH_MODIFIER}*+(?:\u200d{PICTOGRAPH}{PICTOGRAPH_MODIFIER}*+)*+"
"""An emoji, or several that joiners make one."""

_UNMARKED = (0x0E33, 0x0EB3, 0xFF9E, 0xFF9F)
"""No marks by category, yet on the character before: sara am, half-width voicing marks."""

STACKERS = "\u1039\u17d2"
"""Signs of Myanmar and Khmer that put the next consonant below the one before."""

_VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0ccd\u0d4d\u1a60\u1b44\ua9c0\uaaf6"
_INDIC = (
    "\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1a20-\u1aaf\u1b00-\u1b7f\ua980-\ua9df\uaae0-\uaaff\uabc0-\uabff"
)
CONJUNCT = rf"(?:(?<=[{STACKERS}{_VIRAMAS}])|(?<=[{_VIRAMAS}\u0dca]\u200d))(?=[{_INDIC}])[^\W\d_]"
"""A letter that is written as one with the consonant before it. Tamil has signs of vowellessness only, and
Sinhala joins where a joiner stands."""

FLAG = "[\U0001f1e6-\U0001f1ff]{2}"


@cache
def mark_class() -> str:
    """Return a character class of combining marks, of what is like them, and of joiners inside words.

    It takes some milliseconds to make.
    """
    planes = (range(0x300, 0x1EB00), range(0xE0100, 0xE01F0))
    marks = [code for plane in planes for code in plane if unicodedata.category(chr(code))[0] == "M"]
    ranges: list[list[int]] = []
    for code in sorted((0xAD, 0x200C, 0x200D, 0x2060, *_UNMARKED, *marks)):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "]"
