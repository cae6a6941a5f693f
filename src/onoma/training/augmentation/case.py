"""Sentences in capitals, in lower case, or with a capital on every word, so that case is no condition.

Source: Bodapati, Yun and Al-Onaizan 2019 (Robustness to capitalization errors in named entity recognition).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from onoma.features.context import Around
from onoma.features.examples import Examples, Ids
from onoma.features.protocol import Features
from onoma.features.word_types import Rows

FORMS: tuple[Callable[[str], str], ...] = (str.upper, str.lower, str.capitalize)
"""Of a word: NEW YORK, new york, New York."""

_STREAM = 2
"""Of the random numbers of a seed and an epoch; batches and lessons have others."""


class CaseChange:
    """Turns the case of some sentences or, with context, passages, and of what is read around them.

    Which ones, and how, is a function of seed, epoch and their place. All words of train have their
    forms in the table of word types from the beginning, so that what is computed does not depend on when
    they first come.

    Args:
        share: of the sentences, 0..1; each form has a third of it.
        seed: of the run.
        examples: of train.
        features: theirs.
        limit: units of an input; what would be longer stays as it is.
    """

    def __init__(self, share: float, seed: int, examples: Examples, features: Features, limit: int) -> None:
        around = () if examples.passages is None else examples.passages.around
        words = chain(examples.rows, chain.from_iterable(around))
        self._edges = examples.edges
        self._turning = _Turning(share, seed, len(self._edges) - 1, words, features, limit)

    def __call__(self, examples: Examples, indices: Ids, epoch: int) -> Examples:
        """Return some examples of train, as they are in this epoch.

        Args:
            examples: these alone, whatever was done to them before.
            indices: their places in train. [B]
            epoch: from 1.
        """
        rows, sizes = list(examples.rows), examples.sizes.copy()
        passages, edges = examples.passages, examples.edges
        around = [] if passages is None else list(passages.around)
        read = np.searchsorted(self._edges, indices[edges[:-1]])  # [G], of train
        for place, form in self._turning.drawn(read, epoch):
            own = slice(*edges[place : place + 2])
            turned = self._turning.turn(form, *rows[own])
            sides = self._turning.turn(form, *around[place]) if around else []
            if (size := self._turning.size(*turned, *sides)) is None:
                continue
            rows[own], sizes[own] = turned, size
            if around:
                around[place] = Around(*sides)
        if passages is not None:
            passages = replace(passages, around=around)
        return replace(examples, rows=rows, sizes=sizes, passages=passages)


class LessonCaseChange:
    """Turns the case of some sentences that a teacher has labelled: what it said of them still holds.

    Args:
        share: of the sentences, 0..1; each form has a third of it.
        seed: of the run.
        lessons: rows of the words of each.
        features: the student's.
        limit: units of an input; a sentence that would be longer stays as it is.
    """

    def __init__(
        self, share: float, seed: int, lessons: Sequence[Rows], features: Features, limit: int
    ) -> None:
        self._lessons = lessons
        self._turning = _Turning(share, seed, len(lessons), lessons, features, limit)

    def __call__(self, indices: Ids, epoch: int) -> list[Rows]:
        """Return the words of some lessons as they are in this epoch. [T] each"""
        rows = [self._lessons[index] for index in indices]
        for place, form in self._turning.drawn(indices, epoch):
            (turned,) = self._turning.turn(form, rows[place])
            if self._turning.size(turned) is not None:
                rows[place] = turned
        return rows


class _Turning:
    """Which of so many inputs are turned, and into what; see above. The words are all that they have."""

    def __init__(
        self,
        share: float,
        seed: int,
        count: int,
        words: Iterable[Rows],
        features: Features,
        limit: int,
    ) -> None:
        self._share, self._seed, self._count = share, seed, count
        self._features, self._limit = features, limit
        self._forms = _rows_of_forms(words, features)  # [F, R]
        self._drawn: tuple[int, Ids] = (0, np.zeros(0, dtype=np.int64))

    def drawn(self, indices: Ids, epoch: int) -> list[tuple[int, int]]:
        """Return those of some inputs that are turned in an epoch, by their place here, with the form."""
        if self._drawn[0] != epoch:
            rng = np.random.default_rng((self._seed, epoch, _STREAM))
            forms = rng.integers(0, len(FORMS), self._count)
            self._drawn = epoch, np.where(rng.random(self._count) < self._share, forms, -1)
        forms = self._drawn[1][indices]
        return [(place, form) for place, form in enumerate(forms.tolist()) if form >= 0]

    def turn(self, form: int, *parts: Rows) -> list[Rows]:
        """Return words in another form."""
        return [self._forms[form][part] for part in parts]

    def size(self, *parts: Rows) -> int | None:
        """Return the units of an input of all these words; None where it would be too long."""
        units = sum(int(self._features.sizes(part).sum()) for part in parts) + self._features.overhead
        return units if units <= self._limit else None


def _rows_of_forms(sentences: Iterable[Rows], features: Features) -> list[npt.NDArray[np.int32]]:
    """Return, for each form, its row by the row of a used word; other words keep their own."""
    spellings = features.types.spellings()
    used = np.zeros(len(spellings), dtype=np.bool_)
    for some in sentences:
        used[some] = True
    rows = np.flatnonzero(used)
    words = [spellings[row] for row in rows.tolist()]
    found: list[Rows] = []
    for form in FORMS:
        by_row = np.arange(len(spellings), dtype=np.int32)
        by_row[rows] = features.rows([form(word) for word in words])
        found.append(by_row)
    return found
