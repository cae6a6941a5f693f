"""Probabilities under a linear-chain model: of the whole, of tags, of moves, of entities.

They hold for a CRF (Lafferty, McCallum and Pereira, 2001) and for independent tags alike: for a softmax head
pass `zero_transitions` (or the rules of the tag scheme, to condition on legal output).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from onoma.decode import compiled
from onoma.decode.compiled import CompiledLattice
from onoma.decode.lattice import Lattice
from onoma.decode.links import Links, link_tags
from onoma.decode.packing import Ids, check_batch
from onoma.decode.transitions import Floats, Transitions
from onoma.tags import Scheme

SentenceSpan = tuple[int, int, int, str]
"""(sentence, first token, end token, label), half-open."""


AnyLattice = Lattice | CompiledLattice


def make_lattice(emissions: Floats, lengths: NDArray[np.integer], transitions: Transitions) -> AnyLattice:
    """Run forward over a padded batch, in the compiled kernel where it is there and takes such numbers.

    Args and errors as `Lattice`.
    """
    if compiled.takes(emissions, transitions):
        check_batch(emissions, lengths, transitions)
        return CompiledLattice(emissions, lengths, transitions)
    return Lattice(emissions, lengths, transitions)


def log_partition(
    emissions: Floats, lengths: NDArray[np.integer], transitions: Transitions
) -> NDArray[np.float64]:
    """Return the logarithm of the summed ``exp(score)`` of all tag sequences ``[B]``.

    Args:
        emissions: ``[B, T, K]``
        lengths: ``[B]``; length 0 gives 0.
        transitions: for K tags; where they allow no path the result is -inf.

    Raises:
        ValueError: shapes or lengths that do not fit.
    """
    return make_lattice(emissions, lengths, transitions).log_partition


def tag_marginals(emissions: Floats, lengths: NDArray[np.integer], transitions: Transitions) -> Floats:
    """Return the probability of each tag at each position ``[B, T, K]``, 0 beyond the length.

    Args and errors as `log_partition`.
    """
    return make_lattice(emissions, lengths, transitions).tag_marginals()


def pairwise(
    emissions: Floats,
    lengths: NDArray[np.integer],
    transitions: Transitions,
    weights: Floats | None = None,
) -> Floats:
    """Return how often each move from tag to tag is expected, summed over positions ``[K, K]``.

    Args and errors as `log_partition`; ``weights`` ``[B]`` multiplies each sentence's counts.
    """
    return make_lattice(emissions, lengths, transitions).expected_transitions(weights)


def span_probabilities(
    emissions: Floats,
    lengths: NDArray[np.integer],
    transitions: Transitions,
    tags: Sequence[str],
    scheme: Scheme,
    spans: Sequence[SentenceSpan],
) -> NDArray[np.float64]:
    """Return the probability that a sentence's tags hold exactly the given entity ``[S]``.

    That is the summed probability of all tag sequences of which `tags_to_spans` reads the entity with these
    boundaries and this label. Under the rules of the scheme it is the probability of the tags as the scheme
    writes them, less that of going on with a continuing tag (BIO, IOB1) or of being part of a longer
    entity (IO); where the model may break the rules, stray tags count as they are read.

    Given the sentence the tags are a Markov chain, so the probability is a product along the span of
    ``P(y[t] and y[t+1]) / P(y[t])`` over pairs of tags that are read as one entity (Culotta and McCallum,
    "Confidence estimation for information extraction", 2004, by other means).

    Args:
        emissions: ``[B, T, K]``
        lengths: ``[B]``
        transitions: for K tags.
        tags: the K tags in the order of their ids.
        scheme: how tags are read.
        spans: the entities to ask for; a label that no tag has gets 0.

    Raises:
        ValueError: shapes or lengths that do not fit, or a span outside its sentence.
    """
    if len(tags) != emissions.shape[-1]:
        raise ValueError(f"{len(tags)} tags do not fit emissions of width {emissions.shape[-1]}")
    links = link_tags(tuple(tags), scheme)
    lattice = make_lattice(emissions, lengths, transitions)
    places, label_ids = _span_arrays(spans, lengths, links.labels)  # [S, 3], [S]
    if isinstance(lattice, CompiledLattice) and compiled.takes_spans(emissions, transitions, links):
        return lattice.span_probabilities(tuple(tags), scheme, places, label_ids)
    order = np.argsort(places[:, 1] - places[:, 2], kind="stable")  # longest first
    sentences, starts, ends = places[order].T
    chosen = label_ids[order]
    probabilities = np.empty(len(spans))
    found = _follow_spans(lattice, lengths, links, sentences, starts, ends, chosen)
    probabilities[order] = np.where(chosen < 0, 0, found)
    return probabilities


def outside_probabilities(
    emissions: Floats,
    lengths: NDArray[np.integer],
    transitions: Transitions,
    outside: int,
    places: NDArray[np.integer],
) -> NDArray[np.float64]:
    """Return the probability that no token of a place belongs to an entity ``[S]``.

    As in `span_probabilities` it is a product along the place, over the one tag ``O``.

    Args:
        emissions: ``[B, T, K]``
        lengths: ``[B]``
        transitions: for K tags.
        outside: id of the tag ``O``.
        places: ``[S, 3]`` sentence, first token, end token; half-open.

    Raises:
        ValueError: shapes or lengths that do not fit, or a place outside its sentence.
    """
    spans = [(sentence, start, end, "") for sentence, start, end in places.tolist()]
    sentences, starts, ends = _span_arrays(spans, lengths, {})[0].T  # [S] each
    lattice = make_lattice(emissions, lengths, transitions)
    tags = np.full((len(spans), 1), outside, np.intp)  # [S, 1]
    found = lattice.marginals_at(sentences, starts, tags)[:, 0]  # [S]
    for offset in range(1, int((ends - starts).max(initial=0))):
        active = np.flatnonzero((starts + offset < ends) & (found > 0))  # [s]
        before = (sentences[active], starts[active] + offset - 1, tags[active])
        here = lattice.marginals_at(*before)[:, 0]  # [s]
        both = lattice.pairs_at(*before)[:, 0, 0]  # [s]
        found[active] *= np.divide(both, here, out=np.zeros_like(both), where=here > 0)
    clipped: NDArray[np.float64] = found.clip(0, 1)
    return clipped


def _span_arrays(
    spans: Sequence[SentenceSpan], lengths: NDArray[np.integer], labels: dict[str, int]
) -> tuple[Ids, Ids]:
    places = np.array([span[:3] for span in spans], np.intp).reshape(-1, 3)  # [S, 3]
    sentences, starts, ends = places.T
    known = (sentences >= 0) & (sentences < len(lengths))
    fits = known & (starts >= 0) & (starts < ends)
    fits[known] &= ends[known] <= lengths[sentences[known]]
    if not fits.all():
        raise ValueError(f"span {spans[int(np.argmin(fits))]} does not lie in its sentence")
    return places, np.array([labels.get(span[3], -1) for span in spans], np.intp)


def _follow_spans(
    lattice: AnyLattice,
    lengths: NDArray[np.integer],
    links: Links,
    sentences: Ids,
    starts: Ids,
    ends: Ids,
    label_ids: Ids,
) -> NDArray[np.float64]:
    """Return the probabilities of spans that are sorted from long to short ``[S]``."""
    if not len(sentences) or not links.labels:
        return np.zeros(len(sentences))
    tags, linked = links.tags[label_ids], links.linked[label_ids]  # [S, P], [S, P, P]

    def step(chosen: Ids | slice, positions: Ids) -> NDArray[np.float64]:
        """P(next tag, and that it continues, given the tag at ``positions``) [s, P, P]."""
        here = lattice.marginals_at(sentences[chosen], positions, tags[chosen])[:, :, None]  # [s, P, 1]
        pairs = lattice.pairs_at(sentences[chosen], positions, tags[chosen]) * linked[chosen]  # [s, P, P]
        return np.divide(pairs, here, out=np.zeros_like(pairs), where=here > 0)

    # open_[i]: probability of all so far and of the i-th tag of the label at the current position.
    open_ = lattice.marginals_at(sentences, starts, tags) * links.present[label_ids]  # [S, P]
    inner = np.flatnonzero(starts > 0)
    before = lattice.pairs_at(sentences[inner], starts[inner] - 1, tags[inner])  # [s, P, P]
    open_[inner] -= (before * linked[inner]).sum(axis=1)
    widths = ends - starts
    for offset in range(1, int(widths[0])):
        active = slice(0, int(np.searchsorted(-widths, -offset)))
        moves = step(active, starts[active] + offset - 1)
        open_[active] = (open_[active, None, :] @ moves)[:, 0]
    inner = np.flatnonzero(ends < lengths[sentences])
    open_[inner] *= 1 - step(inner, ends[inner] - 1).sum(axis=2)
    found: NDArray[np.float64] = open_.sum(axis=1).clip(0, 1)
    return found
