"""Recurrent encoders on padded batches whose results do not depend on the padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from onoma.nn.compiled_lstm import run_compiled
from onoma.nn.dropout import LockedDropout

Cell = Literal["rnn", "lstm", "gru"]
_CELLS: dict[str, Callable[[int, int], nn.RNNBase]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class RecurrentEncoder(nn.Module):
    """A stack of uni- or bidirectional recurrent layers.

    The backward direction runs over rows that are reversed within their own length, so its states never see
    padding; padded (not packed) input is what lets oneDNN run a whole layer in one call.

    Args:
        cell: kind of unit.
        input_dim: width of the input.
        hidden_dim: units in each direction.
        num_layers: layers.
        bidirectional: read each sentence in both directions.
        dropout: share of features dropped between layers and after the last.
    """

    def __init__(
        self,
        cell: Cell,
        input_dim: int,
        hidden_dim: int,
        *,
        num_layers: int,
        bidirectional: bool,
        dropout: float,
    ) -> None:
        super().__init__()
        directions = 2 if bidirectional else 1
        self.bidirectional = bidirectional
        self.output_dim = hidden_dim * directions
        self.forward_layers = nn.ModuleList()
        self.backward_layers = nn.ModuleList()
        for layer in range(num_layers):
            width = input_dim if layer == 0 else self.output_dim
            self.forward_layers.append(_make_layer(cell, width, hidden_dim))
            if bidirectional:
                self.backward_layers.append(_make_layer(cell, width, hidden_dim))
        self.dropout = LockedDropout(dropout)

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Encode a batch.

        Args:
            embedded: [B, T, D]
            lengths: [B]

        Returns:
            [B, T, H]; positions beyond a row's length hold arbitrary finite values.
        """
        if not self.training and (compiled := self._run_compiled(embedded, lengths)) is not None:
            return compiled
        states = embedded.transpose(0, 1)  # [T, B, D]
        reversal = _reversal(lengths, states.shape[0]) if self.bidirectional else None  # [T, B]
        for index, layer in enumerate(self.forward_layers):
            outputs: Tensor = layer(states)[0]  # [T, B, H]
            if reversal is not None:
                backward = self.backward_layers[index](_gather_time(states, reversal))[0]
                outputs = torch.cat([outputs, _gather_time(backward, reversal)], dim=-1)  # [T, B, 2H]
            states = self.dropout(outputs, time_dim=0)
        return states.transpose(0, 1)

    def _run_compiled(self, embedded: Tensor, lengths: Tensor) -> Tensor | None:
        directions = (
            [self.forward_layers, self.backward_layers] if self.bidirectional else [self.forward_layers]
        )
        return run_compiled(self, list(zip(*directions, strict=True)), embedded, lengths)


def _make_layer(cell: Cell, input_dim: int, hidden_dim: int) -> nn.RNNBase:
    layer = _CELLS[cell](input_dim, hidden_dim)
    for name, parameter in layer.named_parameters():
        if "weight" in name:
            for gate in parameter.data.chunk(parameter.shape[0] // hidden_dim):
                (nn.init.orthogonal_ if "hh" in name else nn.init.xavier_uniform_)(gate)
        else:
            nn.init.zeros_(parameter)
            if cell == "lstm" and "ih" in name:
                # Forget gates start open (Jozefowicz et al. 2015): memory is kept until unlearned.
                nn.init.ones_(parameter.data[hidden_dim : 2 * hidden_dim])
    return layer


def _reversal(lengths: Tensor, width: int) -> Tensor:
    """Indices that reverse each row within its length and leave padding where it is. [T, B]"""
    steps = torch.arange(width, device=lengths.device).unsqueeze(1)  # [T, 1]
    return torch.where(steps < lengths, lengths - 1 - steps, steps)


def _gather_time(states: Tensor, index: Tensor) -> Tensor:
    """Reorder ``states`` [T, B, D] along time by ``index`` [T, B]."""
    return states[index, torch.arange(states.shape[1], device=states.device)]
