"""Sentences of equal text: within a split, across splits, and tagged in two ways.

A sentence is kept as two 64-bit numbers, so that many millions fit in little memory. Two texts that differ
have the same number with a chance of about n**2 / 2**65: one in two million for 4 million sentences.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from onoma.inspection.report import Duplicates, Shared, TwoTaggings
from onoma.inspection.sampling import hash64

MAX_SENTENCES = 2_000_000
MAX_TEXTS_FOR_EXAMPLES = 50_000
_MAX_EXAMPLES = 20
_MAX_CHARS = 500  # of a text in an example
_MAX_SHOWN = 64  # entities of a sentence in an example
_PENDING = 1 << 16
_PART_BITS = 16
_UINT64 = np.uint64

UIntArray = npt.NDArray[np.uint64]
CountArray = npt.NDArray[np.uint32]
Tagging = tuple[tuple[int, int, str], ...]
"""Start and end in the sentence's text, and label, of each entity that begins in it."""


class SentenceTable:
    """Counts sentences by text, tagging and split.

    Rows are distinct (text, tagging, split). When there are more than ``capacity`` of them, only texts whose
    hash ends in zero bits stay, with all their copies: what is counted is then an unbiased estimate.

    Args:
        paths: the file of each split.
        capacity: rows held exactly; a row takes 20 bytes, and three times that while rows are sorted
            and compared.
        examples: distinct texts, the first ones, among which examples are looked for.
    """

    def __init__(
        self,
        paths: Sequence[str],
        capacity: int = MAX_SENTENCES,
        examples: int = MAX_TEXTS_FOR_EXAMPLES,
    ) -> None:
        if len(paths) >= 1 << _PART_BITS:
            raise ValueError(f"{len(paths)} files are too many")
        self.level = 0
        self._mask = 0
        self._capacity = capacity
        self._pending_texts, self._pending_keys = array("Q"), array("Q")
        self._texts: UIntArray = np.zeros(0, _UINT64)
        self._keys: UIntArray = np.zeros(0, _UINT64)  # 48 bits of the tagging's hash, 16 of the split
        self._counts: CountArray = np.zeros(0, np.uint32)
        self._paths = paths
        self._first: dict[int, tuple[int, int, Tagging]] = {}
        self._max_first = examples
        self._examples: list[dict[int, TwoTaggings]] = [{} for _ in paths]

    def add(self, part: int, text: str, tagging: Tagging, line: int) -> None:
        """Count one sentence of split number ``part``, which begins on ``line``."""
        number = hash64(text)
        if number & self._mask:
            return
        tags = hash64(repr(tagging)) if tagging else 0
        self._pending_texts.append(number)
        self._pending_keys.append(tags >> _PART_BITS << _PART_BITS | part)
        if len(self._pending_texts) >= _PENDING:
            self._take_pending()
        first = self._first.get(number)
        if first is None:
            if len(self._first) < self._max_first and len(tagging) <= _MAX_SHOWN:
                self._first[number] = part, line, tagging
        elif first[2] != tagging:
            self._note_example(number, part, text, tagging, line, first)

    def _note_example(
        self,
        number: int,
        part: int,
        text: str,
        tagging: Tagging,
        line: int,
        first: tuple[int, int, Tagging],
    ) -> None:
        examples = self._examples[part]
        if len(examples) < _MAX_EXAMPLES and number not in examples:
            other, other_line, other_tagging = first
            examples[number] = TwoTaggings(
                text=text[:_MAX_CHARS],
                path=self._paths[part],
                line=line,
                tagging=_written(text, tagging),
                other_path=self._paths[other],
                other_line=other_line,
                other_tagging=_written(text, other_tagging),
            )

    def report(self, part: int, others: Mapping[str, int]) -> Duplicates:
        """Return what repeats in a split.

        Args:
            part: its number.
            others: numbers of the splits to compare it with, by name.
        """
        self._take_pending()
        self._compact()
        texts, tags, counts = self._rows(part)
        starts = _starts(texts)
        rows_of = np.diff(starts, append=len(texts))  # [distinct texts]
        return Duplicates(
            repeated=self._scaled(int(counts.sum(dtype=np.int64)) - len(starts)),
            contradictory=self._scaled(int(np.count_nonzero(rows_of > 1))),
            shared={name: self._shared(texts, tags, counts, other) for name, other in others.items()},
            examples=tuple(self._examples[part].values()),
            estimated=self.level > 0,
        )

    def _shared(self, texts: UIntArray, tags: UIntArray, counts: CountArray, other: int) -> Shared:
        other_texts, other_tags, _ = self._rows(other)
        known = np.isin(texts, other_texts)  # [rows]
        alike = np.isin(_paired(texts, tags), _paired(other_texts, other_tags))
        return Shared(
            sentences=self._scaled(int(counts[known].sum(dtype=np.int64))),
            distinct=self._scaled(len(_starts(texts[known]))),
            tagged_differently=self._scaled(int(counts[known & ~alike].sum(dtype=np.int64))),
        )

    def _rows(self, part: int) -> tuple[UIntArray, UIntArray, CountArray]:
        """Return text, tagging and count of the rows of a split, sorted by text."""
        mine = (self._keys & _UINT64((1 << _PART_BITS) - 1)) == part
        return self._texts[mine], self._keys[mine] >> _UINT64(_PART_BITS), self._counts[mine]

    def _scaled(self, number: int) -> int:
        return number << self.level

    def _take_pending(self) -> None:
        new, old = len(self._pending_texts), len(self._texts)
        if not new:
            return
        for rows in (self._texts, self._keys, self._counts):
            rows.resize(old + new, refcheck=False)  # in place: no second copy of the rows
        self._texts[old:] = self._pending_texts
        self._keys[old:] = self._pending_keys
        self._counts[old:] = 1
        self._pending_texts, self._pending_keys = array("Q"), array("Q")
        if len(self._texts) > self._capacity:
            self._compact()
            # A quarter must be free after this, else every block would be followed by a sort.
            while len(self._texts) > 0.75 * self._capacity and self.level < 63:
                self._thin_out()

    def _compact(self) -> None:
        """Sort the rows by text, then tagging and split; merge equal ones."""
        if not len(self._texts):
            return  # reduceat knows no empty input
        order = np.lexsort((self._keys, self._texts))
        self._texts = self._texts[order]
        self._keys = self._keys[order]
        self._counts = self._counts[order]
        del order
        is_first = np.append(True, self._texts[1:] != self._texts[:-1])
        is_first[1:] |= self._keys[1:] != self._keys[:-1]
        self._counts = np.add.reduceat(self._counts, np.flatnonzero(is_first))
        self._texts, self._keys = self._texts[is_first], self._keys[is_first]

    def _thin_out(self) -> None:
        self.level += 1
        self._mask = (1 << self.level) - 1
        stays = (self._texts & _UINT64(self._mask)) == 0
        self._texts, self._keys, self._counts = self._texts[stays], self._keys[stays], self._counts[stays]


def _starts(texts: UIntArray) -> npt.NDArray[np.intp]:
    """Return where each distinct value of a sorted array begins."""
    is_first = np.ones(len(texts), np.bool_)
    np.not_equal(texts[1:], texts[:-1], out=is_first[1:])
    return np.flatnonzero(is_first)


def _paired(texts: UIntArray, tags: UIntArray) -> UIntArray:
    """Return one number for each pair; products wrap around."""
    return texts * _UINT64(0x9E3779B97F4A7C15) ^ tags


def _written(text: str, tagging: Tagging) -> tuple[str, ...]:
    return tuple(f"{label}: {text[start:end][:_MAX_CHARS]}" for start, end, label in tagging[:_MAX_SHOWN])
