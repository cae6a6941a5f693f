"""What part each token has in an entity: begin, inside, end or single, whatever scheme the tags are of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from onoma.decode.links import link_tags
from onoma.decode.marginals import make_lattice
from onoma.decode.transitions import Floats, Transitions
from onoma.tags import Scheme, get_scheme, labels_of_tags

ROLES = get_scheme("BIOES").prefixes
"""The parts a token can have in an entity, in their order: B, I, E, S."""


def segment_marginals(
    emissions: Floats,
    lengths: NDArray[np.integer],
    transitions: Transitions,
    tags: Sequence[str],
    scheme: Scheme,
) -> Floats:
    """Return how probable each part in an entity of each label is, ``[B, T, 1 + 4L]``; 0 beyond the length.

    The last dimension is that of the tags of BIOES for the labels in the order of ``tags``: first that of no
    entity, then `ROLES` for each label. Under other schemes they are no tag's own probability. Given the
    sentence the tags are a Markov chain, so that, given a token's tag, what is before it is independent of
    what is after it. With ``m = P(y[t] = i)``, ``c`` the probability of that tag as one that continues an
    entity, and ``g`` as one with which it goes on:

        B = (m - c) g / m     I = c g / m     E = c (m - g) / m     S = (m - c) (m - g) / m

    Args:
        emissions: ``[B, T, K]``
        lengths: ``[B]``
        transitions: for K tags.
        tags: the K tags in the order of their ids.
        scheme: how they are read.

    Raises:
        ValueError: shapes or lengths that do not fit.
    """
    lattice = make_lattice(emissions, lengths, transitions)
    links = link_tags(tuple(tags), scheme)
    mask = np.arange(emissions.shape[1]) < np.asarray(lengths)[:, None]  # [B, T]
    sentences, positions = np.nonzero(mask)  # [N], each sentence's tokens in a row
    before = np.flatnonzero(positions + 1 < np.asarray(lengths)[sentences])  # rows with a token after them
    found = np.zeros((len(sentences), 1 + 4 * len(links.names)))  # [N, 1 + 4L]
    for row, label in enumerate(labels_of_tags(tags)):
        number = links.labels[label]
        own = links.tags[number][links.present[number] > 0]  # [P]
        linked = links.linked[number][: len(own), : len(own)]  # [P, P]
        ids = np.broadcast_to(own, (len(sentences), len(own)))  # [N, P]
        here = np.asarray(lattice.marginals_at(sentences, positions, ids), np.float64)  # [N, P]
        pairs = lattice.pairs_at(sentences[before], positions[before], ids[before]) * linked  # [n, P, P]
        goes_on, continues = np.zeros_like(here), np.zeros_like(here)
        goes_on[before], continues[before + 1] = pairs.sum(axis=2), pairs.sum(axis=1)
        on, from_ = (
            np.divide(part, here, out=np.zeros_like(here), where=here > 0).clip(0, 1)
            for part in (goes_on, continues)
        )
        parts = ((1 - from_) * on, from_ * on, from_ * (1 - on), (1 - from_) * (1 - on))
        for role, part in enumerate(parts):
            found[:, 1 + 4 * row + role] = (here * part).sum(axis=1)
    found[:, 0] = (1 - found[:, 1:].sum(axis=1)).clip(0, 1)
    padded = np.zeros((*mask.shape, found.shape[1]), np.float32)
    padded[mask] = found / found.sum(axis=1, keepdims=True)
    return padded
