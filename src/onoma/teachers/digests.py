"""Hashes of what teachers are made of."""

from __future__ import annotations

import hashlib
from pathlib import Path

from onoma.errors import ModelError


def file_digest(path: Path) -> str:
    """Return the sha256 of a file's content.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from None


def folder_digest(folder: Path) -> str:
    """Return the sha256 of the names and contents of a folder's files.

    Raises:
        ModelError: one cannot be read.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\n{file_digest(path)}\n".encode())
    return digest.hexdigest()


def text_digest(*texts: str) -> str:
    """Return the sha256 of some texts."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{len(text)}\n{text}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
