"""The files of a folder that is data: those of a suffix, with its subfolders, as people count them."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

_MOST_ENTRIES, _DEEPEST = 20_000, 4


def data_files(folder: Path, suffixes: Iterable[str]) -> Iterator[Path]:
    """Yield the files below a folder that have one of the suffixes (with dot); hidden ones are not data."""
    for suffix in suffixes:
        yield from (file for file in folder.rglob(f"*{suffix}") if not file.name.startswith("."))


def has_files(folder: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether a folder has such files, as far as a first look tells: no disk is walked through for it.

    Folders are looked at level by level, a few levels and some ten thousand entries of them; those that
    cannot be read are passed over, and links are not followed. The root of a file system is never data.
    """
    if os.path.realpath(folder) == os.path.realpath(folder / ".."):
        return False
    waiting, seen = deque([(folder, 0)]), 0
    while waiting and seen < _MOST_ENTRIES:
        place, depth = waiting.popleft()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    seen += 1
                    if entry.name.startswith("."):
                        continue
                    if entry.name.endswith(suffixes) and entry.is_file():
                        return True
                    if depth < _DEEPEST and entry.is_dir(follow_symlinks=False):
                        waiting.append((Path(entry.path), depth + 1))
        except OSError:
            continue
    return False


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Return a key by which ``d2`` comes before ``d10``."""
    parts = re.split(r"([0-9]+)", name)
    return [(1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts]


def document_names(folder: Path, suffixes: Iterable[str]) -> list[str]:
    """Return the names of the files of any of the suffixes, each once, without suffix, in natural order."""
    names = {file.relative_to(folder).with_suffix("").as_posix() for file in data_files(folder, suffixes)}
    return sorted(names, key=natural_key)
