"""The oracle of these tests: every tag sequence of a sentence, scored one by one in float64."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from onoma.decode.transitions import FORBIDDEN, Transitions


def all_paths(length: int, num_tags: int) -> list[tuple[int, ...]]:
    return list(itertools.product(range(num_tags), repeat=length))


def score(emissions: NDArray, path: tuple[int, ...], transitions: Transitions) -> float:
    if not path:
        return 0.0
    start, matrix, end = (part.astype(np.float64) for part in transitions)
    total = start[path[0]] + end[path[-1]]
    total += sum(float(emissions[step, tag]) for step, tag in enumerate(path))
    return float(total + sum(matrix[a, b] for a, b in itertools.pairwise(path)))


def scores(emissions: NDArray, length: int, transitions: Transitions) -> NDArray[np.float64]:
    """Scores of `all_paths` of the first ``length`` rows of ``emissions`` [T, K]."""
    num_tags = emissions.shape[1]
    return np.array([score(emissions, path, transitions) for path in all_paths(length, num_tags)])


def log_sum_exp(values: NDArray[np.float64]) -> float:
    highest = values.max()
    if highest == -np.inf:
        return -np.inf
    return float(highest + np.log(np.exp(values - highest).sum()))


def probabilities(values: NDArray[np.float64]) -> NDArray[np.float64]:
    total = log_sum_exp(values)
    return np.exp(values - total) if total > -np.inf else np.zeros_like(values)


def random_transitions(
    rng: np.random.Generator, num_tags: int, scale: float = 1.0, forbidden: float = 0.0
) -> Transitions:
    """Random scores; each move is forbidden with probability ``forbidden``."""

    def draw(*shape: int) -> NDArray:
        values = (scale * rng.standard_normal(shape)).astype(np.float32)
        values[rng.random(shape) < forbidden] = FORBIDDEN
        return values

    return Transitions(draw(num_tags), draw(num_tags, num_tags), draw(num_tags))


@st.composite
def problems(draw: st.DrawFn) -> tuple[NDArray, NDArray, Transitions]:
    """Emissions [B, T, K] with garbage in the padding, lengths [B], transitions; small, some of them wild."""
    batch, steps, num_tags = draw(st.integers(0, 3)), draw(st.integers(0, 5)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lengths = np.array(draw(st.lists(st.integers(0, steps), min_size=batch, max_size=batch)), np.int64)
    emission_scale = draw(st.sampled_from([1.0, 10.0, 100.0, 1e4]))
    emissions = (emission_scale * rng.standard_normal((batch, steps, num_tags))).astype(np.float32)
    for row, length in zip(emissions, lengths, strict=True):
        row[length:] = draw(st.sampled_from([0.0, np.nan, np.inf, -np.inf]))
    scale = draw(st.sampled_from([0.0, 1.0, 20.0, 1e3]))
    return emissions, lengths, random_transitions(rng, num_tags, scale, draw(st.sampled_from([0.0, 0.4])))


def wholes(rng: np.random.Generator, *shape: int) -> NDArray:
    """Small whole numbers: sums are exact and ties are common."""
    return rng.integers(-2, 3, shape).astype(np.float32)
