"""Update rules for some rows of a table: those of torch, and what they do to rows without a gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor


class RowRule(Protocol):
    """An update rule on rows. Moments are those that torch's optimiser keeps, in the order of `moments`."""

    moments: tuple[str, ...]
    fade: float

    def gain(self, step: int, rate: float) -> float:
        """Return how far a weight moves by its pull in an update without gradient."""
        ...

    def pull(self, moments: Sequence[Tensor], last: Tensor) -> Tensor:
        """Return what moves the weights of rows that were last updated at ``last``. [N, D] and [N, 1]"""
        ...

    def factors(self) -> tuple[float, ...]:
        """Return the factor on each moment in an update without gradient."""
        ...

    def update(
        self, weights: Tensor, moments: Sequence[Tensor], gradients: Tensor, step: int, rate: float
    ) -> None:
        """Make an update in place, the first one being step 1. [N, D] each"""
        ...


class AdamRows:
    """Adam (Kingma and Ba 2015) without weight decay, which no table has.

    The pull of an idle row, ``m / sqrt(v)``, fades by ``beta1 / sqrt(beta2)``. Adam's epsilon stays at its
    share of the first idle update: exact to rounding where the root of the second moment is far above it.

    Args:
        group: of the optimiser's parameters.
    """

    moments: tuple[str, ...] = ("exp_avg", "exp_avg_sq")

    def __init__(self, group: Mapping[str, Any]) -> None:
        self._beta1, self._beta2 = group["betas"]
        self._epsilon = group["eps"]
        self.fade = self._beta1 / self._beta2**0.5

    def gain(self, step: int, rate: float) -> float:
        """As in `RowRule`."""
        return float(rate * (1 - self._beta2**step) ** 0.5 / (1 - self._beta1**step))

    def pull(self, moments: Sequence[Tensor], last: Tensor) -> Tensor:
        """As in `RowRule`."""
        first, second = moments
        epsilon = self._epsilon * ((1 - self._beta2 ** (last + 1)) / self._beta2) ** 0.5  # [N, 1]
        return first / second.sqrt().add_(epsilon)

    def factors(self) -> tuple[float, ...]:
        """As in `RowRule`."""
        return self._beta1, self._beta2

    def update(
        self, weights: Tensor, moments: Sequence[Tensor], gradients: Tensor, step: int, rate: float
    ) -> None:
        """As in `RowRule`."""
        first, second = moments
        first.lerp_(gradients, 1 - self._beta1)
        second.mul_(self._beta2).addcmul_(gradients, gradients, value=1 - self._beta2)
        root = second.sqrt().div_((1 - self._beta2**step) ** 0.5).add_(self._epsilon)
        weights.addcdiv_(first, root, value=-rate / (1 - self._beta1**step))


class MomentumRows:
    """Gradient descent with momentum; its pull is the momentum.

    Args:
        group: of the optimiser's parameters.
    """

    def __init__(self, group: Mapping[str, Any]) -> None:
        self.fade = group["momentum"]
        self.moments: tuple[str, ...] = ("momentum_buffer",) if self.fade else ()

    def gain(self, step: int, rate: float) -> float:
        """As in `RowRule`."""
        return rate

    def pull(self, moments: Sequence[Tensor], last: Tensor) -> Tensor:
        """As in `RowRule`."""
        # A copy, since moments fade in place.
        return moments[0].clone() if moments else torch.zeros_like(last, dtype=torch.float32)

    def factors(self) -> tuple[float, ...]:
        """As in `RowRule`."""
        return (self.fade,) if self.moments else ()

    def update(
        self, weights: Tensor, moments: Sequence[Tensor], gradients: Tensor, step: int, rate: float
    ) -> None:
        """As in `RowRule`."""
        if moments:
            gradients = moments[0].mul_(self.fade).add_(gradients)
        weights.add_(gradients, alpha=-rate)


def row_rule(optimizer: torch.optim.Optimizer, group: Mapping[str, Any]) -> RowRule | None:
    """Return the rule of a group of parameters, for rows; None where a row cannot be updated by itself."""
    if group["weight_decay"]:
        return None
    if isinstance(optimizer, torch.optim.SGD):
        return MomentumRows(group)
    return AdamRows(group) if isinstance(optimizer, torch.optim.Adam) else None  # AdamW is one, too
