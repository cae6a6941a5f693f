"""A Transformer encoder (Vaswani et al. 2017), with the choices that matter for tagging."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from onoma.nn.dropout import LockedDropout
from onoma.nn.positions import by_distance, sinusoids

Positions = Literal["sinusoidal", "learned", "relative", "none"]
Norm = Literal["pre", "post"]
Activation = Literal["gelu", "relu"]


class SelfAttention(nn.Module):
    """Multi-head attention of a sentence to itself.

    With ``relative`` positions a key is scored by what it is and by how far it stands to the left or right
    (TENER, Yan et al. 2019): ``(q + u) k + (q + v) r``, r the sinusoids of the distance, with sign. They
    leave the scores unscaled, which makes attention sharper; sentences are short and entities local.

    Args:
        dim: width H.
        num_heads: heads, a divisor of H.
        dropout: share of attention weights dropped in training.
        relative: score distances.
        scaled: divide scores by the root of a head's width.
    """

    def __init__(self, dim: int, num_heads: int, *, dropout: float, relative: bool, scaled: bool) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.head_dim = dim // num_heads
        self.rate = dropout
        self.scale = self.head_dim**-0.5 if scaled else 1.0
        self.inputs = nn.Linear(dim, 3 * dim)
        self.output = nn.Linear(dim, dim)
        nn.init.xavier_uniform_(self.inputs.weight)
        if not scaled:  # begin with scores as small as scaled ones
            with torch.no_grad():
                self.inputs.weight[: 2 * dim] *= self.head_dim**-0.25
        nn.init.zeros_(self.inputs.bias)
        nn.init.zeros_(self.output.bias)
        self.content_bias = nn.Parameter(torch.zeros(num_heads, 1, self.head_dim)) if relative else None
        self.distance_bias = nn.Parameter(torch.zeros(num_heads, 1, self.head_dim)) if relative else None

    def forward(self, states: Tensor, mask: Tensor, distances: Tensor | None) -> Tensor:
        """Attend.

        Args:
            states: [B, U, H]
            mask: [B, 1, 1, U] 0 where a unit is real, else minus infinity.
            distances: [2U-1, H / heads] sinusoids of the distances, for relative positions.

        Returns:
            [B, U, H]
        """
        batch, num_units, dim = states.shape
        inputs = self.inputs(states).view(batch, num_units, 3, self.num_heads, self.head_dim)
        queries, keys, values = inputs.permute(2, 0, 3, 1, 4).unbind(0)  # [B, heads, U, D] each
        scores = mask.to(values.dtype)
        if distances is not None:
            far = torch.matmul(queries + self.distance_bias, distances.to(queries.dtype).t())
            scores = by_distance(far * self.scale) + scores  # [B, heads, U, U]
            queries = (queries + self.content_bias).to(values.dtype)
        rate = self.rate if self.training else 0.0
        attended = _attend(queries, keys, values, scores, self.scale, rate)  # [B, heads, U, D]
        joined: Tensor = self.output(attended.transpose(1, 2).reshape(batch, num_units, dim))
        return joined


def _attend(
    queries: Tensor, keys: Tensor, values: Tensor, scores: Tensor, scale: float, dropout: float
) -> Tensor:
    """Mix values [B, heads, U, D] by keys' scores, those of the content added to the given ones."""
    if values.requires_grad and values.dtype == torch.bfloat16 and values.device.type == "cpu":
        # Two to four times as fast, backwards, as torch's kernel for this.
        scores = torch.matmul(queries * scale, keys.transpose(-1, -2)) + scores  # [B, heads, U, U]
        weights = nn.functional.dropout(scores.softmax(dim=-1), dropout).to(values.dtype)
        return torch.matmul(weights, values)
    return nn.functional.scaled_dot_product_attention(
        queries, keys, values, attn_mask=scores, dropout_p=dropout, scale=scale
    )


class TransformerLayer(nn.Module):
    """Attention, then a feed-forward network, each with a residual and a norm before or after it."""

    def __init__(
        self,
        dim: int,
        *,
        num_heads: int,
        feedforward_dim: int,
        dropout: float,
        attention_dropout: float,
        norm: Norm,
        activation: Activation,
        relative: bool,
        scaled: bool,
    ) -> None:
        super().__init__()
        self.norm = norm
        self.activate = nn.GELU() if activation == "gelu" else nn.ReLU()
        self.attention = SelfAttention(
            dim, num_heads, dropout=attention_dropout, relative=relative, scaled=scaled
        )
        self.widen = nn.Linear(dim, feedforward_dim)
        self.narrow = nn.Linear(feedforward_dim, dim)
        self.attention_norm = nn.LayerNorm(dim)
        self.feedforward_norm = nn.LayerNorm(dim)
        self.dropout = LockedDropout(dropout)

    def forward(self, states: Tensor, mask: Tensor, distances: Tensor | None) -> Tensor:
        """States [B, U, H] to states [B, U, H]."""
        if self.norm == "pre":
            states = states + self._drop(self.attention(self.attention_norm(states), mask, distances))
            return states + self._drop(self._feed_forward(self.feedforward_norm(states)))
        attended: Tensor = self.attention_norm(states + self._drop(self.attention(states, mask, distances)))
        result: Tensor = self.feedforward_norm(attended + self._drop(self._feed_forward(attended)))
        return result

    def _feed_forward(self, states: Tensor) -> Tensor:
        projected: Tensor = self.narrow(self._drop(self.activate(self.widen(states))))
        return projected

    def _drop(self, states: Tensor) -> Tensor:
        dropped: Tensor = self.dropout(states, time_dim=1)
        return dropped


class TransformerEncoder(nn.Module):
    """A stack of Transformer layers over words or pieces.

    Args:
        input_dim: width of the units' vectors; another width than ``dim`` is projected.
        dim: width H of the layers.
        num_layers: layers.
        num_heads: attention heads, a divisor of H.
        feedforward_dim: inner width of the feed-forward networks.
        dropout: share of features dropped on the input and after each part of a layer.
        attention_dropout: share of attention weights dropped.
        norm: norm before each part of a layer, which learns without care, or after it, as BERT has it. The
            input has a norm as well: before, or after, positions are added.
        activation: of the feed-forward networks.
        positions: sinusoidal or learned vectors added to the input, relative ones in attention, or none.
        scaled: scale attention scores; relative positions were published without.
        max_length: units, where positions are learned.

    Raises:
        ValueError: the heads do not divide the width.
    """

    def __init__(
        self,
        input_dim: int,
        dim: int,
        *,
        num_layers: int,
        num_heads: int,
        feedforward_dim: int,
        dropout: float,
        attention_dropout: float,
        norm: Norm,
        activation: Activation,
        positions: Positions,
        scaled: bool,
        max_length: int,
    ) -> None:
        super().__init__()
        if dim % num_heads or (dim // num_heads) % 2:
            raise ValueError(f"hidden_dim {dim} is not an even number for each of {num_heads} heads")
        self.output_dim = dim
        self.positions = positions
        self.head_dim = dim // num_heads
        self.projection = nn.Linear(input_dim, dim) if input_dim != dim else nn.Identity()
        self.learned_positions = None
        if positions == "learned":
            self.learned_positions = nn.Parameter(torch.randn(max_length, dim) * 0.02)
        relative = positions == "relative"
        self.layers = nn.ModuleList(
            TransformerLayer(
                dim,
                num_heads=num_heads,
                feedforward_dim=feedforward_dim,
                dropout=dropout,
                attention_dropout=attention_dropout,
                norm=norm,
                activation=activation,
                relative=relative,
                scaled=scaled,
            )
            for _ in range(num_layers)
        )
        self.norm = norm
        self.first_norm = nn.LayerNorm(dim)
        self.last_norm = nn.LayerNorm(dim) if norm == "pre" else nn.Identity()
        self.dropout = LockedDropout(dropout)

    def forward(self, units: Tensor, lengths: Tensor) -> Tensor:
        """Encode.

        Args:
            units: [B, U, D]
            lengths: [B]

        Returns:
            [B, U, H]; positions beyond a row's length hold arbitrary finite values.
        """
        num_units = units.shape[1]
        places = torch.arange(num_units, device=units.device)  # [U]
        # A row without units sees one of padding: a softmax over nothing is not a number.
        padding = places >= lengths.clamp(min=1).unsqueeze(1)  # [B, U]
        states = self.projection(units)  # [B, U, H]
        if self.norm == "pre":
            # Word features come small and of different sizes; positions would drown them.
            states = self.first_norm(states)
        mask = torch.zeros_like(padding, dtype=states.dtype).masked_fill(padding, -torch.inf)[:, None, None]
        if self.positions == "sinusoidal":
            states = states + sinusoids(places, self.output_dim).to(states.dtype)
        elif self.learned_positions is not None:
            states = states + self.learned_positions[:num_units]
        distances = None
        if self.positions == "relative":
            steps = torch.arange(1 - num_units, num_units, device=units.device)
            distances = sinusoids(steps, self.head_dim)  # [2U-1, head_dim]
        if self.norm == "post":
            states = self.first_norm(states)
        states = self.dropout(states, time_dim=1)
        for layer in self.layers:
            states = layer(states, mask, distances)
        result: Tensor = self.last_norm(states)
        return result


class StackedEncoder(nn.Module):
    """One encoder after the other, such as an LSTM that reads what a Transformer has seen."""

    def __init__(self, first: nn.Module, second: nn.Module, output_dim: int) -> None:
        super().__init__()
        self.first = first
        self.second = second
        self.output_dim = output_dim

    def forward(self, units: Tensor, lengths: Tensor) -> Tensor:
        """[B, U, D] to [B, U, H]."""
        states: Tensor = self.second(self.first(units, lengths), lengths)
        return states
