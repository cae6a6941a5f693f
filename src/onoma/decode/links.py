"""Which tags belong to a label, and which pairs of them are read as one entity."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onoma.decode.packing import Ids
from onoma.tags import Scheme, split_tag, tags_to_spans


class Links(NamedTuple):
    """For each of L labels its tags, and which pairs of them are read as one entity.

    Args:
        labels: label to its row.
        tags: ``[L, P]`` tag ids, padded with 0.
        present: ``[L, P]`` 1 where there is a tag.
        linked: ``[L, P, P]`` 1 where the second tag continues the entity of the first.
    """

    labels: dict[str, int]
    tags: Ids
    present: NDArray[np.float64]
    linked: NDArray[np.float64]

    @property
    def names(self) -> list[str]:
        """The labels, by row."""
        return list(self.labels)

    def join(self, first: int, second: int) -> bool:
        """Whether the second of two neighbouring tags continues the entity of the first."""
        for tags, present, linked in zip(self.tags, self.present, self.linked, strict=True):
            left, right = ((tags == tag) & (present > 0) for tag in (first, second))
            if linked[left][:, right].any():
                return True
        return False


@lru_cache(maxsize=16)
def link_tags(tags: tuple[str, ...], scheme: Scheme) -> Links:
    """Look up how ``scheme`` reads each pair of tags of one label."""
    by_label: dict[str, list[int]] = {}
    for tag_id, tag in enumerate(tags):
        label = split_tag(tag)[1]
        if label is not None:
            by_label.setdefault(label, []).append(tag_id)
    width = max((len(ids) for ids in by_label.values()), default=0)
    ids = np.zeros((len(by_label), width), np.intp)
    present = np.zeros((len(by_label), width))
    linked = np.zeros((len(by_label), width, width))
    for row, (label, own) in enumerate(by_label.items()):
        ids[row, : len(own)] = own
        present[row, : len(own)] = 1
        for i, first in enumerate(own):
            for j, second in enumerate(own):
                linked[row, i, j] = tags_to_spans([tags[first], tags[second]], scheme) == [(0, 2, label)]
    return Links({label: row for row, label in enumerate(by_label)}, ids, present, linked)
