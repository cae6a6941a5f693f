"""Forward-backward over a padded batch: what both the CRF's gradient and all probabilities are made from.

Rabiner, "A tutorial on hidden Markov models" (1989), section V.A (scaling), with two changes. The largest
emission of each position is taken out before ``exp``, and the start and end scores are added to the
emissions of first and last positions, so that one step of the recursion is one small matrix product:

    alpha[t] = (alpha[t-1] @ M) * e[t] / c[t]          M = exp(matrix - max), e = exp(emission - max)
    gamma[t] = beta[t] * e[t] / c[t]                   c[t] scales alpha[t] to sum 1 every few steps, else 1
    beta[t-1] = gamma[t] @ M.T                         beta = 1 / (sum of alpha) at the last position

    P(y[t] = i) = alpha[t, i] * beta[t, i]
    P(y[t] = i, y[t+1] = j) = alpha[t, i] * M[i, j] * gamma[t+1, j]

**When that is exact.** What underflows in alpha is lost, and matters only if all better paths are blocked
later. If no two entries of ``matrix`` differ by more than `SAFE_SPREAD`, no path can be blocked by more than
that, and the loss is far below rounding whatever the emissions are (see `plan_steps`). Otherwise (hard
constraints, extreme weights) a sentence is accepted only if every alpha that the constraints let be positive
is well inside the range of floats before scaling; sentences that fail are computed again in log space
(`LogLattice`). What underflows in beta is harmless: no marginal loses more than the smallest float by it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onoma.decode.loglattice import LogLattice
from onoma.decode.packing import (
    Ids,
    add_boundaries,
    check_batch,
    pack,
    pack_rows,
    row_maxima,
    rows_of,
    sum_by_rank,
    unpack_rows,
    working_dtype,
)
from onoma.decode.transitions import Floats, Transitions

Mask = NDArray[np.bool_]

SAFE_SPREAD = 30.0
"""Largest difference between two transition scores (natural logarithm) that needs no check."""

_LONGEST_INTERVAL, _CHECKED_INTERVAL = 8, 4


class Lattice:
    """The distribution over tag sequences of each sentence of a padded batch.

    Args:
        emissions: ``[B, T, K]``; what stands beyond a sentence's length is never read.
        lengths: ``[B]``, 0 allowed.
        transitions: for K tags.

    Attributes:
        packing: how real positions are laid out.
        log_partition: ``[B]`` float64; 0 for length 0, -inf where no path is allowed.

    Raises:
        ValueError: shapes or lengths that do not fit.
    """

    def __init__(self, emissions: Floats, lengths: NDArray[np.integer], transitions: Transitions) -> None:
        check_batch(emissions, lengths, transitions)
        self.packing = packing = pack(lengths, emissions.shape[1])
        self._shape = emissions.shape
        self._dtype = working_dtype(emissions, transitions)
        self._exact: LogLattice | None = None
        self._betas: Floats | None = None
        self._plan = plan_steps(transitions, self._dtype)
        reachable = [] if self._plan.is_safe else reachable_tags(transitions, len(packing.counts))
        with np.errstate(all="ignore"):
            rows = pack_rows(emissions, packing, self._dtype)  # [N, K]
            add_boundaries(rows, packing, transitions)
            highest = row_maxima(rows)  # [N, 1]
            rows -= highest
            self._emissions = np.exp(rows, out=rows)
            for step, tags in enumerate(reachable[1:], start=1):
                rows[packing.offsets[step] : packing.offsets[step + 1]] *= tags
            self._run_forward()
            logs = np.log(self._scales[:, 0]) + highest[:, 0].astype(np.float64)  # [N]
            logs[len(packing.last) :] += self._plan.offset
            totals = sum_by_rank(logs, packing)  # [B]
            totals[: len(packing.last)] += np.log(self._sums[:, 0])
        self.log_partition = np.empty(len(lengths))
        self.log_partition[packing.order] = totals
        failed = ~np.isfinite(totals)  # [B], by rank
        if not self._plan.is_safe:
            failed[packing.ranks[self._find_underflow(reachable, transitions)]] = True
        if failed.any():
            self._replace(failed, emissions, lengths, transitions)

    def tag_marginals(self) -> Floats:
        """Return ``P(tag at each position)`` ``[B, T, K]``, 0 beyond the length."""
        return unpack_rows(self.packed_marginals(), self.packing, self._shape)

    def packed_marginals(self) -> Floats:
        """Return ``P(tag at each position)`` in packed rows ``[N, K]``."""
        marginals: Floats = self._alphas * self._run_backward()
        if self._exact is not None:
            flat = self._exact.tag_marginals().reshape(-1, self._shape[2])
            sentences, positions = np.divmod(self.packing.rows[self._exact_rows], self._shape[1])
            marginals[self._exact_rows] = flat[self._exact_places[sentences] * self._shape[1] + positions]
        return marginals

    def final_sums(self) -> NDArray[np.float64]:
        """Return the logarithm of the summed weights of all paths to each last tag, up to a constant
        for each sentence ``[B, K]``; of no use for sentences of length 0."""
        logs = np.zeros((len(self.packing.order), self._shape[2]))
        with np.errstate(divide="ignore"):
            finals = self._alphas[self.packing.last].astype(np.float64)  # [R, K]
            logs[self.packing.order[: len(finals)]] = np.log(finals)
        if self._exact is not None:
            logs[self._exact_ids] = self._exact.final_sums()
        return logs

    def expected_transitions(self, weights: Floats | None = None) -> Floats:
        """Return how often each move is expected, summed over positions and sentences ``[K, K]``.

        Args:
            weights: ``[B]`` to multiply each sentence's counts by.
        """
        self._run_backward()
        sources = self._alphas.take(self.packing.previous, axis=0)  # [N-R, K]
        num_ranked = len(self.packing.last)
        if weights is not None:
            sources *= self.by_row(weights)[num_ranked:, None]
        expected: Floats = sources.T @ self._gammas[num_ranked:]
        expected *= self._plan.weights
        if self._exact is not None:
            expected += self._exact.expected_transitions(
                None if weights is None else weights[self._exact_ids]
            )
        return expected

    def by_row(self, weights: Floats) -> Floats:
        """Return the weight of each packed row's sentence ``[N]`` from weights ``[B]``."""
        return weights[self.packing.order][self.packing.ranks].astype(self._dtype, copy=False)

    def marginals_at(self, sentences: Ids, positions: Ids, tags: Ids) -> Floats:
        """Return ``P(y[position] in tags)`` tag by tag ``[S, P]`` for tags ``[S, P]`` of S places."""
        rows = rows_of(self.packing, sentences, positions)[:, None]  # [S, 1]
        found: Floats = self._alphas[rows, tags] * self._run_backward()[rows, tags]
        if self._exact is not None:
            inner, chosen = self._exact_among(sentences)
            found[chosen] = self._exact.marginals_at(inner, positions[chosen], tags[chosen])
        return found

    def pairs_at(self, sentences: Ids, positions: Ids, tags: Ids) -> Floats:
        """Return ``P(y[position] = tags[i], y[position+1] = tags[j])`` ``[S, P, P]`` for tags ``[S, P]``."""
        self._run_backward()
        rows = rows_of(self.packing, sentences, positions)[:, None]  # [S, 1]
        after = rows_of(self.packing, sentences, positions + 1)[:, None]  # [S, 1]
        found: Floats = self._plan.weights[tags[:, :, None], tags[:, None, :]]  # [S, P, P]
        found *= self._alphas[rows, tags][:, :, None]
        found *= self._gammas[after, tags][:, None, :]
        if self._exact is not None:
            inner, chosen = self._exact_among(sentences)
            found[chosen] = self._exact.pairs_at(inner, positions[chosen], tags[chosen])
        return found

    def _run_forward(self) -> None:
        emissions, weights, offsets = self._emissions, self._plan.weights, self.packing.offsets
        self._alphas = alphas = np.empty_like(emissions)  # [N, K]
        self._scales = scales = np.ones((len(emissions), 1), self._dtype)
        ones = np.ones((emissions.shape[1], 1), self._dtype)
        for step, count in enumerate(self.packing.counts):
            begin, end = offsets[step], offsets[step] + count
            alpha = alphas[begin:end]
            if step:
                before = offsets[step - 1]
                alphas[before : before + count].dot(weights, alpha)  # [b, K]
                alpha *= emissions[begin:end]
            else:
                alpha[...] = emissions[:end]
            if step % self._plan.interval == 0:
                scale = scales[begin:end]  # [b, 1]
                alpha.dot(ones, scale)
                alpha /= scale
        self._sums = alphas.take(self.packing.last, axis=0) @ ones  # [R, 1]

    def _run_backward(self) -> Floats:
        """Compute gamma (over the emissions, which are needed no more) and beta, once."""
        if self._betas is not None:
            return self._betas
        offsets, counts = self.packing.offsets, self.packing.counts
        self._emissions /= self._scales
        self._gammas = gammas = self._emissions  # [N, K]
        self._betas = betas = np.empty_like(gammas)
        betas[self.packing.last] = 1 / self._sums
        into = np.ascontiguousarray(self._plan.weights.T)  # [K, K], to and from
        for step in range(len(counts) - 1, 0, -1):
            begin, end, before = offsets[step], offsets[step + 1], offsets[step - 1]
            gamma = gammas[begin:end]
            gamma *= betas[begin:end]
            gamma.dot(into, betas[before : before + end - begin])
        return betas

    def _find_underflow(self, reachable: list[Mask], transitions: Transitions) -> Ids:
        """Return the rows where an alpha that may be positive is too small to be trusted."""
        packing, alphas = self.packing, self._alphas
        lowest = -row_maxima(-alphas)[:, 0]  # [N]
        for step, tags in enumerate(reachable):
            block = slice(packing.offsets[step], packing.offsets[step + 1])
            lowest[block] = np.where(tags, alphas[block], 1).min(axis=1)
        may_end = transitions.end > -np.inf  # [K]
        if not may_end.all():
            masks = np.stack([*reachable, np.ones_like(may_end)])  # [S, K]
            steps = np.searchsorted(packing.offsets, packing.last, side="right") - 1  # [R]
            allowed = masks[np.minimum(steps, len(reachable))] & may_end  # [R, K]
            lowest[packing.last] = np.where(allowed, alphas[packing.last], 1).min(axis=1)
        return np.flatnonzero(~(lowest * self._scales[:, 0] >= underflow_floor(self._dtype)))

    def _replace(
        self,
        failed: Mask,
        emissions: Floats,
        lengths: NDArray[np.integer],
        transitions: Transitions,
    ) -> None:
        """Take the failed ranks out of the scaled arrays and compute them in log space."""
        self._exact_rows = np.flatnonzero(failed[self.packing.ranks])
        self._alphas[self._exact_rows] = 0
        self._emissions[self._exact_rows] = 0
        self._scales[self._exact_rows] = 1
        self._sums[failed[: len(self._sums)]] = 1
        self._exact_ids = self.packing.order[failed]
        self._exact = LogLattice(emissions[self._exact_ids], lengths[self._exact_ids], transitions)
        self.log_partition[self._exact_ids] = self._exact.log_partition
        self._exact_places = np.full(len(lengths), -1)
        self._exact_places[self._exact_ids] = np.arange(len(self._exact_ids))

    def _exact_among(self, sentences: Ids) -> tuple[Ids, Mask]:
        places = self._exact_places[sentences]
        chosen = places >= 0
        return places[chosen], chosen


class StepPlan(NamedTuple):
    """How the recursion steps from position to position.

    Args:
        weights: ``[K, K]`` ``exp(matrix - offset)``.
        offset: the largest finite transition score, 0 if there is none.
        is_safe: whether underflow cannot matter, so that nothing need be checked.
        interval: alpha is scaled once in so many steps.
    """

    weights: Floats
    offset: float
    is_safe: bool
    interval: int


def plan_steps(transitions: Transitions, dtype: np.dtype[np.floating]) -> StepPlan:
    """Look at the scores of moves and decide how to step.

    Let D be the largest difference of two scores. A step shrinks the sum of alpha at most by ``exp(-D)``, as
    the largest emission weight is 1, and no tag's beta is more than ``exp(D)`` times another's. So what is
    lost below the smallest float (``exp(-87)``) is, ``n`` steps after scaling, at most
    ``K * exp((n + 1) * D - 87)`` of the whole: with ``(n + 1) * D <= 60``, less than 1e-11 times K.
    """
    highest, lowest = float(transitions.matrix.max()), float(transitions.matrix.min())
    is_safe = highest - lowest <= SAFE_SPREAD  # not if either is infinite or not a number
    interval = _CHECKED_INTERVAL
    if is_safe:
        interval = min(_LONGEST_INTERVAL, int(2 * SAFE_SPREAD / max(highest - lowest, 1)) - 1)
    offset = highest if np.isfinite(highest) else 0.0
    weights = np.exp(transitions.matrix.astype(dtype, copy=False) - dtype.type(offset))
    return StepPlan(weights, offset, is_safe, interval)


def reachable_tags(transitions: Transitions, num_steps: int) -> list[Mask]:
    """Return which tags the constraints allow at each step ``[K]``, up to the step from which all are."""
    tags: Mask = np.asarray(transitions.start > -np.inf)  # [K]
    moves = transitions.matrix > -np.inf  # [K, K]
    has_source = bool(moves.any(axis=0).all())
    masks: list[Mask] = []
    while len(masks) < num_steps and not (has_source and tags.all()):
        masks.append(tags)
        tags = np.asarray(moves[tags].any(axis=0))
    return masks


def underflow_floor(dtype: np.dtype[np.floating]) -> float:
    """Return the smallest unscaled alpha to trust: terms lost below the smallest float are 1e-8 of it."""
    return float(np.finfo(dtype).tiny) * 1e8
