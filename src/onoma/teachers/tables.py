"""What is said of words, kept compactly: some entries a word, in columns, one word behind the other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from onoma.decode.transitions import Floats
from onoma.features.soft_spans import span_numbers
from onoma.teachers.spans import TaughtSpan

_WHOLE = 1.01
"""What the labels of a span may come to: each is rounded to 16 bits."""

FLOOR = 1e-3
"""Smaller probabilities are not kept."""

Array = npt.NDArray[Any]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """Entries of N words, M in all.

    Class attributes:
        DTYPES: what the columns are called in a file, and their types, in the order of the fields.

    Args:
        counts: entries of each word. [N]
    """

    DTYPES: ClassVar[Mapping[str, type[np.generic]]]

    counts: npt.NDArray[np.unsignedinteger]

    @cached_property
    def offsets(self) -> Ids:
        """The first entry of each word, and the end. [N + 1]"""
        return np.concatenate([[0], np.cumsum(self.counts, dtype=np.int64)])

    def entries(self) -> list[Array]:
        """Return the columns of the entries. [M] each"""
        return [getattr(self, one.name) for one in fields(self)[1:]]

    def arrays(self) -> dict[str, Array]:
        """Return all columns by their names in a file."""
        return dict(zip(self.DTYPES, [self.counts, *self.entries()], strict=True))

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, Array], lengths: Ids, width: int) -> Self:
        """Return what `arrays` gave.

        Args:
            arrays: of a file.
            lengths: words of each sentence. [S]
            width: how many different things an entry can be of.

        Raises:
            KeyError: a column is missing.
            ValueError: the columns do not fit each other, the words or the width.
        """
        for name, dtype in cls.DTYPES.items():
            if arrays[name].dtype != dtype or arrays[name].ndim != 1:
                raise ValueError(name)
        table = cls(*(arrays[name] for name in cls.DTYPES))
        of_entries = {len(column) for column in table.entries()}
        fits = len(table.counts) == lengths.sum() and of_entries == {table.offsets[-1]}
        if not fits or not table._is_sound(lengths, width):
            raise ValueError("its parts do not fit each other")
        return table

    @abstractmethod
    def _is_sound(self, lengths: Ids, width: int) -> bool:
        """Whether columns of the right length hold what they can hold."""

    @classmethod
    def join(cls, tables: Iterable[Self]) -> Self:
        """Return the words of several tables one behind the other."""
        columns = zip(*([one.counts, *one.entries()] for one in tables), strict=True)
        return cls(*map(np.concatenate, columns))

    def take(self, words: Ids) -> Self:
        """Return what is said of some words, in their order."""
        counts = self.counts[words]
        ends = np.cumsum(counts, dtype=np.int64)
        moved = np.repeat(self.offsets[words] - (ends - counts), counts)
        places = moved + np.arange(len(moved))
        return type(self)(counts, *(column[places] for column in self.entries()))


@dataclass(frozen=True)
class Sparse(Table):
    """Rows of probabilities, of each the largest.

    Args:
        counts: entries of each row. [N]
        columns: of each entry; a row's largest comes first. [M]
        values: of each entry; those of a row have the sum 1, but for rounding. [M]
    """

    DTYPES = {"counts": np.uint8, "columns": np.uint16, "probabilities": np.float16}  # noqa: RUF012

    columns: npt.NDArray[np.uint16]
    values: npt.NDArray[np.float16]

    @classmethod
    def of(cls, marginals: Floats, top: int) -> Self:
        """Keep the ``top`` largest numbers of each row [N, C], but none below `FLOOR` beside the largest."""
        top = min(top, marginals.shape[1])
        order = np.argsort(-marginals, axis=1, kind="stable")[:, :top]  # [N, top]
        values = np.take_along_axis(marginals, order, axis=1)
        kept = values >= FLOOR
        kept[:, 0] = True
        sums = np.where(kept, values, 0).sum(axis=1, keepdims=True)
        scaled = np.divide(values, sums, out=np.zeros_like(values), where=sums > 0)
        return cls(
            kept.sum(axis=1).astype(np.uint8),
            order[kept].astype(np.uint16),
            scaled[kept].astype(np.float16),
        )

    def dense(self, width: int) -> Floats:
        """Return the rows in full, each with sum 1. [N, C]"""
        rows = np.repeat(np.arange(len(self.counts)), self.counts)
        found = np.zeros((len(self.counts), width), np.float32)
        found[rows, self.columns] = self.values
        found /= np.maximum(found.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return found

    def _is_sound(self, lengths: Ids, width: int) -> bool:
        return bool(
            self.counts.min(initial=1) > 0
            and self.columns.max(initial=0) < width
            and np.isfinite(self.values).all()
            and (self.values >= 0).all()
        )


@dataclass(frozen=True)
class SpanTable(Table):
    """Probabilities of the spans that begin at each word; what is not here is no entity.

    Args:
        counts: entries of each word. [N]
        less: words of each entry's span but the first; within a word they rise, and labels with them. [M]
        labels: numbers of the entries' labels. [M]
        values: probability of just this label for just these words, from `FLOOR` to 1. [M]
    """

    DTYPES = {  # noqa: RUF012
        "counts": np.uint32,
        "less": np.uint16,
        "labels": np.uint16,
        "probabilities": np.float16,
    }

    less: npt.NDArray[np.uint16]
    labels: npt.NDArray[np.uint16]
    values: npt.NDArray[np.float16]

    @classmethod
    def of(cls, spans: Sequence[TaughtSpan], num_words: int, labels: Sequence[str]) -> Self:
        """Keep spans whose probability is `FLOOR` or more.

        Args:
            spans: of these words, each with each label once.
            num_words: N.
            labels: in the order of their numbers.
        """
        numbers = {label: number for number, label in enumerate(labels)}
        kept = sorted((first, end, numbers[label], value) for first, end, label, value in spans)
        rows = np.array([one for one in kept if one[3] >= FLOOR], np.float64).reshape(-1, 4)
        firsts, ends, which = (rows[:, place].astype(np.int64) for place in range(3))
        return cls(
            np.bincount(firsts, minlength=num_words).astype(np.uint32),
            (ends - firsts - 1).astype(np.uint16),
            which.astype(np.uint16),
            rows[:, 3].astype(np.float16),
        )

    def words(self) -> Ids:
        """Return the word at which each entry's span begins. [M]"""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def keep(self, kept: npt.NDArray[np.bool_]) -> Self:
        """Return the table with some of its entries only. [M]"""
        counts = np.bincount(self.words()[kept], minlength=len(self.counts))
        return type(self)(counts.astype(np.uint32), *(column[kept] for column in self.entries()))

    def _is_sound(self, lengths: Ids, width: int) -> bool:
        ends = np.cumsum(lengths)
        left = np.repeat(ends, lengths) - np.arange(len(self.counts))  # words to the end of the sentence
        words, less, labels = (one.astype(np.int64) for one in (self.words(), self.less, self.labels))
        order = (words << 32) + (less << 16) + labels
        return bool(
            (less < left[words]).all()
            and labels.max(initial=-1) < width
            and (np.diff(order) > 0).all()
            and ((self.values > 0) & (self.values <= 1)).all()
            and np.bincount(span_numbers(words, less), self.values).max(initial=0) <= _WHOLE
        )
