"""Texts in one normal form (NFKC), so that they compare however their letters are encoded.

``é`` may be one character or two, a Korean syllable one or three, a letter of full width is a letter. Each
character of the form knows the characters of the text that it was made of.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from onoma.text.forms import clusters

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


def normalised(text: str) -> str:
    """Return a text in the form, without places."""
    return unicodedata.normalize("NFKC", text)


def form_of(text: str) -> Form:
    """Return a text in the form, with places."""
    if text.isascii():
        return Form(text, range(len(text)), range(1, len(text) + 1))
    written: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    start = 0
    for cluster in clusters(text, _MOST_JOINED):
        made, end = normalised(cluster), start + len(cluster)
        written.append(made)
        starts += [start] * len(made)
        ends += [end] * len(made)
        start = end
    return Form("".join(written), starts, ends)
