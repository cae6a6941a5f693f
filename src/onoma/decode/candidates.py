"""All entities that a linear chain does not think too improbable, whether its best path has them or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from onoma.decode import compiled
from onoma.decode.columns import Columns
from onoma.decode.compiled import CompiledLattice
from onoma.decode.links import Links, link_tags
from onoma.decode.marginals import AnyLattice, make_lattice
from onoma.decode.packing import Ids
from onoma.decode.protocol import Found
from onoma.decode.transitions import Floats, Transitions
from onoma.tags import Scheme


def span_candidates(
    emissions: Floats,
    lengths: NDArray[np.integer],
    transitions: Transitions,
    tags: Sequence[str],
    scheme: Scheme,
    floor: float,
) -> Iterator[Found]:
    """Yield every entity whose probability, that of `span_probabilities`, is at least ``floor``.

    Of the entities that hold a token at most ``1 / floor`` are that probable, since no two of them can be
    true at once.

    Args:
        emissions: ``[B, T, K]``
        lengths: ``[B]``
        transitions: for K tags.
        tags: the K tags in the order of their ids.
        scheme: how tags are read.
        floor: above 0.

    Raises:
        ValueError: shapes or lengths that do not fit.
    """
    links = link_tags(tuple(tags), scheme)
    lattice = make_lattice(emissions, lengths, transitions)
    if isinstance(lattice, CompiledLattice) and compiled.takes_spans(emissions, transitions, links):
        return lattice.candidates(tuple(tags), scheme, floor).found(links.names)
    counts = np.asarray(lengths, np.intp)
    sentences = np.repeat(np.arange(len(counts)), counts)  # [N], every token as a first one
    starts = np.arange(len(sentences)) - np.repeat(np.cumsum(counts) - counts, counts)  # [N]
    grown, _ = grow(lattice, counts, links, floor, sentences, starts)
    return grown.found(links.names)


def grow(
    lattice: AnyLattice,
    lengths: Ids,
    links: Links,
    floor: float,
    sentences: Ids,
    starts: Ids,
) -> tuple[Columns, bool]:
    """Follow the entities of every label that begin at given tokens, as long as they may reach ``floor``.

    The probability that an entity has begun and goes on bounds that of all its ends, so what falls below
    ``floor`` is let go.

    Args:
        lattice: of the sentences.
        lengths: ``[B]``
        links: the tags by label.
        floor: lowest probability, above 0.
        sentences: of the first tokens. [N]
        starts: the first tokens. [N]

    Returns:
        The entities, and whether any of them ends where its sentence does.
    """
    label_ids = np.tile(np.arange(len(links.labels)), len(sentences))  # [S]
    sentences, starts = (np.repeat(column, len(links.labels)) for column in (sentences, starts))  # [S]
    open_, kept = _begin(lattice, links, floor, sentences, starts, label_ids)  # [s, P]
    sentences, starts, label_ids = sentences[kept], starts[kept], label_ids[kept]
    last = starts
    parts: list[Columns] = []
    touches_end = False
    while len(starts):
        inner = np.flatnonzero(last + 1 < lengths[sentences])  # [s]
        closing, going = open_.copy(), np.zeros_like(open_)  # [s, P]
        moves = _moves(lattice, links, sentences[inner], last[inner], label_ids[inner])  # [s, P, P]
        closing[inner] *= 1 - moves.sum(axis=2)
        going[inner] = (open_[inner, None, :] @ moves)[:, 0]
        scores = closing.sum(axis=1).clip(0, 1)  # [s]
        done = scores >= floor  # [s]
        touches_end |= bool((done & (last + 1 == lengths[sentences])).any())
        parts.append(Columns(sentences[done], starts[done], last[done] + 1, label_ids[done], scores[done]))
        on = going.sum(axis=1) >= floor  # [s]
        sentences, starts, last = sentences[on], starts[on], last[on] + 1
        label_ids, open_ = label_ids[on], going[on]
    return _joined(parts), touches_end


def _begin(
    lattice: AnyLattice,
    links: Links,
    floor: float,
    sentences: Ids,
    starts: Ids,
    label_ids: Ids,
) -> tuple[NDArray[np.float64], Ids]:
    """Return the probability that an entity begins here with each tag of its label ``[s, P]``, of which."""
    tags = links.tags[label_ids]  # [S, P]
    here = lattice.marginals_at(sentences, starts, tags) * links.present[label_ids]  # [S, P]
    kept = np.flatnonzero(here.sum(axis=1) >= floor)  # [s]
    open_ = here[kept].astype(np.float64)  # [s, P]
    inner = np.flatnonzero(starts[kept] > 0)
    rows = kept[inner]
    before = lattice.pairs_at(sentences[rows], starts[rows] - 1, tags[rows])  # [s, P, P]
    open_[inner] -= (before * links.linked[label_ids[rows]]).sum(axis=1)
    begun = open_.sum(axis=1) >= floor
    return open_[begun], kept[begun]


def _moves(
    lattice: AnyLattice, links: Links, sentences: Ids, positions: Ids, label_ids: Ids
) -> NDArray[np.float64]:
    """P(next tag, and that it goes on with the entity, given the tag at ``positions``) ``[s, P, P]``."""
    tags = links.tags[label_ids]  # [s, P]
    here = lattice.marginals_at(sentences, positions, tags)[:, :, None]  # [s, P, 1]
    pairs = lattice.pairs_at(sentences, positions, tags) * links.linked[label_ids]  # [s, P, P]
    return np.divide(pairs, here, out=np.zeros_like(pairs), where=here > 0)


def _joined(parts: Sequence[Columns]) -> Columns:
    if not parts:
        none = np.zeros(0, np.intp)
        return Columns(none, none, none, none, np.zeros(0))
    return Columns(*(np.concatenate(column) for column in zip(*parts, strict=True)))
