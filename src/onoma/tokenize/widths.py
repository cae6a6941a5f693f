"""Full-width forms of ASCII, as Chinese, Japanese and Korean texts have them among their own characters."""

from __future__ import annotations

WIDE_STOP = "．"
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def narrow(text: str) -> str:
    """Return a text with ASCII in place of its full-width forms: ``Inc`` for ``Ｉｎｃ``."""
    return text.translate(_NARROW)


def is_narrow_name(text: str) -> bool:
    """Whether a text is of letters and digits of ASCII only, full-width ones among them."""
    return (narrowed := narrow(text)).isascii() and narrowed.isalnum()
