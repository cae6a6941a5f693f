"""Forward and backward over a hidden Markov chain, in probabilities that are scaled at each step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


class Chain(NamedTuple):
    """A hidden Markov chain.

    Args:
        start: how probable each state is at first. [K]
        moves: from (rows) and to (columns), rows with sum 1. [K, K]
        end: whether each state may be the last, 1 or 0. [K]
    """

    start: Doubles
    moves: Doubles
    end: Doubles


class Expected(NamedTuple):
    """What is expected of the states of a batch of sentences, given what was observed.

    Args:
        states: how probable each is at each token, 0 beyond the length. [B, T, K]
        moves: how often each state follows each. [K, K]
        log_likelihood: of each sentence. [B]
    """

    states: Doubles
    moves: Doubles
    log_likelihood: Doubles


def expect(chain: Chain, emissions: Doubles, lengths: NDArray[np.integer]) -> Expected:
    """Return the probabilities of states and moves.

    Rabiner, "A tutorial on hidden Markov models" (1989), section V.A: forward probabilities are scaled to the
    sum 1 at each token; the product of the scales is the likelihood.

    Args:
        chain: of K states.
        emissions: how probable the observation of each token is in each state, up to a factor a token; 0
            where a state is out of the question. [B, T, K]
        lengths: tokens of each sentence, above 0. [B]

    Raises:
        ValueError: a sentence that no legal row of states explains.
    """
    size, longest, width = emissions.shape
    mask = np.arange(longest) < np.asarray(lengths)[:, None]  # [B, T]
    scales = np.ones((size, longest))
    forward = np.zeros_like(emissions)
    for place in range(longest):
        before = chain.start if place == 0 else forward[:, place - 1] @ chain.moves
        here = before * emissions[:, place]
        scales[:, place] = np.where(mask[:, place], here.sum(axis=1), 1)
        here /= np.where(scales[:, place] > 0, scales[:, place], 1)[:, None]
        forward[:, place] = np.where(mask[:, place, None], here, forward[:, place - 1])
    ended = forward[:, -1] @ chain.end  # [B]; past its end a sentence stays as it ended
    if not (ended > 0).all() or not (scales > 0).all():
        raise ValueError("no legal row of states explains a sentence")
    backward = np.broadcast_to(chain.end, (size, width)) / ended[:, None]
    states = np.zeros_like(emissions)
    moves = np.zeros((width, width))
    for place in reversed(range(longest)):
        states[:, place] = forward[:, place] * backward * mask[:, place, None]
        if place:
            after = backward * emissions[:, place] / scales[:, place, None]
            after[~mask[:, place]] = 0
            moves += forward[:, place - 1].T @ after
            backward = np.where(mask[:, place, None], after @ chain.moves.T, backward)
    return Expected(states, moves * chain.moves, np.log(scales).sum(axis=1) + np.log(ended))
