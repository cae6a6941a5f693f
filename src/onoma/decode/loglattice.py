"""Forward-backward in log space: for the few sentences whose probabilities leave the range of floats.

The textbook recursions in float64, K * K logarithms a position. Some ten times slower than
`onoma.decode.lattice.Lattice`, which calls it only for sentences that it cannot compute safely.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from onoma.decode.packing import Ids, add_boundaries, pack, pack_rows, rows_of, unpack_rows
from onoma.decode.transitions import Floats, Transitions

Doubles = NDArray[np.float64]


class LogLattice:
    """The distribution over tag sequences of each sentence; the methods mean what those of `Lattice` mean.

    Args:
        emissions: ``[B, T, K]``
        lengths: ``[B]``
        transitions: for K tags.

    Attributes:
        log_partition: ``[B]``; -inf where no path is allowed, and all marginals are 0 then.
    """

    def __init__(self, emissions: Floats, lengths: NDArray[np.integer], transitions: Transitions) -> None:
        self.packing = pack(lengths, emissions.shape[1])
        self._shape = emissions.shape
        self._matrix = transitions.matrix.astype(np.float64)  # [K, K]
        with np.errstate(all="ignore"):
            packed = pack_rows(emissions, self.packing, np.dtype(np.float64))  # [N, K]
            self._emissions: Doubles = packed.astype(np.float64, copy=False)
            add_boundaries(self._emissions, self.packing, transitions)
            self._alphas = self._run_forward()  # [N, K]
            self._betas = self._run_backward()  # [N, K]
            self._gammas = self._emissions + self._betas  # [N, K]
            totals = np.zeros(len(lengths))  # [B], by rank
            totals[: len(self.packing.last)] = _log_sum_exp(self._alphas[self.packing.last], axis=1)
        self.log_partition = np.empty(len(lengths))
        self.log_partition[self.packing.order] = totals
        self._totals = np.where(np.isneginf(totals), np.inf, totals)[self.packing.ranks]  # [N]

    def tag_marginals(self) -> Doubles:
        """Return ``[B, T, K]``."""
        packed = np.exp(self._alphas + self._betas - self._totals[:, None])  # [N, K]
        marginals: Doubles = unpack_rows(packed, self.packing, self._shape)  # type: ignore[assignment]
        return marginals

    def final_sums(self) -> Doubles:
        """Return ``[B, K]``."""
        logs = np.zeros((len(self.packing.order), len(self._matrix)))
        finals = self._alphas[self.packing.last]  # [R, K]
        logs[self.packing.order[: len(finals)]] = finals
        return logs

    def expected_transitions(self, weights: Floats | None = None) -> Doubles:
        """Return ``[K, K]``, each sentence times its weight."""
        packing = self.packing
        factors = np.ones(len(packing.order)) if weights is None else weights[packing.order]  # [B], by rank
        expected = np.zeros_like(self._matrix)
        for step in range(1, len(packing.counts)):
            count, begin, before = packing.counts[step], packing.offsets[step], packing.offsets[step - 1]
            pairs = self._alphas[before : before + count, :, None] + self._matrix  # [b, K, K]
            pairs += self._gammas[begin : begin + count, None]
            pairs -= self._totals[begin : begin + count, None, None]
            expected += np.tensordot(factors[:count], np.exp(pairs), axes=1)
        return expected

    def marginals_at(self, sentences: Ids, positions: Ids, tags: Ids) -> Doubles:
        """Return ``[S, P]`` for tags ``[S, P]`` of S places."""
        rows = rows_of(self.packing, sentences, positions)[:, None]  # [S, 1]
        found: Doubles = np.exp(self._alphas[rows, tags] + self._betas[rows, tags] - self._totals[rows])
        return found

    def pairs_at(self, sentences: Ids, positions: Ids, tags: Ids) -> Doubles:
        """Return ``[S, P, P]`` for tags ``[S, P]`` of S places and the places after them."""
        rows = rows_of(self.packing, sentences, positions)[:, None]  # [S, 1]
        after = rows_of(self.packing, sentences, positions + 1)[:, None]  # [S, 1]
        pairs = self._matrix[tags[:, :, None], tags[:, None, :]]  # [S, P, P]
        pairs = pairs + self._alphas[rows, tags][:, :, None] + self._gammas[after, tags][:, None, :]
        found: Doubles = np.exp(pairs - self._totals[rows, None])
        return found

    def _run_forward(self) -> Doubles:
        packing = self.packing
        alphas = self._emissions.copy()
        for step in range(1, len(packing.counts)):
            count, begin, before = packing.counts[step], packing.offsets[step], packing.offsets[step - 1]
            moves: Doubles = alphas[before : before + count, :, None] + self._matrix  # [b, K, K]
            alphas[begin : begin + count] += _log_sum_exp(moves, axis=1)
        return alphas

    def _run_backward(self) -> Doubles:
        packing = self.packing
        betas = np.zeros_like(self._emissions)
        for step in range(len(packing.counts) - 1, 0, -1):
            count, begin, before = packing.counts[step], packing.offsets[step], packing.offsets[step - 1]
            after: Doubles = self._emissions[begin : begin + count] + betas[begin : begin + count]  # [b, K]
            betas[before : before + count] = _log_sum_exp(self._matrix + after[:, None], axis=2)
        return betas


def _log_sum_exp(values: Doubles, axis: int) -> Doubles:
    highest: Doubles = values.max(axis=axis, keepdims=True)
    highest[np.isneginf(highest)] = 0
    sums: Doubles = np.log(np.exp(values - highest).sum(axis=axis))
    sums += highest.squeeze(axis)
    return sums
