"""Probabilities of parts (BIOES) as a student of any scheme learns them: of its tags, and of its moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.errors import ConfigError
from onoma.tags import Scheme

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

SoftLabelling = Callable[[Any, npt.NDArray[np.int64], float], tuple[npt.NDArray[Any], ...]]
"""Teachers' answers about a batch, the sentences' lengths and a temperature to what a head learns of them."""

_PARTS = 4


class ExpectedTags(NamedTuple):
    """What is expected of the tags of a batch of sentences.

    Args:
        tags: the probability of each at each position, 0 beyond the length. [B, T, K]
        first: how often each comes first. [K]
        moves: how often each follows each. [K, K]
        last: how often each comes last. [K]
    """

    tags: Floats
    first: Floats
    moves: Floats
    last: Floats


@dataclass(frozen=True, slots=True)
class SoftTagLabelling:
    """How probabilities of parts are learned by a head of tags.

    Args:
        columns: from `tag_columns`. [1 + 4L, K]
    """

    columns: Doubles

    def __call__(self, parts: Floats, lengths: npt.NDArray[np.int64], temperature: float) -> ExpectedTags:
        """Return what parts [B, T, 1 + 4L] at a temperature say about tags; see `expected_tags`."""
        return expected_tags(softened(parts, temperature), lengths, self.columns)


def check_scheme(scheme: Scheme) -> None:
    """Refuse a scheme whose tags are no sums of parts.

    Raises:
        ConfigError: in IOB1 a part has no one tag.
    """
    if scheme.name == "IOB1":
        raise ConfigError("scheme IOB1 cannot be taught by probabilities: take BIO or BIOES")


def tag_columns(tags: Sequence[str], scheme: Scheme, labels: Sequence[str]) -> Doubles:
    """Return which tag of a scheme each part is written as: 1 where it is, ``[1 + 4L, K]``.

    Args:
        tags: the K tags.
        scheme: of the tags.
        labels: the L labels of the parts; one without tags counts as no entity.

    Raises:
        ConfigError: see `check_scheme`.
    """
    check_scheme(scheme)
    places = {tag: number for number, tag in enumerate(tags)}
    columns = np.zeros((1 + _PARTS * len(labels), len(tags)))
    columns[0, places["O"]] = 1
    prefixes = (scheme.begin, scheme.inside, scheme.end, scheme.single)
    for row, label in enumerate(labels):
        for part, prefix in enumerate(prefixes):
            place = places.get(f"{prefix}-{label}", places["O"])
            columns[1 + _PARTS * row + part, place] = 1
    return columns


def expected_tags(parts: Floats, lengths: npt.NDArray[np.integer], columns: Doubles) -> ExpectedTags:
    """Return what probabilities of parts say about tags, and about moves between them.

    Only the probabilities of single positions are given. Of all chains that have these, moves are of the one
    with the largest entropy: between two positions an entity of some label is open, or none is; given which,
    what is before is independent of what is after. With ``o`` the probability that an entity of a label is
    open, ``P(B, I) = P(B) P(I) / o``, and so on.

    Args:
        parts: rows with sum 1 within the lengths. [B, T, 1 + 4L]
        lengths: [B]
        columns: from `tag_columns`. [1 + 4L, K]
    """
    mask = np.arange(parts.shape[1]) < lengths[:, None]  # [B, T]
    known = np.where(mask[:, :, None], parts, 0).astype(np.float64)
    has_next = mask[:, 1:]  # [B, T-1]
    before, after = known[:, :-1][has_next], known[:, 1:][has_next]  # [N, 1 + 4L] each
    moves = np.zeros((parts.shape[2], parts.shape[2]))
    closed = [0, *(1 + part for part in range(parts.shape[2] - 1) if part % _PARTS in (2, 3))]
    opening = [0, *(1 + part for part in range(parts.shape[2] - 1) if part % _PARTS in (0, 3))]
    _add_moves(moves, before, after, closed, opening)
    for first in range(1, parts.shape[2], _PARTS):
        _add_moves(moves, before, after, [first, first + 1], [first + 1, first + 2])
    filled = lengths > 0
    last = known[np.flatnonzero(filled), lengths[filled] - 1].sum(axis=0)
    return ExpectedTags(
        (known @ columns).astype(np.float32),
        (known[filled, 0].sum(axis=0) @ columns).astype(np.float32),
        (columns.T @ moves @ columns).astype(np.float32),
        (last @ columns).astype(np.float32),
    )


def softened(parts: Floats, temperature: float) -> Floats:
    """Return probabilities at a temperature: ``p ** (1 / temperature)``, with sum 1 again; 0 stays 0."""
    if temperature == 1:
        return parts
    powers = parts ** np.float32(1 / temperature)
    softer: Floats = powers / np.maximum(powers.sum(axis=-1, keepdims=True), np.finfo(np.float32).tiny)
    return softer


def _add_moves(
    moves: Doubles, before: Doubles, after: Doubles, sources: list[int], targets: list[int]
) -> None:
    """Add the moves from some parts to others, independent but for that it is from these to those."""
    left, right = before[:, sources], after[:, targets]  # [N, s], [N, t]
    # Both sums say how probable it is to be between them; rounding and what was not kept set them apart.
    between = np.maximum(left.sum(axis=1), right.sum(axis=1))  # [N]
    shares = np.divide(left, between[:, None], out=np.zeros_like(left), where=between[:, None] > 0)
    moves[np.ix_(sources, targets)] += shares.T @ right
