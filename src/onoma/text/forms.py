"""What texts have in common that read alike, for comparing them; offsets are those of the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_WIDTHS = {
    chr(code): unicodedata.normalize("NFKC", chr(code))
    for code in (0x3000, *range(0xFF01, 0xFFEF))
    if unicodedata.decomposition(chr(code)).partition(" ")[0].strip("<>") in ("wide", "narrow")
}
_OTHER_WIDTH = re.compile(f"[{''.join(_WIDTHS)}]")


def normal_form(text: str) -> str:
    """Return a text in NFC, with usual characters for full-width and half-width ones.

    Not NFKC, in which ``x²`` would be ``x2``.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _OTHER_WIDTH.sub(lambda found: _WIDTHS[found[0]], text))


def clusters(text: str, longest: int | None = None) -> Iterator[str]:
    """Yield each character with what may be composed with it: marks, of kana too, and parts of syllables.

    Args:
        text: any.
        longest: so many characters are taken together at most; None for all that belong together.
    """
    first = 0
    for index in range(1, len(text)):
        if _joins(text[index]) and (longest is None or index - first < longest):
            continue
        yield text[first:index]
        first = index
    if text:
        yield text[first:]


def _joins(char: str) -> bool:
    return char > "\u02ff" and (
        unicodedata.category(char)[0] == "M" or "\u1160" <= char <= "\u11ff" or char in "\uff9e\uff9f"
    )


def folded(text: str) -> str:
    """Return the normal form of a text without case.

    Dotted and dotless i are one: of ``ISPARTA`` nobody can tell whether it is Turkish.
    """
    if text.isascii():
        return text.casefold()
    small = normal_form(text).casefold().replace("i\u0307", "i").replace("ı", "i")
    return unicodedata.normalize("NFC", small)
