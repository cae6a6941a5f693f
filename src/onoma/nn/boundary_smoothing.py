"""Gold spans whose neighbours are a little right, too: annotators differ at edges, and networks get too sure.

Source: Zhu and Li 2022 (Boundary smoothing for named entity recognition, arXiv 2204.12031).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor


class BoundarySmoothing(NamedTuple):
    """How gold is smoothed.

    Args:
        share: of a gold span's probability that the spans around it get, 0..1; 0 for none.
        distance: D. Spans that are off by d = 1..D words, both edges together, have an equal part of the
            share for each d, and each of the 4d that there could be the same part of that.
    """

    share: float = 0.0
    distance: int = 1

    def __call__(self, targets: Tensor, inside: Tensor, num_classes: int) -> Tensor:
        """Return probabilities of classes in the place of classes.

        What would fall on spans that are no spans, too wide, or not in the sentence stays with gold, and what
        gold classes leave of a span is that of class 0. Where they give a span more than 1, it gets 1 in all.

        Args:
            targets: class of the span of w + 1 words from each, 0 for most. [B, T, W]
            inside: whether a span lies in its sentence. [B, T, W]
            num_classes: C.

        Returns:
            [B, T, W, C]
        """
        shape = (*targets.shape, num_classes)
        row, start, less = ((targets > 0) & inside).nonzero(as_tuple=True)  # [G], width less one in `less`
        label = targets[row, start, less]
        found = torch.zeros(shape, device=targets.device)
        own = torch.ones(len(row), device=targets.device)
        num_starts, width = targets.shape[1:]
        for first, last, part in self._around():
            there, wide = start + first, less + last - first
            real = (there >= 0) & (there < num_starts) & (wide >= 0) & (wide < width)
            real[real.clone()] = inside[row[real], there[real], wide[real]]
            places = (row[real], there[real], wide[real], label[real])
            found.index_put_(places, torch.full((int(real.sum()),), part, device=own.device), accumulate=True)
            own[real] -= part
        found.index_put_((row, start, less, label), own, accumulate=True)
        found = found / found.sum(-1, keepdim=True).clamp(min=1)
        found[..., 0] = 1 - found.sum(-1)
        return found

    def _around(self) -> Iterator[tuple[int, int, float]]:
        """Yield how far start and end of each span around are off, and its part of the probability."""
        for d in range(1, self.distance + 1):
            part = self.share / (self.distance * 4 * d)
            for first in range(-d, d + 1):
                rest = d - abs(first)
                for last in sorted({rest, -rest}):
                    yield first, last, part
