"""Gathering the words and rows of a vectors file, block by block, with an account of what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from onoma.errors import DataError

_MAX_INVALID_SHARE, _FEW_INVALID = 0.01, 20

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Entries of a file that became no vector.

    Args:
        duplicates: words that stood before in the file; the first one counts.
        invalid: words that are empty or not UTF-8, which no word of a text can equal.
    """

    duplicates: int = 0
    invalid: int = 0

    def __str__(self) -> str:
        parts = [(self.duplicates, "duplicate words"), (self.invalid, "words that are empty or not UTF-8")]
        return ", ".join(f"{count} {what} left out" for count, what in parts if count)


class Collector:
    """Takes in entries in file order until it has enough.

    Args:
        path: the file, for errors.
        max_words: how many to keep, None for all.
    """

    def __init__(self, path: str, max_words: int | None) -> None:
        self.words: list[str] = []
        self.num_read = 0
        self._path = path
        self._max_words = max_words
        self._known: set[str] = set()
        self._rows: list[Rows] = []
        self._duplicates = self._invalid = 0
        self._first_invalid: tuple[int, bytes] | None = None

    @property
    def full(self) -> bool:
        """Whether the limit is reached."""
        return self._max_words is not None and len(self.words) >= self._max_words

    def add(self, words: Sequence[bytes], rows: Rows) -> None:
        """Take in a block of entries; ``rows`` [N, D] must be finite."""
        room = len(words) if self._max_words is None else self._max_words - len(self.words)
        kept: list[int] = []
        for index, raw in enumerate(words):
            if len(kept) == room:
                break
            self.num_read += 1
            try:
                word = raw.decode("utf-8")
            except UnicodeDecodeError:
                word = ""
            if not word or "\n" in word:
                self._invalid += 1
                self._first_invalid = self._first_invalid or (self.num_read, raw)
            elif word in self._known:
                self._duplicates += 1
            else:
                self._known.add(word)
                self.words.append(word)
                kept.append(index)
        self._rows.append(rows if len(kept) == len(rows) else rows[kept])

    def finish(self) -> tuple[list[str], Rows, LeftOut]:
        """Return what was gathered.

        Raises:
            DataError: nothing was, or so many words are not UTF-8 that the file must be in another encoding.
        """
        if self._invalid > max(_FEW_INVALID, _MAX_INVALID_SHARE * self.num_read):
            number, raw = self._first_invalid or (0, b"")
            raise DataError(
                f"{self._invalid} of {self.num_read} words are not UTF-8, the first is entry {number}: "
                "convert the file to UTF-8 first",
                code="bad-encoding",
                path=self._path,
                text=raw.decode("ascii", "backslashreplace"),
            )
        if not self.words:
            raise DataError("holds no word vectors", code="empty", path=self._path)
        return self.words, np.concatenate(self._rows), LeftOut(self._duplicates, self._invalid)


def check_count(promised: int | None, collector: Collector, path: str) -> None:
    """Compare the number of entries with what the file's first line says, unless a limit ended the reading.

    Raises:
        DataError: they differ.
    """
    if promised is not None and not collector.full and collector.num_read != promised:
        cut = collector.num_read < promised
        raise DataError(
            f"the first line promises {promised} words, the file holds {collector.num_read}: "
            + ("it is cut short, fetch it again" if cut else "mend the first line"),
            code="truncated" if cut else "row-count",
            path=path,
            line=1,
        )
