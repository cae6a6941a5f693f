"""Files that are no text, named as what they are by their first bytes."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """What a binary file is, and what to do about it."""

    name: str
    fix: str


_TEXT_OUT = "take its text out first (pdftotext, for example) and read that"
_MEDIA = "there is no text in it to read"
_UNPACK = "unpack it, and read what is in it"

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF-", Kind("a PDF document", _TEXT_OUT)),
    (b"\x89PNG\r\n", Kind("a PNG image", _MEDIA)),
    (b"\xff\xd8\xff", Kind("a JPEG image", _MEDIA)),
    (b"GIF87a", Kind("a GIF image", _MEDIA)),
    (b"GIF89a", Kind("a GIF image", _MEDIA)),
    (b"II*\0", Kind("a TIFF image", _MEDIA)),
    (b"MM\0*", Kind("a TIFF image", _MEDIA)),
    (b"PAR1", Kind("a parquet file", "name the format: parquet")),
    (b"ARROW1", Kind("an Arrow file", "name the format: arrow")),
    (b"\xff\xff\xff\xff", Kind("an Arrow stream", "name the format: arrow")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind("an old Office document", "save it as text or CSV")),
    (b"{\\rtf", Kind("a rich text document", "save it as plain text")),
    (b"SQLite format 3\0", Kind("an SQLite database", "write what you need of it to CSV or JSON lines")),
    (b"\x7fELF", Kind("a program", _MEDIA)),
    (b"MZ\x90\0", Kind("a program", _MEDIA)),
    (b"OggS", Kind("an Ogg recording", _MEDIA)),
    (b"ID3", Kind("an MP3 recording", _MEDIA)),
    (b"RIFF", Kind("a recording or image (RIFF)", _MEDIA)),
    (b"\x93NUMPY", Kind("a numpy array", _MEDIA)),
    (b"\x80\x02", Kind("a Python pickle", "pickles can run code and are never read; write JSON lines")),
    (b"\x80\x03", Kind("a Python pickle", "pickles can run code and are never read; write JSON lines")),
    (b"\x80\x04", Kind("a Python pickle", "pickles can run code and are never read; write JSON lines")),
    (b"\x80\x05", Kind("a Python pickle", "pickles can run code and are never read; write JSON lines")),
    (b"BZh", Kind("a bzip2 archive", _UNPACK)),
    (b"\xfd7zXZ\0", Kind("an xz archive", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Kind("a 7z archive", _UNPACK)),
    (b"Rar!\x1a\x07", Kind("a RAR archive", _UNPACK)),
    (b"\x28\xb5\x2f\xfd", Kind("a zstd archive", _UNPACK)),
    (b"\x1f\x8b", Kind("a gzip archive within a gzip archive", _UNPACK)),
    (b"PK\x03\x04", Kind("a zip archive within an archive", _UNPACK)),
)
_TAR = 257, b"ustar"
_CONTROLS = frozenset((*range(9), *range(14, 27), 28, 29, 30, 31))
_PRINTABLE_MAGIC = (b"%PDF-", b"{\\rtf")
_LOOKED_AT = 512

_MEMBERS: tuple[tuple[str, Kind], ...] = (
    ("xl/workbook.xml", Kind("an Excel workbook", "save the sheet as CSV and read that")),
    ("word/document.xml", Kind("a Word document", "save it as plain text and read that")),
    ("ppt/presentation.xml", Kind("a PowerPoint presentation", "save it as plain text and read that")),
    ("META-INF/container.xml", Kind("an EPUB book", "save it as plain text and read that")),
    ("META-INF/manifest.xml", Kind("an OpenDocument file", "save it as plain text or CSV and read that")),
    ("archive/data.pkl", Kind("a PyTorch file", "it holds weights, not data")),
)


def find_kind(start: bytes) -> Kind | None:
    """Return what a file is by its first bytes; None where they may be text."""
    at, mark = _TAR
    if start[at : at + len(mark)] == mark:
        return Kind("a tar archive", _UNPACK)
    found = next(((magic, kind) for magic, kind in _MAGIC if start.startswith(magic)), None)
    if found is None:
        return None
    magic, kind = found
    # A text may begin with "PAR1" or "RIFF": what is binary has control characters besides.
    if magic.isascii() and magic not in _PRINTABLE_MAGIC and _CONTROLS.isdisjoint(start[:_LOOKED_AT]):
        return None
    return kind


def find_office(members: list[str]) -> Kind | None:
    """Return what a zip archive is by the names in it; None where it is just an archive."""
    return next((kind for name, kind in _MEMBERS if any(one.endswith(name) for one in members)), None)
