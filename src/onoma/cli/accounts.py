"""Telling what a reading came across: documents so far, problems, the fate of entities."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator

from onoma.readers.log import ReadLog
from onoma.text import Document

_MAX_SHOWN = 20
_TERMINAL_SECONDS, _PLAIN_SECONDS = 0.5, 15.0


class Tally:
    """Passes documents on and counts them; work over two seconds is shown on standard error.

    Args:
        verb: what is being done, as a line of progress begins.
        quiet: count only.
    """

    def __init__(self, verb: str, *, quiet: bool = False) -> None:
        self.documents = self.sentences = self.tokens = self.entities = self.relations = 0
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
            self.relations += len(document.relations)
            if not self._quiet and time.perf_counter() - last > pause:
                last, shown = time.perf_counter(), live
                line = f"{self._verb}: {self.documents:,} documents"
                print(f"\r{line}" if live else line, file=sys.stderr, end="" if live else "\n", flush=True)
            yield document
        if shown:
            print("\r\x1b[K", file=sys.stderr, end="", flush=True)

    def as_dict(self) -> dict[str, int]:
        """Return plain JSON-ready values."""
        return {
            "documents": self.documents,
            "sentences": self.sentences,
            "tokens": self.tokens,
            "entities": self.entities,
        }


def tell_problems(log: ReadLog, tell: Callable[[str], None]) -> None:
    """Say the first problems, each in a line with its place, and how many more there are of each kind."""
    for problem in log.problems[:_MAX_SHOWN]:
        place = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
        tell(f"{place}: {problem.message}")
    more = log.problem_counts.total() - min(len(log.problems), _MAX_SHOWN)
    if more:
        kinds = ", ".join(f"{code} {count}" for code, count in sorted(log.problem_counts.items()))
        tell(f"and {more} more; in all: {kinds}")
