"""A head that scores every span of a sentence: entities may lie in one another."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from onoma.nn.boundary_smoothing import BoundarySmoothing
from onoma.nn.dropout import LockedDropout
from onoma.nn.heads import OUTPUTS, EntityHead
from onoma.nn.soft_targets import SoftTargets

NONE = 0
"""The class of spans that are no entity."""


class BiaffineHead(EntityHead):
    """Scores a span from its first and last token's states (Yu et al. 2020).

    With s, e the projections of both states, class c scores ``s U_c e + w_c [s; e] + v_c(width) + b_c``: the
    bilinear part sees how both ends go together, the linear part each by itself, the last the width.

    Args:
        input_dim: width of the encoder's states.
        num_classes: C, "none" and the labels.
        max_width: W, tokens of the widest span.
        hidden_dim: width of the projections.
        dropout: share of the projections' features dropped in training.
        smoothing: of gold in training; none by default.
    """

    rank = 4

    def __init__(
        self,
        input_dim: int,
        num_classes: int,
        max_width: int,
        hidden_dim: int,
        dropout: float,
        smoothing: BoundarySmoothing | None = None,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.max_width = max_width
        self.smoothing = smoothing or BoundarySmoothing()
        self.start = nn.Linear(input_dim, hidden_dim)
        self.end = nn.Linear(input_dim, hidden_dim)
        self.bilinear = nn.Parameter(torch.empty(hidden_dim, num_classes, hidden_dim))
        nn.init.normal_(self.bilinear, std=1 / hidden_dim)
        self.start_scores = nn.Linear(hidden_dim, num_classes)
        self.end_scores = nn.Linear(hidden_dim, num_classes, bias=False)
        self.width_scores = nn.Parameter(torch.zeros(max_width, num_classes))
        self.dropout = LockedDropout(dropout)

    def named_axes(self) -> Mapping[str, Mapping[int, str]]:
        """As in `Head`."""
        scores = {f"{name}_scores.weight": {0: OUTPUTS} for name in ("start", "end")}
        others = {"start_scores.bias": {0: OUTPUTS}, "width_scores": {1: OUTPUTS}}
        return {**scores, **others, "bilinear": {1: OUTPUTS}}

    def forward(self, states: Tensor) -> Tensor:
        """Score spans.

        Args:
            states: [B, T, H]

        Returns:
            [B, T, W, C], W the smaller of ``max_width`` and T: the span of w + 1 tokens from each token.
            Spans that end beyond T hold arbitrary finite values.
        """
        width = min(self.max_width, states.shape[1])
        starts = self.dropout(nn.functional.leaky_relu(self.start(states), 0.1), time_dim=1)  # [B, T, D]
        ends = self.dropout(nn.functional.leaky_relu(self.end(states), 0.1), time_dim=1)  # [B, T, D]
        rows = torch.einsum("btd,dce->btce", starts, self.bilinear)  # [B, T, C, D]
        reach = nn.functional.pad(ends, (0, 0, 0, width - 1)).unfold(1, width, 1)  # [B, T, D, W]
        scores = torch.matmul(rows, reach).transpose(2, 3)  # [B, T, W, C]
        linear = nn.functional.pad(self.end_scores(ends), (0, 0, 0, width - 1)).unfold(1, width, 1)
        scores = scores + linear.transpose(2, 3) + self.start_scores(starts).unsqueeze(2)
        result: Tensor = scores + self.width_scores[:width]
        return result

    def token_loss(self, emissions: Tensor, targets: Tensor, lengths: Tensor) -> Tensor:
        """Cross-entropy over all spans inside their sentences, summed, a token; to smoothed gold in training.

        Args:
            emissions: [B, T, V, C]; V is larger than W where sentences were read together with longer ones.
            targets: [B, T, W] class of each span, `NONE` for most.
            lengths: [B]
        """
        emissions = emissions[:, :, : targets.shape[2]]  # wider spans lie in none of these sentences
        inside = _inside(emissions, lengths)  # [B, T, W]
        gold = targets[inside]  # [S]
        if self.training and self.smoothing.share:
            gold = self.smoothing(targets, inside, self.num_classes)[inside]  # [S, C]
        total = nn.functional.cross_entropy(emissions[inside].float(), gold, reduction="sum")
        return total / lengths.sum()

    def soft_loss(self, emissions: Tensor, targets: SoftTargets, lengths: Tensor) -> Tensor:
        """Cross-entropy of all spans inside their sentences to a teacher's classes, summed, a token.

        With p the teacher's probability of a class and x the scores, that of a span is ``log sum exp x - sum
        p x``: for most, of which it says that they are no entity, as of gold, so that of these nothing has to
        be known. Nothing is smoothed here: teachers have their own doubts.

        Args:
            emissions: [B, T, W, C]
            targets: see `onoma.features.soft_spans.ExpectedSpans`.
            lengths: [B]
        """
        *places, values = targets.expected
        scores = emissions / targets.temperature
        inside = scores[_inside(emissions, lengths)]  # [S, C]
        none = torch.full((len(inside),), NONE, device=inside.device)
        total = nn.functional.cross_entropy(inside, none, reduction="sum")
        return (total - (values * scores[tuple(places)]).sum()) * targets.temperature**2 / lengths.sum()


def _inside(emissions: Tensor, lengths: Tensor) -> Tensor:
    """Return which spans lie in their sentence. [B, T, W]"""
    num_starts, width = emissions.shape[1:3]
    starts, less = (torch.arange(size, device=lengths.device) for size in (num_starts, width))
    ends = starts[:, None] + less + 1  # [T, W]
    inside: Tensor = ends <= lengths[:, None, None]
    return inside
