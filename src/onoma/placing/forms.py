"""Texts in one normal form (NFKC), so that they compare however their letters are encoded.

``é`` may be one character or two, a Korean syllable one or three, a letter of full width is a letter. Each
character of the form knows the characters of the text that it was made of.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_MOST_JOINED = 32
"""Characters that may become one: more marks in a row are no letter of any language (Unicode's stream-safe
text has 30 at most), and putting them in order takes time that grows as their square."""


@dataclass(frozen=True, slots=True)
class Form:
    """A text of n characters in the form.

    Args:
        text: in the form.
        starts: [n] where in the original begins what each character was made of.
        ends: [n] where that ends.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def form_of(text: str) -> Form:
    """Return a text in the form, with places."""
    if text.isascii():
        return Form(text, range(len(text)), range(1, len(text) + 1))
    written: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and end - start < _MOST_JOINED and _joins(text[end]):
            continue
        made = unicodedata.normalize("NFKC", text[start:end])
        written.append(made)
        starts += [start] * len(made)
        ends += [end] * len(made)
        start = end
    return Form("".join(written), starts, ends)


def _joins(char: str) -> bool:
    """Whether a character may become one with those before it: marks, of kana too, parts of syllables."""
    return unicodedata.category(char)[0] == "M" or "\u1160" <= char <= "\u11ff" or char in "\uff9e\uff9f"
