"""One loss from several, weighed by how uncertain each task is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


class UncertaintyWeights(nn.Module):
    """Learned homoscedastic uncertainty (Kendall, Gal and Cipolla 2018).

    With s the learned logarithm of a task's variance, a loss L counts as ``exp(-s) L + s / 2``: a task that
    stays uncertain weighs less, and s / 2 keeps the variances from growing without end.

    Args:
        tasks: names of the losses.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__()
        self.tasks = tuple(tasks)
        self.log_variances = nn.Parameter(torch.zeros(len(self.tasks)))

    def forward(self, losses: Mapping[str, Tensor]) -> Tensor:
        """Return the weighed sum of the losses of tasks that a batch teaches, one each. []"""
        there = [place for place, task in enumerate(self.tasks) if task in losses]
        stacked = torch.stack([losses[self.tasks[place]] for place in there])  # [tasks]
        log_variances = self.log_variances[there]
        return ((-log_variances).exp() * stacked + log_variances / 2).sum()

    def weights(self) -> dict[str, float]:
        """Return what each loss is multiplied by at present."""
        values = (-self.log_variances.detach()).exp().tolist()
        return dict(zip(self.tasks, values, strict=True))


class FixedWeights(nn.Module):
    """Weights that are given and stay.

    Args:
        weights: by name of the loss; a loss of weight 0 is left out.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        super().__init__()
        self._weights = dict(weights)

    def forward(self, losses: Mapping[str, Tensor]) -> Tensor:
        """Return the weighed sum of the losses of tasks that a batch teaches. []"""
        weights = {task: weight for task, weight in self._weights.items() if weight and task in losses}
        return torch.stack([losses[task] * weight for task, weight in weights.items()]).sum()

    def weights(self) -> dict[str, float]:
        """Return what each loss is multiplied by."""
        return dict(self._weights)
