"""The folder of an annotation: on a disk, or in a store where nothing can be appended to, renamed or locked.

On a disk the ledger is a file that grows by a line, parts take their places by a rename, and a lock of the
system keeps a second driver out. In a store (`onoma.annotation.cloud`) an object is written whole or not at
all, so a record is an object of its own, and a lease stands for the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from onoma.files import sync_folder, write_text
from onoma.files.growing import append_whole, drop_half_line
from onoma.files.locks import LOCK, claim, remove_debris
from onoma.readers.remote import is_remote

LEDGER = "ledger.jsonl"
PARTS = "parts"
"""Folder of the files that are written, one a shard."""

Place = Path | str
"""Of a folder: on a disk, or the URL of one in a store."""


class Claim(Protocol):
    """Keeps other drivers out until it is released."""

    def release(self) -> None:
        """Let go; a second time does nothing."""
        ...


class Folder(Protocol):
    """Where an annotation is. All names are below it, with ``/`` between them.

    What is wrong with it is an `onoma.errors.OutputError`.
    """

    place: Place

    def claim(self, check: Callable[[], None]) -> Claim:
        """Make the folder, keep other drivers out, and then ask ``check``, which may refuse it."""
        ...

    def sizes(self, below: str = "") -> dict[str, int]:
        """Return what is in the folder, or in one below it, by name, with sizes in bytes."""
        ...

    def read(self, name: str) -> str | None:
        """Return a text; None where there is none of this name."""
        ...

    def write(self, name: str, text: str) -> None:
        """Write a text: it is there as a whole, or what was there before is."""
        ...

    def part(self, name: str) -> AbstractContextManager[Path]:
        """Give a path to write a file to, atomically; on success it is in its place at the end."""
        ...

    def records(self) -> Iterator[tuple[str, bytes]]:
        """Yield the records of the ledger, each with its place, for messages."""
        ...

    def add_record(self, shard: int, line: bytes) -> None:
        """Add a record; it is safe when this returns."""
        ...

    def tidy(self) -> None:
        """Remove what killed writers left, and make what others write to."""
        ...


def open_folder(place: Place) -> Folder:
    """Return the folder of a place; nothing is looked at yet.

    Raises:
        ConfigError: there is no driver for a store, or it cannot connect.
    """
    if isinstance(place, str) and is_remote(place):
        from onoma.annotation.cloud import CloudFolder

        return CloudFolder(place)
    return DiskFolder(Path(place))


class DiskFolder:
    """A folder of a file system, as this process sees it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place: Place = path

    def __str__(self) -> str:
        return str(self.path)

    def claim(self, check: Callable[[], None]) -> Claim:
        """Lock the folder, as `onoma.files.locks.claim`."""
        return claim(self.path, check)

    def sizes(self, below: str = "") -> dict[str, int]:
        """Return files and folders, but for the lock."""
        folder = self.path / below
        found = folder.iterdir() if folder.is_dir() else ()
        return {path.name: path.stat().st_size for path in found if path.name != LOCK}

    def read(self, name: str) -> str | None:
        """Return a text; None where there is none."""
        path = self.path / name
        return path.read_text(encoding="utf-8") if path.exists() else None

    def write(self, name: str, text: str) -> None:
        """Write a text atomically."""
        write_text(self.path / name, text)

    @contextmanager
    def part(self, name: str) -> Iterator[Path]:
        """Give the very path: whoever writes there does it atomically."""
        path = self.path / name
        yield path
        sync_folder(path.parent)

    def records(self) -> Iterator[tuple[str, bytes]]:
        """Yield the whole lines of the ledger."""
        path = self.path / LEDGER
        if not path.exists():
            return
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                yield f"{path}:{number}", line

    def add_record(self, shard: int, line: bytes) -> None:
        """Append a line, and sync it."""
        append_whole(self.path / LEDGER, line + b"\n")

    def tidy(self) -> None:
        """Remove debris, and cut off a record that has no line end: it was being written."""
        remove_debris(self.path)
        (self.path / PARTS).mkdir(exist_ok=True)
        if (self.path / LEDGER).exists():
            drop_half_line(self.path / LEDGER)
