"""Sentences with other entities in them: what stands around a name tells as much as the name.

Source: mention replacement of Dai and Adel 2020 (An analysis of simple data augmentation for named entity
recognition, arXiv 2010.11683).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from onoma.features.examples import Examples, Ids
from onoma.features.protocol import Features
from onoma.features.word_types import Rows
from onoma.tags import TokenSpan

_STREAM = 3
"""Of the random numbers of a seed, an epoch and a sentence; see `onoma.training.augmentation.case`."""


class MentionReplacement:
    """Puts mentions of train in the place of others of their label.

    Which ones is a function of seed, epoch and the sentence's place. Each distinct surface of a label is as
    likely as any other, so that rare names come as often as frequent ones. An entity that shares a word with
    another one stays.

    Args:
        share: of the entities that are replaced, 0..1.
        seed: of the run.
        examples: of train, where the mentions are from.
        features: theirs.
        limit: units of an input; a sentence by which it would be longer stays as it is.
    """

    def __init__(self, share: float, seed: int, examples: Examples, features: Features, limit: int) -> None:
        self._share, self._seed = share, seed
        self._features, self._limit = features, limit
        known: dict[str, dict[bytes, Rows]] = {label: {} for label in examples.labelling.labels}
        for rows, target in zip(examples.rows, examples.targets, strict=True):
            for first, end, label in examples.labelling.decode(target):
                known[label].setdefault(rows[first:end].tobytes(), rows[first:end])
        self._mentions = {label: list(found.values()) for label, found in known.items()}

    def __call__(self, examples: Examples, indices: Ids, epoch: int) -> Examples:
        """Return some examples of train, as they are in this epoch.

        Args:
            examples: these alone, whatever was done to them before.
            indices: their places in train. [B]
            epoch: from 1.
        """
        rows, targets, sizes = list(examples.rows), list(examples.targets), examples.sizes.copy()
        edges = examples.edges
        for place, index in enumerate(indices.tolist()):
            spans = examples.labelling.decode(targets[place])
            chosen = self._choose(spans, np.random.default_rng((self._seed, epoch, _STREAM, index)))
            if not chosen:
                continue
            made, moved = put_in(rows[place], spans, chosen)
            units = (int(self._features.sizes(some).sum()) for some in (rows[place], made))
            size = int(sizes[place]) - next(units) + next(units)
            if size <= self._limit:
                passage = int(np.searchsorted(edges, place, side="right"))
                rows[place], sizes[edges[passage - 1] : edges[passage]] = made, size
                targets[place] = examples.labelling.encode(moved, len(made))
        lengths = np.array([len(one) for one in rows], dtype=np.int64)
        return replace(examples, rows=rows, targets=targets, sizes=sizes, lengths=lengths)

    def _choose(self, spans: Sequence[TokenSpan], rng: np.random.Generator) -> dict[int, Rows]:
        """Return what is to stand in the place of some spans, by their number."""
        found: dict[int, Rows] = {}
        for number in apart(spans):
            if rng.random() < self._share:
                mentions = self._mentions[spans[number][2]]
                found[number] = mentions[int(rng.integers(len(mentions)))]
        return found


def apart(spans: Sequence[TokenSpan]) -> list[int]:
    """Return the numbers of the spans that share no word with another one."""
    return [
        number
        for number, (start, end, _) in enumerate(spans)
        if all(
            other == number or last <= start or end <= first for other, (first, last, _) in enumerate(spans)
        )
    ]


def put_in(rows: Rows, spans: Sequence[TokenSpan], chosen: dict[int, Rows]) -> tuple[Rows, list[TokenSpan]]:
    """Return a sentence with other mentions in it, and where all its spans are then.

    Args:
        rows: of the sentence. [T]
        spans: in its words.
        chosen: mentions by the number of the span that each replaces; these spans share no word with others.
    """
    parts: list[Rows] = []
    done = 0
    longer = np.zeros(len(rows) + 1, dtype=np.int64)  # by how much places from here on move
    for number in sorted(chosen, key=lambda one: spans[one][0]):
        start, end, _ = spans[number]
        parts += [rows[done:start], chosen[number]]
        longer[end:] += len(chosen[number]) - (end - start)
        done = end
    parts.append(rows[done:])
    moved = [(start + int(longer[start]), end + int(longer[end]), label) for start, end, label in spans]
    return np.concatenate(parts), moved
