"""The forward-backward of `onoma.decode.lattice.Lattice` in plain PyTorch, for tensors that numpy cannot see.

The same recursion, scaling and test for underflow (see there); sentences that fail the test are computed on
the CPU in log space. Autocast does not touch products written with ``out=``, and is off for the one without.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from onoma.decode.lattice import plan_steps, reachable_tags, underflow_floor
from onoma.decode.loglattice import LogLattice
from onoma.decode.packing import check_lengths, pack
from onoma.decode.transitions import Transitions, add_transitions


class TorchLattice:
    """The distribution over tag sequences of each sentence of a padded batch, on any device.

    Args:
        emissions: ``[B, T, K]`` float32 or float64.
        lengths: ``[B]``, on the CPU.
        transitions: for K tags, of the dtype of the emissions, on the CPU.

    Attributes:
        packing: how real positions are laid out.
        rows: ``[N]`` tensor, `Packing.rows` on the device; `last` ``[R]`` likewise.
        log_partition: ``[B]`` float64.
    """

    def __init__(self, emissions: Tensor, lengths: NDArray[np.integer], transitions: Transitions) -> None:
        check_lengths(lengths, len(emissions))
        self.packing = pack(lengths, emissions.shape[1])
        self._shape = emissions.shape
        self._device = emissions.device
        self.rows = self._indices(self.packing.rows)  # [N]
        self._ranks = self._indices(self.packing.ranks)  # [N]
        self.last = self._indices(self.packing.last)  # [R]
        self._order = self._indices(self.packing.order)  # [B]
        self._previous = self._indices(self.packing.previous)  # [N-R]
        self._transitions = transitions
        self._dtype = np.dtype("f8" if emissions.dtype == torch.float64 else "f4")
        self._plan = plan_steps(transitions, self._dtype)
        self._weights = torch.from_numpy(self._plan.weights).to(self._device)  # [K, K]
        self._betas: Tensor | None = None
        self._exact: LogLattice | None = None
        is_safe = self._plan.is_safe
        reachable = [] if is_safe else reachable_tags(transitions, len(self.packing.counts))
        logs = self._scale_emissions(emissions, transitions, reachable)  # [N]
        self._run_forward()
        logs += self._scales[:, 0].log()
        logs[len(self.last) :] += self._plan.offset
        totals = logs.new_zeros(len(lengths)).index_add_(0, self._ranks, logs)  # [B], by rank
        totals[: len(self.last)] += self._sums[:, 0].log()
        failed = ~totals.isfinite()  # [B], by rank
        if not is_safe:
            failed[self._ranks[self._find_underflow(reachable, transitions)]] = True
        self.log_partition = torch.empty_like(totals)
        self.log_partition[self._order] = totals
        if failed.any():
            self._replace(failed, emissions, lengths, transitions)

    def packed_marginals(self) -> Tensor:
        """Return ``P(tag at each position)`` in packed rows ``[N, K]``."""
        marginals = self._alphas * self._run_backward()
        if self._exact is not None:
            flat = torch.from_numpy(self._exact.tag_marginals()).to(marginals).view(-1, self._shape[2])
            chosen, num_steps = self.rows[self._exact_rows], self._shape[1]
            places = self._exact_places[chosen // num_steps] * num_steps + chosen % num_steps
            marginals[self._exact_rows] = flat[places]
        return marginals

    def unpack(self, packed: Tensor) -> Tensor:
        """Copy packed rows ``[N, K]`` into ``[B, T, K]``, 0 in the padding."""
        padded = packed.new_zeros(self._shape)
        padded.view(-1, self._shape[2])[self.rows] = packed
        return padded

    def expected_transitions(self, weights: Tensor) -> Tensor:
        """Return how often each move is expected, each sentence times its weight ``[B]``: ``[K, K]``."""
        self._run_backward()
        num_ranked = len(self.packing.last)
        sources = self._alphas[self._previous]  # [N-R, K]
        sources *= self.by_row(weights)[num_ranked:, None]
        with torch.autocast(self._device.type, enabled=False):
            expected = (sources.T @ self._gammas[num_ranked:]) * self._weights
        if self._exact is not None:
            exact_weights = weights[self._exact_ids].double().cpu().numpy()
            expected += torch.from_numpy(self._exact.expected_transitions(exact_weights)).to(expected)
        return expected

    def by_row(self, weights: Tensor) -> Tensor:
        """Return the weight of each packed row's sentence ``[N]`` from weights ``[B]``."""
        return weights.to(self._alphas)[self._order][self._ranks]

    def moves(self, tags: Tensor) -> Tensor:
        """Return ``from * K + to`` for each move along packed paths ``[N]``: ``[N - R]``."""
        return tags[self._previous] * self._shape[2] + tags[len(self.last) :]

    def path_scores(self, unary: Tensor, tags: Tensor) -> Tensor:
        """Return the score of each sentence's path in float64 ``[B]``.

        Args:
            unary: the emissions along the paths, in packed rows ``[N]``.
            tags: the paths in packed rows ``[N]``.
        """
        start, matrix, end = (torch.from_numpy(part).to(self._device) for part in self._transitions)
        scores = unary.double()  # [N]
        scores[: len(self.last)] += start[tags[: len(self.last)]]
        scores[len(self.last) :] += matrix.view(-1)[self.moves(tags)]
        scores[self.last] += end[tags[self.last]]
        by_rank = scores.new_zeros(len(self._order)).index_add_(0, self._ranks, scores)
        result = torch.empty_like(by_rank)
        result[self._order] = by_rank
        return result

    def _indices(self, ids: NDArray[np.intp]) -> Tensor:
        return torch.from_numpy(ids).to(self._device)

    def _scale_emissions(
        self, emissions: Tensor, transitions: Transitions, reachable: list[NDArray[np.bool_]]
    ) -> Tensor:
        offsets = self.packing.offsets
        rows = emissions.reshape(-1, self._shape[2])[self.rows]  # [N, K]
        rows[: len(self.last)] += torch.from_numpy(transitions.start).to(rows)
        rows[self.last] += torch.from_numpy(transitions.end).to(rows)
        highest = rows.amax(dim=1, keepdim=True) if len(rows) else rows.new_zeros(0, 1)  # [N, 1]
        self._emissions = (rows - highest).exp_()
        for step, tags in enumerate(reachable[1:], start=1):
            self._emissions[offsets[step] : offsets[step + 1]] *= torch.from_numpy(tags).to(self._device)
        return highest[:, 0].double()

    def _run_forward(self) -> None:
        emissions, offsets = self._emissions, self.packing.offsets
        self._alphas = alphas = torch.empty_like(emissions)  # [N, K]
        self._scales = scales = emissions.new_ones(len(emissions), 1)
        for step, count in enumerate(self.packing.counts):
            begin, end = offsets[step], offsets[step] + count
            alpha = alphas[begin:end]
            if step:
                before = offsets[step - 1]
                torch.mm(alphas[before : before + count], self._weights, out=alpha)  # [b, K]
                alpha *= emissions[begin:end]
            else:
                alpha.copy_(emissions[:end])
            if step % self._plan.interval == 0:
                scales[begin:end] = alpha.sum(dim=1, keepdim=True)
                alpha /= scales[begin:end]
        self._sums = alphas[self.last].sum(dim=1, keepdim=True)  # [R, 1]

    def _run_backward(self) -> Tensor:
        """Compute gamma (over the emissions, which are needed no more) and beta, once."""
        if self._betas is not None:
            return self._betas
        offsets = self.packing.offsets
        self._gammas = gammas = self._emissions.div_(self._scales)  # [N, K]
        self._betas = betas = torch.empty_like(gammas)  # [N, K]
        betas[self.last] = 1 / self._sums
        for step in range(len(self.packing.counts) - 1, 0, -1):
            begin, end, before = offsets[step], offsets[step + 1], offsets[step - 1]
            gamma = gammas[begin:end]
            gamma *= betas[begin:end]
            torch.mm(gamma, self._weights.T, out=betas[before : before + end - begin])
        return betas

    def _find_underflow(self, reachable: list[NDArray[np.bool_]], transitions: Transitions) -> Tensor:
        """Return which rows have an alpha that may be positive and is too small to be trusted ``[N]``."""
        alphas, offsets = self._alphas, self.packing.offsets
        allowed = torch.ones_like(alphas, dtype=torch.bool)  # [N, K]
        for step, tags in enumerate(reachable):
            allowed[offsets[step] : offsets[step + 1]] &= torch.from_numpy(tags).to(self._device)
        allowed[self.last] &= torch.from_numpy(transitions.end > -np.inf).to(self._device)
        lowest = torch.where(allowed, alphas * self._scales, torch.inf)
        return ~(lowest >= underflow_floor(self._dtype)).all(dim=1)

    def _replace(
        self, failed: Tensor, emissions: Tensor, lengths: NDArray[np.integer], transitions: Transitions
    ) -> None:
        """Take the failed ranks out of the scaled arrays and compute them in log space."""
        self._exact_rows = failed[self._ranks].nonzero().squeeze(1)
        self._alphas[self._exact_rows] = 0
        self._emissions[self._exact_rows] = 0
        self._scales[self._exact_rows] = 1
        self._sums[failed[: len(self._sums)]] = 1
        self._exact_ids = self._order[failed]
        self._exact_places = torch.full_like(self._order, -1)
        self._exact_places[self._exact_ids] = torch.arange(len(self._exact_ids), device=self._device)
        ids = self._exact_ids.cpu().numpy()
        self._exact = LogLattice(emissions[self._exact_ids].cpu().numpy(), lengths[ids], transitions)
        self.log_partition[self._exact_ids] = torch.from_numpy(self._exact.log_partition).to(
            self.log_partition
        )


def as_transitions(
    parts: tuple[Tensor, Tensor, Tensor], dtype: torch.dtype, constraints: Transitions | None
) -> Transitions:
    """Return learned scores of first tags, moves and last tags, with hard rules if any, on the CPU."""
    learned = Transitions(*(part.detach().to("cpu", dtype).numpy() for part in parts))
    return learned if constraints is None else add_transitions(learned, constraints)
