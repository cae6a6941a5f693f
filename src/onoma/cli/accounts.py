"""Telling what a reading came across: documents so far, problems, the fate of entities."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

from onoma.cli.progress import say
from onoma.cli.terminal import show_line
from onoma.readers.account import reading_notes, unused_labels
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.plausible import GoldTally, find_doubts
from onoma.readers.splits import passed_over
from onoma.text import Document

_MAX_FILES = 8
_TERMINAL_SECONDS, _PLAIN_SECONDS = 0.5, 15.0


class Tally:
    """Passes documents on and counts them; work over two seconds is shown on standard error.

    Args:
        verb: what is being done, as a line of progress begins.
        quiet: count only.
    """

    def __init__(self, verb: str, *, quiet: bool = False) -> None:
        self.documents = self.sentences = self.tokens = self.entities = 0
        self.gold = GoldTally()
        self._verb = verb
        self._quiet = quiet

    def __call__(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Yield the documents as they come."""
        live = sys.stderr.isatty()
        pause = _TERMINAL_SECONDS if live else _PLAIN_SECONDS
        last = time.perf_counter() + (2.0 - pause if live else 0.0)
        shown = False
        for document in documents:
            self.documents += 1
            self.sentences += len(document.sentences)
            self.tokens += len(document.tokens)
            self.entities += len(document.entities)
            self.gold.add(document)
            if not self._quiet and time.perf_counter() - last > pause:
                last, shown = time.perf_counter(), live
                line = f"{self._verb}: {self.documents:,} documents"
                show_line(line) if live else say(line)
            yield document
        if shown:
            show_line()

    def as_dict(self) -> dict[str, int]:
        """Return plain JSON-ready values."""
        return {
            "documents": self.documents,
            "sentences": self.sentences,
            "tokens": self.tokens,
            "entities": self.entities,
        }


def tell_reading(
    logs: Mapping[str, ReadLog],
    options: ReadOptions,
    known: Collection[str],
    tell: Callable[[str], None],
    *,
    used: Collection[str] = (),
) -> None:
    """Say what readings came across: problems, losses, labels that were mapped, or could not be.

    Args:
        logs: of each file, by its name.
        options: that all were read with.
        known: labels that were read, mapped.
        tell: is told, a line each.
        used: labels that the map may name for another reason: those of a model.
    """
    for name, log in logs.items():
        for line in reading_notes(log, name):
            tell(line)
    for line in unused_labels(options.labels, logs.values(), known, used) if options.gold else ():
        tell(line)


def tell_passed_over(folder: Path, taken: Iterable[str | Path], tell: Callable[[str], None]) -> None:
    """Say which files of a data folder are not among those taken, although they may be data."""
    files = passed_over(folder, map(Path, taken)) if folder.is_dir() else []
    if files:
        more = f" and {len(files) - _MAX_FILES} more" if len(files) > _MAX_FILES else ""
        tell(f"{folder}: not read: {', '.join(path.name for path in files[:_MAX_FILES])}{more}")


def tell_doubts(
    tally: GoldTally, log: ReadLog, options: ReadOptions, path: str, tell: Callable[[str], None]
) -> None:
    """Say what looks as if a file was misunderstood, where that is no error."""
    for doubt in () if options.allow_empty else find_doubts(tally, log, options, path):
        tell(f"{path}: {doubt.message}")
