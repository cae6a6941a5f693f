"""The compiled kernel, where one was built: it does what `viterbi`, `lattice` and `candidates` do in numpy.

It takes single precision, gives the very same tags, and its probabilities are those of double precision. Its
source is in ``kernel/``. Without it, or with the environment variable ``ONOMA_KERNEL=numpy``, numpy does all
of it; both run under the same tests.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onoma.decode.columns import Columns
from onoma.decode.links import Links, link_tags
from onoma.decode.packing import Ids
from onoma.decode.transitions import Floats, Transitions
from onoma.metrics.spans import read_tags
from onoma.tags import Scheme

Doubles = NDArray[np.float64]

_kernel: Any = None
if os.environ.get("ONOMA_KERNEL") != "numpy":
    with suppress(ImportError):  # it could not be built here
        from onoma.decode import _kernel  # type: ignore[attr-defined, no-redef]

_MOST_TAGS_OF_A_LABEL = 16
_MOST_LAYERS = 16


def kernel_name() -> str:
    """What decodes: ``numpy``, or the kernel and what it uses of the processor, as ``compiled (avx512)``."""
    return "numpy" if _kernel is None else f"compiled ({_kernel.target})"


def make_lstm(inputs: int, units: int, directions: int, weights: tuple[Any, ...]) -> Any:
    """Pack the weights of a stack of LSTM layers for prediction in bfloat16; None where that is impossible.

    Args:
        inputs: width of the first layer's inputs.
        units: of each direction.
        directions: 1 or 2.
        weights: for each layer and direction float32 [4 units, inputs], [4 units, units] and [4 units], the
            gates in torch's order.
    """
    if _kernel is None or len(weights) > _MOST_LAYERS * directions or not _kernel.allow_amx():
        return None
    return _kernel.Lstm(inputs, units, directions, weights)


def takes(emissions: Floats, transitions: Transitions) -> bool:
    """Whether the kernel is there and takes such numbers: it is for single precision."""
    return _kernel is not None and emissions.dtype != np.float64 and transitions.matrix.dtype != np.float64


def takes_spans(emissions: Floats, transitions: Transitions, links: Links) -> bool:
    """Whether it also reads entities of these labels."""
    return takes(emissions, transitions) and links.tags.shape[1] <= _MOST_TAGS_OF_A_LABEL


def best_paths(
    emissions: Floats, lengths: NDArray[np.integer], transitions: Transitions
) -> tuple[Ids, Doubles]:
    """Do what `onoma.decode.viterbi.viterbi` does, for arrays that were checked."""
    paths = np.zeros(emissions.shape[:2], np.int64)  # [B, T]
    scores = np.zeros(len(emissions))  # [B]
    _chain(transitions).best_paths(*_batch(emissions, lengths), paths, scores)
    return paths, scores


def final_scores(emissions: Floats, transitions: Transitions) -> Floats:
    """Do what `onoma.decode.viterbi.final_scores` does, for arrays that were checked."""
    scores = np.empty(emissions.shape[1], np.float32)  # [K]
    _chain(transitions).final_scores(np.ascontiguousarray(emissions, np.float32), len(emissions), scores)
    return scores


def decode(
    emissions: Floats,
    lengths: NDArray[np.integer],
    transitions: Transitions,
    tags: tuple[str, ...],
    scheme: Scheme,
    tempered: Transitions | None,
    temperature: float,
) -> Columns:
    """Read the entities off the best paths, each with its probability.

    Args:
        emissions: ``[B, T, K]``
        lengths: ``[B]``
        transitions: for K tags.
        tags: the K tags in the order of their ids.
        scheme: how tags are read.
        tempered: transitions for the probabilities; None for no probabilities.
        temperature: what emissions are divided by for them.

    Returns:
        The entities, their labels numbered as in `link_tags`.

    Raises:
        ValueError: shapes or lengths that do not fit.
    """
    tokens = int(lengths.sum())
    columns = [np.zeros(tokens, np.int64) for _ in range(4)]
    scores = np.zeros(tokens)
    chain = _chain(transitions)
    soft = chain if tempered is transitions else None if tempered is None else _chain(tempered)
    count = chain.decode(
        _reading(tags, scheme), *_batch(emissions, lengths), soft, temperature, *columns, scores
    )
    sentences, starts, ends, label_ids = (column[:count] for column in columns)
    return Columns(sentences, starts, ends, label_ids, scores[:count])


class CompiledLattice:
    """The distribution over tag sequences of each sentence; its methods mean what those of `Lattice` mean.

    Args:
        emissions: ``[B, T, K]``; they must not change while this is in use.
        lengths: ``[B]``
        transitions: for K tags.

    Attributes:
        log_partition: ``[B]`` float64.

    Raises:
        ValueError: lengths that do not fit.
    """

    def __init__(self, emissions: Floats, lengths: NDArray[np.integer], transitions: Transitions) -> None:
        self._shape = emissions.shape
        self._lattice = _kernel.Lattice(_chain(transitions), *_batch(emissions, lengths))
        self.log_partition: Doubles = np.empty(len(emissions))
        self._lattice.totals(self.log_partition)

    def tag_marginals(self) -> Floats:
        """Return ``[B, T, K]``."""
        marginals = np.zeros(self._shape, np.float32)
        self._lattice.marginals(marginals)
        return marginals

    def final_sums(self) -> Doubles:
        """Return ``[B, K]``."""
        sums = np.empty((self._shape[0], self._shape[2]))
        self._lattice.final_sums(sums)
        return sums

    def expected_transitions(self, weights: Floats | None = None) -> Floats:
        """Return ``[K, K]``, each sentence times its weight."""
        expected = np.empty((self._shape[2], self._shape[2]))
        factors = np.ones(self._shape[0]) if weights is None else weights
        self._lattice.expected_moves(np.ascontiguousarray(factors, np.float32), expected)
        return expected.astype(np.float32)

    def marginals_at(self, sentences: Ids, positions: Ids, tags: Ids) -> Doubles:
        """Return ``[S, P]`` for tags ``[S, P]`` of S places."""
        found = np.empty(tags.shape)
        self._lattice.tags_at(*_places(sentences, positions, tags), found)
        return found

    def pairs_at(self, sentences: Ids, positions: Ids, tags: Ids) -> Doubles:
        """Return ``[S, P, P]`` for tags ``[S, P]`` of S places and the places after them."""
        found = np.empty((*tags.shape, tags.shape[1]))
        self._lattice.pairs_at(*_places(sentences, positions, tags), found)
        return found

    def span_probabilities(
        self, tags: tuple[str, ...], scheme: Scheme, places: Ids, label_ids: Ids
    ) -> Doubles:
        """Return the probabilities of entities ``[S]``.

        Args:
            tags: the K tags.
            scheme: how they are read.
            places: ``[S, 3]`` sentence, first token, end token; each within its sentence.
            label_ids: ``[S]`` rows of `Links.labels`, -1 for an unknown label.
        """
        scores = np.zeros(len(places))
        columns = (np.ascontiguousarray(column, np.int64) for column in (*places.T, label_ids))
        self._lattice.score(_reading(tags, scheme), *columns, scores)
        return scores

    def candidates(self, tags: tuple[str, ...], scheme: Scheme, floor: float) -> Columns:
        """Return every entity whose probability is at least ``floor``."""
        *ids, scores = self._lattice.candidates(_reading(tags, scheme), floor)
        sentences, starts, ends, label_ids = (np.frombuffer(column, np.int64) for column in ids)
        return Columns(sentences, starts, ends, label_ids, np.frombuffer(scores))

    def path_scores(self, paths: Ids) -> Doubles:
        """Return the score of one given path ``[B, T]`` of each sentence ``[B]``.

        Raises:
            ValueError: a tag that is not in 0..K-1.
        """
        scores = np.empty(self._shape[0])
        self._lattice.path_scores(np.ascontiguousarray(paths, np.int64), scores)
        return scores

    def gradients(self, gold: Ids, weights: Floats) -> tuple[Floats, Doubles, Doubles, Doubles]:
        """Return expected minus observed counts, each sentence's times its weight.

        Args:
            gold: ``[B, T]`` tags.
            weights: ``[B]``

        Returns:
            Of tags at positions ``[B, T, K]``, first tags ``[K]``, moves ``[K, K]`` and last tags ``[K]``.

        Raises:
            ValueError: a tag that is not in 0..K-1.
        """
        num_tags = self._shape[2]
        excess = np.zeros(self._shape, np.float32)
        first, last, moves = np.zeros(num_tags), np.zeros(num_tags), np.empty((num_tags, num_tags))
        factors = np.ascontiguousarray(weights, np.float32)
        self._lattice.gradients(np.array(gold, np.int64), factors, excess, first, moves, last)
        return excess, first, moves, last


def _chain(transitions: Transitions) -> Any:
    return _kernel.Chain(
        len(transitions.start), *(np.ascontiguousarray(part, np.float32) for part in transitions)
    )


def _batch(emissions: Floats, lengths: NDArray[np.integer]) -> tuple[Floats, NDArray[np.int64], int]:
    return (
        np.ascontiguousarray(emissions, np.float32),
        np.array(lengths, np.int64),  # a copy: what was checked must not change while it is used
        emissions.shape[1],
    )


def _places(sentences: Ids, positions: Ids, tags: Ids) -> tuple[Ids, Ids, int, Ids]:
    first, second, third = (np.ascontiguousarray(ids, np.int64) for ids in (sentences, positions, tags))
    return first, second, tags.shape[1], third


@lru_cache(maxsize=16)
def _reading(tags: tuple[str, ...], scheme: Scheme) -> Any:
    """How tags become entities; labels are numbered as in `link_tags`."""
    links = link_tags(tags, scheme)
    names, label_of, opens, closes = read_tags(tags, scheme)
    rows = np.array([links.labels[name] for name in names] + [-1], np.int64)  # the last one for -1
    return _kernel.Reading(
        len(tags),
        *links.tags.shape,
        np.ascontiguousarray(rows[label_of]),
        np.ascontiguousarray(opens),
        np.ascontiguousarray(closes),
        np.ascontiguousarray(links.tags, np.int64),
        links.present,
        links.linked,
    )
