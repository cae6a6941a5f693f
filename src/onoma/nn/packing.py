"""Sentences of a batch as rows without padding, and back.

What is computed of a unit alone needs no padding: the real units of all sentences stand in rows, one after
the other. Attention needs a grid. Going from one to the other is a copy, and so is the way back of gradients,
since each real unit has one place in either.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

_ROWS = 32
"""Rows are filled up to a multiple of this.

oneDNN compiles a product for its shape when it first meets it, which takes several times as long as the
product. There must not be a shape for every batch."""

_COLUMNS = 8
"""So is the width of attention's grid."""


class Route(NamedTuple):
    """Where the vectors of one arrangement lie in another.

    Args:
        places: where to take each one from; anything where it has no such place. [M]
        holes: those without one, which become zero. None for none.
    """

    places: Tensor
    holes: Tensor | None


class _Move(torch.autograd.Function):
    """Vectors [N, D] to another arrangement [M, D]."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, there: Route, back: Route) -> Tensor:
        ctx.back = back
        return _take(values, there)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return _take(gradients[0], ctx.back), None, None


def _move(values: Tensor, there: Route, back: Route) -> Tensor:
    moved: Tensor = _Move.apply(values, there, back)  # type: ignore[no-untyped-call]
    return moved


def _take(values: Tensor, route: Route) -> Tensor:
    taken = values.index_select(0, route.places)
    return taken if route.holes is None else taken.index_fill_(0, route.holes, 0)


class Packing:
    """The arrangements of a batch, N real units in R >= N rows.

    Args:
        lengths: units of each sentence; one without any has a padding one. [B]
        width: P of the batch as it comes, and as it goes.

    Attributes:
        mask: for attention on the grid [B, 1, 1, G]: 0 where a unit is real, else minus infinity; None where
            all are.
    """

    def __init__(self, lengths: Tensor, width: int) -> None:
        lengths = lengths.clamp(min=1)  # a softmax over nothing is not a number
        self._lengths, self._width = lengths, max(width, 1)
        self._grid = -(-int(lengths.max()) // _COLUMNS) * _COLUMNS
        device = lengths.device
        count = int(lengths.sum())
        self._batch, self._rows = len(lengths), -(-count // _ROWS) * _ROWS
        self._owners = torch.repeat_interleave(torch.arange(self._batch, device=device), lengths)  # [N]
        starts = (lengths.cumsum(0) - lengths)[self._owners]
        self._places = torch.arange(count, device=device) - starts  # [N]
        real = torch.arange(self._grid, device=device) < lengths[:, None]  # [B, G]
        self.mask = None
        if self._batch * self._grid > count:
            self.mask = torch.zeros(real.shape, device=device).masked_fill(~real, -torch.inf)[:, None, None]
        self._heads: dict[int, tuple[Route, Route]] = {}

    def rows(self, grid: Tensor, fill: int) -> Tensor:
        """Plain numbers [B, P] as rows. [R]"""
        rows = grid.new_full((self._rows,), fill)
        rows[: len(self._owners)] = grid[self._owners, self._places]
        return rows

    def to_batch(self, rows: Tensor) -> Tensor:
        """[R, H] to [B, P, H], zero in padding."""
        there, back = self._routes(self._width, 1)
        moved = _move(rows, there, back)
        return moved.view(self._batch, self._width, -1)

    def by_head(self, rows: Tensor, num_heads: int) -> Tensor:
        """[R, heads * D] to [B, heads, G, D], zero in padding."""
        there, back = self._routes_of_heads(num_heads)
        moved = _move(rows.reshape(self._rows * num_heads, -1), there, back)
        return moved.view(self._batch, num_heads, self._grid, -1)

    def joined(self, grid: Tensor) -> Tensor:
        """[B, heads, G, D] to [R, heads * D]: the way back of `by_head`."""
        num_heads, dim = grid.shape[1], grid.shape[3]
        there, back = self._routes_of_heads(num_heads)
        moved = _move(grid.reshape(-1, dim), back, there)
        return moved.view(self._rows, num_heads * dim)

    def _routes_of_heads(self, num_heads: int) -> tuple[Route, Route]:
        if num_heads not in self._heads:
            self._heads[num_heads] = self._routes(self._grid, num_heads)
        return self._heads[num_heads]

    def _routes(self, width: int, num_heads: int) -> tuple[Route, Route]:
        """From rows [R, heads] to a grid [B, heads, width], and back."""
        device = self._owners.device
        heads = torch.arange(num_heads, device=device)
        sources = torch.arange(len(self._owners), device=device)[:, None] * num_heads + heads  # [N, heads]
        cells = (self._owners[:, None] * num_heads + heads) * width + self._places[:, None]  # [N, heads]
        there = torch.full((self._batch * num_heads * width,), -1, device=device)
        there[cells.view(-1)] = sources.view(-1)
        holes = (there < 0).nonzero()[:, 0] if len(there) > cells.numel() else None
        back = torch.zeros(self._rows * num_heads, dtype=torch.int64, device=device)
        back[: cells.numel()] = cells.view(-1)
        tail = None
        if len(self._owners) < self._rows:
            tail = torch.arange(cells.numel(), len(back), device=device)
        return Route(there.clamp_(min=0), holes), Route(back, tail)
