"""Merger ``majority``: what most of those say who say something."""

from __future__ import annotations

import numpy as np

from onoma.decode.transitions import Floats
from onoma.voting.merger import Merger, MergerKind
from onoma.voting.votes import Votes


class Majority(Merger):
    """The mean of the votes of those who name an entity at a token; silence is no vote.

    With n the sum of what each source does not leave to "no entity", a part has the sum of its votes by
    ``max(n, 1)``, and no entity what is left of 1.
    """

    def merge(self, votes: Votes) -> Floats:
        """Return the shares of the votes. [N, 1 + 4L]"""
        merged = np.zeros((votes.num_tokens, self.ballot.width), np.float32)
        for source, rows in enumerate(votes.of):
            merged[:, self.ballot.columns(source)[1:]] += rows[:, 1:]
        merged /= np.maximum(merged.sum(axis=1, keepdims=True), 1)
        merged[:, 0] = np.maximum(0, 1 - merged[:, 1:].sum(axis=1))
        return merged


MERGER = MergerKind("majority", "what most say of those that are not silent", Majority)
