"""A linear-chain conditional random field as a layer (Lafferty, McCallum and Pereira, 2001)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from onoma.decode import compiled
from onoma.decode.compiled import CompiledLattice
from onoma.decode.lattice import Lattice
from onoma.decode.packing import check_batch, check_tags, check_transitions, unpack_rows
from onoma.decode.transitions import Transitions
from onoma.decode.viterbi import packed_moves, packed_scores
from onoma.nn.lattice import TorchLattice, as_transitions
from onoma.nn.soft_targets import ExpectedNegativeLogLikelihood, SoftTags, SoftTargets

_INITIAL_RANGE = 0.1


class CRF(nn.Module):
    """Scores of tag sequences and their negative log-likelihood.

    The hard constraints, if any, are added to the learned scores; being implied by the tags they are not part
    of the state dict.

    Args:
        num_tags: K.
        constraints: 0 for legal moves and `FORBIDDEN` for others, as from `scheme_transitions`.

    Raises:
        ValueError: fewer than one tag, or constraints for another number of tags.
    """

    def __init__(self, num_tags: int, constraints: Transitions | None = None) -> None:
        super().__init__()
        if num_tags < 1:
            raise ValueError(f"a CRF needs at least 1 tag, got {num_tags}")
        if constraints is not None:
            check_transitions(constraints, num_tags)
        self.num_tags = num_tags
        self._constraints = constraints
        self.start_transitions = nn.Parameter(torch.empty(num_tags))
        self.transitions = nn.Parameter(torch.empty(num_tags, num_tags))
        self.end_transitions = nn.Parameter(torch.empty(num_tags))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all scores uniformly from -0.1..0.1, from torch's global generator."""
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -_INITIAL_RANGE, _INITIAL_RANGE)

    def forward(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Return the negative log-likelihood of each sentence's gold tags, in nats ``[B]``.

        What stands beyond a sentence's length is never read, and its gradient is 0.

        Args:
            emissions: ``[B, T, K]`` floats; half precision is taken up to float32.
            tags: ``[B, T]`` long, 0..K-1 within the lengths.
            lengths: ``[B]`` integers, best on the CPU; length 0 gives loss 0.

        Raises:
            ValueError: shapes, lengths or tags that do not fit, or tags that break a hard constraint.
        """
        if emissions.ndim != 3 or emissions.shape[2] != self.num_tags or not emissions.is_floating_point():
            raise ValueError(
                f"emissions must be floats [B, T, {self.num_tags}], "
                f"got {emissions.dtype} {list(emissions.shape)}"
            )
        if tags.shape != emissions.shape[:2] or tags.is_floating_point() or tags.is_complex():
            raise ValueError(
                f"tags must be integers {list(emissions.shape[:2])}, got {tags.dtype} {list(tags.shape)}"
            )
        length_ids = lengths.detach().cpu().numpy()
        loss: Tensor = NegativeLogLikelihood.apply(  # type: ignore[no-untyped-call]
            emissions,
            self.start_transitions,
            self.transitions,
            self.end_transitions,
            tags,
            length_ids,
            self._constraints,
            _likelihood_on(emissions.device),
        )
        return loss

    def expected_loss(self, emissions: Tensor, targets: SoftTargets, lengths: Tensor) -> Tensor:
        """Return the negative log-likelihood expected under a teacher, summed over the sentences. []

        Args:
            emissions: ``[B, T, K]`` floats.
            targets: what the teacher expects; at a temperature all scores are divided by it.
            lengths: ``[B]``
        """
        parts = (emissions, self.start_transitions, self.transitions, self.end_transitions)
        scores = (part / targets.temperature for part in parts) if targets.temperature != 1 else parts
        loss: Tensor = ExpectedNegativeLogLikelihood.apply(  # type: ignore[no-untyped-call]
            *scores, SoftTags(*targets.expected), lengths.detach().cpu().numpy(), self._constraints
        )
        return loss

    def as_transitions(self) -> Transitions:
        """Return the learned scores with the constraints, as numpy arrays for decoding."""
        parts = (self.start_transitions, self.transitions, self.end_transitions)
        transitions = as_transitions(parts, torch.float32, self._constraints)
        return Transitions(*(part.copy() for part in transitions))

    def extra_repr(self) -> str:
        """Shown by ``print(model)``."""
        return f"num_tags={self.num_tags}, constrained={self._constraints is not None}"


class NegativeLogLikelihood(torch.autograd.Function):
    """``log_partition - score(gold)`` per sentence, with its gradient in closed form.

    The gradient is expected minus observed counts: of tags at positions for the emissions, of moves for the
    transitions, of first and last tags for start and end.
    """

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,
        start: Tensor,
        matrix: Tensor,
        end: Tensor,
        tags: Tensor,
        lengths: NDArray[np.integer],
        constraints: Transitions | None,
        likelihood: Callable[..., Any],
    ) -> Tensor:
        """Return the loss ``[B]``, float32, or float64 if emissions or transitions are."""
        double = torch.float64 in (emissions.dtype, matrix.dtype)
        dtype = torch.float64 if double else torch.float32
        transitions = as_transitions((start, matrix, end), dtype, constraints)
        ctx.likelihood = likelihood(emissions.detach().to(dtype), tags, lengths, transitions)
        ctx.emission_dtype, ctx.transition_dtype = emissions.dtype, matrix.dtype
        loss: Tensor = ctx.likelihood.loss.to(dtype)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients, each sentence's times its ``grad_output`` ``[B]``."""
        excess, *others = ctx.likelihood.gradients(grad_output)
        gradients = [part.to(ctx.transition_dtype) for part in others]
        return (excess.to(ctx.emission_dtype), *gradients, None, None, None, None)


def _likelihood_on(device: torch.device) -> Callable[..., Any]:
    """What computes on a device."""
    return _on_the_cpu if device.type == "cpu" else TorchLikelihood


def _on_the_cpu(
    emissions: Tensor, tags: Tensor, lengths: NDArray[np.integer], transitions: Transitions
) -> NumpyLikelihood | CompiledLikelihood:
    fits = compiled.takes(emissions.numpy(), transitions)
    return (CompiledLikelihood if fits else NumpyLikelihood)(emissions, tags, lengths, transitions)


class CompiledLikelihood:
    """Loss and gradient in the compiled kernel; as `NumpyLikelihood` otherwise."""

    def __init__(
        self, emissions: Tensor, tags: Tensor, lengths: NDArray[np.integer], transitions: Transitions
    ) -> None:
        values = emissions.numpy()
        self._gold = tags.numpy()
        check_batch(values, lengths, transitions)
        self._lattice = CompiledLattice(values, lengths, transitions)
        scores = self._lattice.path_scores(self._gold)
        _check_gold(scores, tags, lengths, transitions)
        self.loss = torch.from_numpy(self._lattice.log_partition - scores)

    def gradients(self, grad_output: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what `NumpyLikelihood.gradients` returns."""
        excess, first, moves, last = self._lattice.gradients(self._gold, grad_output.numpy())
        return tuple(map(torch.from_numpy, (excess, first, moves, last)))  # type: ignore[return-value]


class NumpyLikelihood:
    """Loss and gradient on the CPU, in numpy on the tensors' own memory.

    Args:
        emissions: ``[B, T, K]`` float32 or float64.
        tags: ``[B, T]``
        lengths: ``[B]``
        transitions: for K tags.

    Attributes:
        loss: ``[B]`` float64.
    """

    def __init__(
        self, emissions: Tensor, tags: Tensor, lengths: NDArray[np.integer], transitions: Transitions
    ) -> None:
        values, num_tags = emissions.numpy(), emissions.shape[2]
        self._shape = values.shape
        self._lattice = Lattice(values, lengths, transitions)
        packing = self._lattice.packing
        self._gold = tags.numpy().take(packing.rows).astype(np.intp, copy=False)  # [N]
        check_tags(self._gold, num_tags)
        unary = values.take(packing.rows * num_tags + self._gold)  # [N]
        scores = np.empty(len(lengths))
        self._moves = packed_moves(self._gold, packing, num_tags)  # [N-R]
        scores[packing.order] = packed_scores(unary, self._gold, self._moves, packing, transitions)
        _check_gold(scores, tags, lengths, transitions)
        self.loss = torch.from_numpy(self._lattice.log_partition - scores)

    def gradients(self, grad_output: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return expected minus observed counts, each sentence's times its ``grad_output`` ``[B]``.

        Returns:
            Of tags at positions ``[B, T, K]``, first tags ``[K]``, moves ``[K, K]`` and last tags ``[K]``.
        """
        weights, packing, gold = grad_output.numpy(), self._lattice.packing, self._gold
        by_row = self._lattice.by_row(weights)  # [N]
        excess = self._lattice.packed_marginals()  # [N, K]
        excess *= by_row[:, None]
        num_tags, num_ranked = self._shape[2], len(packing.last)
        excess.reshape(-1)[np.arange(0, excess.size, num_tags) + gold] -= by_row
        ones = np.ones(num_ranked, excess.dtype)
        first, last = ones @ excess[:num_ranked], ones @ excess.take(packing.last, axis=0)  # [K], [K]
        moves = self._lattice.expected_transitions(weights)  # [K, K]
        observed = np.bincount(self._moves, by_row[num_ranked:], num_tags**2)
        moves -= observed.reshape(num_tags, num_tags)
        parts = (unpack_rows(excess, packing, self._shape), first, moves, last)
        return tuple(map(torch.from_numpy, parts))  # type: ignore[return-value]


class TorchLikelihood:
    """Loss and gradient in plain PyTorch, on any device; as `NumpyLikelihood` otherwise."""

    def __init__(
        self, emissions: Tensor, tags: Tensor, lengths: NDArray[np.integer], transitions: Transitions
    ) -> None:
        num_tags = emissions.shape[2]
        self._lattice = lattice = TorchLattice(emissions, lengths, transitions)
        self._gold = tags.reshape(-1)[lattice.rows].long()  # [N]
        check_tags(self._gold.cpu().numpy(), num_tags)
        places = lattice.rows * num_tags + self._gold  # [N]
        scores = lattice.path_scores(emissions.reshape(-1)[places], self._gold)
        _check_gold(scores.cpu().numpy(), tags, lengths, transitions)
        self.loss = lattice.log_partition - scores

    def gradients(self, grad_output: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what `NumpyLikelihood.gradients` returns."""
        lattice = self._lattice
        by_row = lattice.by_row(grad_output)  # [N]
        excess = lattice.packed_marginals() * by_row[:, None]  # [N, K]
        excess.scatter_add_(1, self._gold[:, None], -by_row[:, None])
        first, last = excess[: len(lattice.last)].sum(dim=0), excess[lattice.last].sum(dim=0)  # [K], [K]
        moves = lattice.expected_transitions(grad_output)  # [K, K]
        steps = lattice.moves(self._gold)  # [N-R]
        moves.view(-1).index_add_(0, steps, by_row[len(lattice.last) :], alpha=-1)
        return lattice.unpack(excess), first, moves, last


def _check_gold(
    scores: NDArray[np.float64], tags: Tensor, lengths: NDArray[np.integer], transitions: Transitions
) -> None:
    """Refuse gold tags that the model can never output; their loss would be infinite."""
    if not len(scores) or scores.min() > -np.inf:
        return
    for sentence in np.flatnonzero(np.isneginf(scores)).tolist():
        path = tags[sentence, : int(lengths[sentence])].tolist()
        moves = [transitions.start[path[0]], *transitions.matrix[path[:-1], path[1:]]]
        moves[-1] += transitions.end[path[-1]]
        broken = np.flatnonzero(np.isneginf(moves))
        if len(broken):
            raise ValueError(
                f"sentence {sentence} of the batch: gold tag {path[broken[0]]} at position {broken[0]} "
                "breaks a hard constraint; repair the tags or train without constraints"
            )
