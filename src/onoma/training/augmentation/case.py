"""Sentences in capitals, in lower case, or with a capital on every word, so that case is no condition.

Source: Bodapati, Yun and Al-Onaizan 2019 (Robustness to capitalization errors in named entity recognition).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from onoma.features.examples import Examples, Ids
from onoma.features.protocol import Features
from onoma.features.word_types import Around, Rows

FORMS: tuple[Callable[[str], str], ...] = (str.upper, str.lower, str.capitalize)
"""Of a word: NEW YORK, new york, New York."""

_STREAM = 2
"""Of the random numbers of a seed and an epoch; batches and lessons have others."""


class CaseChange:
    """Turns the case of some sentences, with what is read around them.

    Which ones, and how, is a function of seed, epoch and the sentence's place. All words of train have their
    forms in the table of word types from the beginning, so that what is computed does not depend on when
    they first come.

    Args:
        share: of the sentences, 0..1; each form has a third of it.
        seed: of the run.
        examples: of train.
        features: theirs.
        limit: units of an input; a sentence that would be longer stays as it is.
    """

    def __init__(self, share: float, seed: int, examples: Examples, features: Features, limit: int) -> None:
        self._share, self._seed = share, seed
        self._count = len(examples.rows)
        self._features, self._limit = features, limit
        self._forms = _rows_of_forms(examples, features)  # [F, R]
        self._drawn: tuple[int, Ids] = (0, np.zeros(0, dtype=np.int64))

    def __call__(self, examples: Examples, indices: Ids, epoch: int) -> Examples:
        """Return some examples of train, as they are in this epoch.

        Args:
            examples: these alone, whatever was done to them before.
            indices: their places in train. [B]
            epoch: from 1.
        """
        rows, sizes = list(examples.rows), examples.sizes.copy()
        around = None if examples.around is None else list(examples.around)
        for place, form in enumerate(self._draw(epoch)[indices].tolist()):
            if form < 0:
                continue
            turned = self._forms[form][rows[place]]
            sides = Around(*(self._forms[form][side] for side in around[place])) if around else ()
            units = sum(int(self._features.sizes(part).sum()) for part in (turned, *sides))
            if (size := units + self._features.overhead) > self._limit:
                continue
            rows[place], sizes[place] = turned, size
            if around is not None and isinstance(sides, Around):
                around[place] = sides
        return replace(examples, rows=rows, sizes=sizes, around=around)

    def _draw(self, epoch: int) -> Ids:
        """Return the form of every sentence of train in an epoch, -1 for its own. [N]"""
        if self._drawn[0] != epoch:
            rng = np.random.default_rng((self._seed, epoch, _STREAM))
            forms = rng.integers(0, len(FORMS), self._count)
            self._drawn = epoch, np.where(rng.random(self._count) < self._share, forms, -1)
        return self._drawn[1]


def _rows_of_forms(examples: Examples, features: Features) -> list[npt.NDArray[np.int32]]:
    """Return, for each form, its row by the row of a word of train; other words keep their own."""
    spellings = features.types.spellings()
    used = np.zeros(len(spellings), dtype=np.bool_)
    for some in chain(examples.rows, (side for around in examples.around or () for side in around)):
        used[some] = True
    rows = np.flatnonzero(used)
    words = [spellings[row] for row in rows.tolist()]
    found: list[Rows] = []
    for form in FORMS:
        by_row = np.arange(len(spellings), dtype=np.int32)
        by_row[rows] = features.rows([form(word) for word in words])
        found.append(by_row)
    return found
