"""Entities in columns, as decoders compute them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onoma.decode.packing import Ids
from onoma.decode.protocol import Found


class Columns(NamedTuple):
    """N entities.

    Args:
        sentences: [N]
        starts: [N] first token.
        ends: [N] token after the last.
        label_ids: [N] indices of label names.
        scores: [N] probability of just this entity.
    """

    sentences: Ids
    starts: Ids
    ends: Ids
    label_ids: Ids
    scores: NDArray[np.float64]

    def found(self, labels: Sequence[str], base: int = 0, *, scored: bool = True) -> Iterator[Found]:
        """Yield them one by one, ``base`` tokens further on, with their scores or without any."""
        columns = (self.sentences, self.starts + base, self.ends + base, self.label_ids, self.scores)
        for row, start, end, label, score in zip(*(column.tolist() for column in columns), strict=True):
            yield Found(row, start, end, labels[label], score if scored else None)
