"""Encodings by name; which one would have worked: only ever named in an error, never used silently."""

from __future__ import annotations

import codecs

from onoma.errors import ConfigError, excerpt
from onoma.readers.likely_encodings import likely_encodings

_LONGEST_NAME = 64
_NO_CHARSETS = ("undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape")
"""Codecs that Python calls text, and that no file of text is in."""
WIDE = ("utf-16", "utf-32")
"""Families of encodings of two or four bytes a character, in one of two orders."""
_MIN_PRINTABLE = 0.95
_TELLING_BYTES = 8

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


def find_codec(name: str) -> codecs.CodecInfo:
    """Return the codec of an encoding that files of text may be in.

    Raises:
        ConfigError: no such encoding here, or one that does not turn the bytes of a file into text.
    """
    known = "use a name such as utf-8, cp1252, cp1251"
    shown = f"'{excerpt(name, _LONGEST_NAME)}'"
    try:
        if len(name) > _LONGEST_NAME:
            raise LookupError
        codec = codecs.lookup(name)
    except (LookupError, ValueError, TypeError, ImportError, OSError):
        raise ConfigError(f"unknown encoding {shown}, {known}") from None
    is_text = getattr(codec, "_is_text_encoding", True) and codec.incrementaldecoder is not None
    if not is_text or codec.name.replace("_", "-") in _NO_CHARSETS:
        raise ConfigError(f"{shown} is no encoding of text files, {known}")
    return codec


def byte_order(data: bytes, family: str) -> str:
    """Return ``utf-16-le`` or the like: the order that bytes without a mark are in, by the bytes.

    The byte that says which script a character is of is NUL for Latin letters, spaces and ends of lines, and
    varies little in others. Where both orders are as likely it is the little-endian one, as Windows writes.
    """
    width = int(family.removeprefix("utf-")) // 8
    data = data[: len(data) // width * width]

    def likelihood(order: str) -> tuple[int, bool, int]:
        # A cut at the end of the sample may leave half of a surrogate pair.
        fits = any(_decodes(data[: len(data) - cut], f"{family}-{order}") for cut in (0, width))
        high = data[(width - 1 if order == "le" else 0) :: width]
        return high.count(0), fits, -len(set(high))

    return f"{family}-{max(('le', 'be'), key=likelihood)}"


def find_wide(start: bytes) -> str | None:
    """Return ``utf-16`` or ``utf-32`` where the first bytes of a file are text in it, without a mark."""
    if b"\0" not in start:
        return None
    for family in reversed(WIDE):
        width = int(family.removeprefix("utf-")) // 8
        text = start[: len(start) // width * width].decode(byte_order(start, family), "replace")
        fine = sum(char.isprintable() or char in "\t\r\n" for char in text) - text.count("\ufffd")
        if text and "\0" not in text and fine >= _MIN_PRINTABLE * len(text):
            return family
    return None


def is_narrow(start: bytes) -> bool:
    """Whether the first bytes of a file are plainly UTF-8 and not of two or four bytes a character."""
    cut = next((cut for cut in range(4) if _decodes(start[: len(start) - cut], "utf-8")), None)
    return len(start) >= _TELLING_BYTES and b"\0" not in start and cut is not None


def suggest_encodings(data: bytes, refused: str) -> list[str]:
    """Return encodings that bytes may be in, the likeliest first; none when there is none to name.

    Args:
        data: from where a character begins; the end may be cut within one.
        refused: the encoding that they are not in.
    """
    if b"\0" in data:
        return []
    if refused != "utf-8" and _decodes(data, "utf-8"):
        return ["utf-8"]
    if _decodes(data, "utf-8", errors="surrogatepass"):
        return []  # an encoded lone surrogate: damaged text, not another encoding
    return likely_encodings(data, refused)


def _decodes(data: bytes, encoding: str, errors: str = "strict") -> bool:
    try:
        codecs.getincrementaldecoder(encoding)(errors).decode(data)
    except UnicodeDecodeError:
        return False
    return True
