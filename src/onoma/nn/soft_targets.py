"""Learning from probabilities in the place of gold: the expected negative log-likelihood."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from onoma.decode.marginals import make_lattice
from onoma.decode.transitions import Transitions
from onoma.nn.lattice import TorchLattice, as_transitions


class SoftTargets(NamedTuple):
    """What teachers say of a batch, in the place of gold.

    Args:
        expected: as the head takes it: `SoftTags`, or what `onoma.features.soft_spans.ExpectedSpans` says.
        temperature: what the student's scores are divided by, too.
    """

    expected: tuple[Tensor, ...]
    temperature: float = 1.0


class SoftTags(NamedTuple):
    """What is expected of the tags of a batch; see `onoma.features.soft_targets.ExpectedTags`.

    Args:
        tags: [B, T, K]
        first: [K]
        moves: [K, K]
        last: [K]
    """

    tags: Tensor
    first: Tensor
    moves: Tensor
    last: Tensor


class ExpectedNegativeLogLikelihood(torch.autograd.Function):
    """The negative log-likelihood of a linear chain, expected under a teacher, summed over sentences. []

    It is ``log Z`` less the expected score, and, but for the teacher's entropy, the divergence of the student
    from the teacher: Wang et al., "Structural knowledge distillation: tractably distilling information for
    structured predictor" (2021, arXiv 2010.05010), where both are chains. The gradient is the
    student's marginals less the teacher's, of tags at positions and of moves. Where the teacher is sure it is
    that of `onoma.nn.crf.NegativeLogLikelihood`.
    """

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,
        start: Tensor,
        matrix: Tensor,
        end: Tensor,
        targets: SoftTags,
        lengths: NDArray[np.integer],
        constraints: Transitions | None,
    ) -> Tensor:
        """Return the loss, in the type of the emissions."""
        scores = as_transitions((start, matrix, end), emissions.dtype, constraints)
        excess, moves, log_partition = _student(emissions.detach(), lengths, scores)
        # Forbidden moves are expected of no teacher, so that the learned scores alone count.
        score = (emissions * targets.tags).sum() + (start * targets.first).sum()
        score = score + (matrix * targets.moves).sum() + (end * targets.last).sum()
        filled = torch.from_numpy(np.flatnonzero(lengths > 0)).to(emissions.device)
        ends = torch.from_numpy(lengths[lengths > 0] - 1).to(emissions.device)
        first, last = excess[filled, 0].sum(dim=0), excess[filled, ends].sum(dim=0)
        ctx.gradients = (
            excess - targets.tags,
            first - targets.first,
            moves - targets.moves,
            last - targets.last,
        )
        return (log_partition - score.double()).to(emissions.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients times ``grad_output``."""
        return (*(part * grad_output for part in ctx.gradients), None, None, None)


def _student(
    emissions: Tensor, lengths: NDArray[np.integer], scores: Transitions
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the student's marginals [B, T, K], its expected moves [K, K], and the summed ``log Z``. []"""
    if emissions.device.type != "cpu":
        return student_on_device(emissions, lengths, scores)
    lattice = make_lattice(emissions.numpy(), lengths, scores)
    found = (lattice.tag_marginals(), lattice.expected_transitions(), lattice.log_partition.sum())
    marginals, moves, total = (torch.as_tensor(part) for part in found)
    return marginals.to(emissions.dtype), moves.to(emissions.dtype), total


def student_on_device(
    emissions: Tensor, lengths: NDArray[np.integer], scores: Transitions
) -> tuple[Tensor, Tensor, Tensor]:
    """Do the same in PyTorch, on any device."""
    lattice = TorchLattice(emissions, lengths, scores)
    marginals = lattice.unpack(lattice.packed_marginals())
    moves = lattice.expected_transitions(torch.ones(len(lengths), device=emissions.device))
    return marginals, moves, lattice.log_partition.sum()
