"""Which encoding would have worked: only ever named in an error, never used silently."""

from __future__ import annotations

import codecs

_MIN_RUN_SHARE = 0.6

BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte-order marks; the UTF-32 ones first, because theirs begin with those of UTF-16."""


def find_bom(data: bytes) -> tuple[bytes, str] | None:
    """Return the byte-order mark that ``data`` begins with, and the encoding it stands for."""
    return next(((bom, name) for bom, name in BOMS if data.startswith(bom)), None)


def suggest_encoding(data: bytes, refused: str) -> str | None:
    """Return an encoding that decodes ``data``, the likeliest first; None when there is none to name.

    Bytes above 127 stand alone between ASCII letters in Western European text and in runs in Cyrillic text;
    among the Cyrillic encodings the right one gives mostly small letters.
    """
    if refused != "utf-8" and _decodes(data, "utf-8"):
        return "utf-8"
    if _decodes(data, "utf-8", errors="surrogatepass"):
        return None  # an encoded lone surrogate: damaged text, not another encoding
    candidates = ["cp1252", "latin-1"]
    if _share_in_runs(data) >= _MIN_RUN_SHARE:
        candidates[:0] = sorted(("cp1251", "koi8-r", "cp866"), key=lambda name: -_small_cyrillic(data, name))
    return next((name for name in candidates if name != refused and _decodes(data, name)), None)


def _decodes(data: bytes, encoding: str, errors: str = "strict") -> bool:
    try:
        data.decode(encoding, errors)
    except UnicodeDecodeError:
        return False
    return True


def _share_in_runs(data: bytes) -> float:
    """The share of the bytes above 127 that have such a neighbour."""
    high = [byte > 127 for byte in data]
    paired = sum(
        here and (before or after)
        for before, here, after in zip([False, *high], high, [*high[1:], False], strict=False)
    )
    return paired / max(1, sum(high))


def _small_cyrillic(data: bytes, encoding: str) -> int:
    return sum("а" <= char <= "я" for char in data.decode(encoding, "replace"))
