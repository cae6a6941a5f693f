"""Rows of words and tags, gathered until their sentence ends."""

from __future__ import annotations

from collections.abc import Iterator

from onoma.errors import DataError
from onoma.readers.columns.tagged import TaggedSentence


class SentenceRows:
    """The rows of a sentence so far, with the first fault among them."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._lines: list[int] = []
        self._words: list[str] = []
        self._tags: list[str] = []
        self.fault: DataError | None = None

    @property
    def begun(self) -> bool:
        """Whether there is a row since the last end, be it a faulty one."""
        return bool(self._words or self.fault)

    def add(self, line: int, word: str, tag: str) -> None:
        """Add a word, with its 1-based line."""
        self._lines.append(line)
        self._words.append(word)
        self._tags.append(tag)

    def fail(self, fault: DataError) -> None:
        """Note what is wrong with a row; the first fault counts."""
        self.fault = self.fault or fault

    def end(self) -> Iterator[TaggedSentence]:
        """Yield the sentence, if one has begun, and begin anew."""
        if self.begun:
            yield TaggedSentence(self._lines, self._words, self._tags, self.fault)
            self._clear()
