"""What a sentence says about its beginning whatever comes later, so that the beginning need not wait for it.

Best paths to all tags of a later token mostly go through one tag of an earlier one, and the probabilities of
its tags mostly are the same under all tags of the later one. Both can be seen from the tokens between.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from onoma.decode import compiled
from onoma.decode.long import sums_after
from onoma.decode.transitions import FORBIDDEN, Floats, Transitions
from onoma.decode.viterbi import viterbi

TOLERANCE = 1e-8
"""How much a probability may still depend on what comes later."""


def settled_tag(emissions: Floats, transitions: Transitions) -> int | None:
    """Return the first tag of the best path of every sentence that begins with some tokens.

    Paths that end with the same tag share all before it, so that one end for each tag stands for all
    sentences; the tag is exactly the one that `viterbi` finds in them.

    Args:
        emissions: of the tokens. ``[T, K]``
        transitions: start scores and moves; end scores are not looked at.

    Returns:
        The tag; None where it depends on what comes after the tokens.
    """
    lengths = np.array([len(emissions)])
    found = set()
    for end in _one_tag_each(emissions):
        path, score = viterbi(emissions[None], lengths, transitions._replace(end=end))
        if score[0] > -np.inf:
            found.add(int(path[0, 0]))
    return found.pop() if len(found) == 1 else None


def settled_sums(emissions: Floats, matrix: Floats, before: Floats) -> NDArray[np.float64] | None:
    """Return what all paths from a token on bring to each of its tags, as far as probabilities know it.

    The tag probabilities of the first token are a mixture of those under each tag of the last one; where
    these differ by at most `TOLERANCE` (total variation), so do the probabilities of whatever lies before
    from what they are in the whole sentence.

    Args:
        emissions: of the token and those after it. ``[T, K]``, T at least 2
        matrix: scores of moves. ``[K, K]``
        before: what all paths up to the token bring to each of its tags, its emissions included. ``[K]``

    Returns:
        End scores for a chain that ends with the token ``[K]``; None where they depend on what comes later.
    """
    mirrored = emissions[:0:-1]  # [T-1, K]
    if compiled.kernel_name() == "numpy":  # which would sum up in single precision: too little to tell
        mirrored = mirrored.astype(np.float64)
    sums = np.array([sums_after(mirrored, end, matrix.T) for end in _one_tag_each(emissions)])  # [K, K]
    joint = sums + before  # [K, K], last and first tag
    highest = joint.max(axis=1)  # [K]
    possible = highest > -np.inf
    if not possible.any():
        return None
    shares = np.exp(joint[possible] - highest[possible, None])  # [k, K]
    totals = shares.sum(axis=1)  # [k]
    shares /= totals[:, None]
    mean = shares.mean(axis=0)  # [K]
    if not np.abs(shares - mean).sum(axis=1).max() <= 2 * TOLERANCE:  # nor if it is no number
        return None
    scaled = sums[possible] - (highest[possible] + np.log(totals))[:, None]  # [k, K]
    top = scaled.max(axis=0)  # [K]
    kept = np.where(top > -np.inf, top, 0)
    with np.errstate(divide="ignore"):
        mixed: NDArray[np.float64] = kept + np.log(np.exp(scaled - kept).sum(axis=0))
    return mixed


def _one_tag_each(emissions: Floats) -> Floats:
    """Start or end scores that allow one tag only, for each tag. ``[K, K]``"""
    num_tags = emissions.shape[1]
    scores = np.full((num_tags, num_tags), FORBIDDEN, np.float32)
    np.fill_diagonal(scores, 0)
    return scores
