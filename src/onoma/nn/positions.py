"""Where a word or piece stands, as numbers for a Transformer."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sinusoids(positions: Tensor, dim: int) -> Tensor:
    """Return sines and cosines of positions at falling frequencies (Vaswani et al. 2017). [N, dim]

    Args:
        positions: [N]; the vector of a negative one differs from that of its positive in the sines.
        dim: even width.
    """
    rates = torch.exp(torch.arange(0, dim, 2, device=positions.device) * (-math.log(10_000.0) / dim))
    angles = positions.float().unsqueeze(1) * rates  # [N, dim/2]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def by_distance(scores: Tensor) -> Tensor:
    """Turn scores by distance into scores by key: of row i, distance d becomes column i + d.

    Read on rows that are one longer than they are, each row begins one further left (Dai et al. 2019).

    Args:
        scores: [B, H, U, 2U-1], the last dimension for distances -(U-1) to U-1.

    Returns:
        [B, H, U, U]
    """
    batch, heads, num_units, num_distances = scores.shape
    flat = torch.nn.functional.pad(scores, (0, 1)).flatten(2)  # [B, H, 2U*U]
    first = num_units - 1
    rows = flat[:, :, first : first + num_units * num_distances]
    return rows.reshape(batch, heads, num_units, num_distances)[..., :num_units]
