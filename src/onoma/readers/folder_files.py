"""The files of a folder that is data: all of a suffix, with its subfolders, in the order in which people count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path


def data_files(folder: Path, suffixes: Iterable[str]) -> Iterator[Path]:
    """Yield the files below a folder that have one of the suffixes (with dot); hidden ones are not data."""
    for suffix in suffixes:
        yield from (file for file in folder.rglob(f"*{suffix}") if not file.name.startswith("."))


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Return a key by which ``d2`` comes before ``d10``."""
    parts = re.split(r"([0-9]+)", name)
    return [(1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts]


def document_names(folder: Path, suffixes: Iterable[str]) -> list[str]:
    """Return the names of a folder's files of any of the suffixes, each once, without suffix, in natural order."""
    names = {file.relative_to(folder).with_suffix("").as_posix() for file in data_files(folder, suffixes)}
    return sorted(names, key=natural_key)
