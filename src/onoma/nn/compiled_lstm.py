"""The layers of an LSTM in the compiled kernel, for prediction in bfloat16 on processors with AMX.

Torch multiplies one step of one direction at a time, with a weight that it reorders for each; the kernel
(``kernel/lstm.c``) keeps weights in the order of the processor's tiles, and turns gates into states in
registers. Sums and cell states are in single precision, as torch's are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from onoma.decode.compiled import make_lstm

Layers = Sequence[Sequence[nn.RNNBase]]
_Version = tuple[tuple[int, int], ...]

_PACKED: WeakKeyDictionary[nn.Module, tuple[_Version, Any]] = WeakKeyDictionary()
"""By encoder, its weights as the kernel has them, and which ones these are."""


def run_compiled(encoder: nn.Module, layers: Layers, embedded: Tensor, lengths: Tensor) -> Tensor | None:
    """Run a stack of LSTM layers, where the kernel can and is asked for bfloat16; else return None.

    Args:
        encoder: whose layers they are; their weights are packed once, and again when they change.
        layers: for each layer its directions, one or two.
        embedded: [B, T, D]
        lengths: [B]

    Returns:
        [B, T, H], 0 beyond the lengths.
    """
    if not _is_asked(embedded) or not all(isinstance(one, nn.LSTM) for layer in layers for one in layer):
        return None
    kernel = _packed(encoder, layers)
    if kernel is None:
        return None
    inputs = np.ascontiguousarray(embedded.float().numpy())
    batch, steps = inputs.shape[:2]
    states = np.zeros((batch, steps, sum(one.hidden_size for one in layers[-1])), np.float32)
    kernel.run(inputs, np.ascontiguousarray(lengths.numpy(), np.int64), steps, states)
    return torch.from_numpy(states)


def _is_asked(embedded: Tensor) -> bool:
    return (
        embedded.device.type == "cpu"
        and torch.is_autocast_enabled("cpu")
        and torch.get_autocast_dtype("cpu") == torch.bfloat16
        and not torch.is_grad_enabled()
    )


def _packed(encoder: nn.Module, layers: Layers) -> Any:
    version = tuple(map(_version, encoder.parameters()))
    known = _PACKED.get(encoder)
    if known is None or known[0] != version:
        weights = tuple(_weights(one) for layer in layers for one in layer)
        first = layers[0][0]
        kernel = make_lstm(first.input_size, first.hidden_size, len(layers[0]), weights)
        known = _PACKED[encoder] = version, kernel
    return known[1]


def _version(weight: Tensor) -> tuple[int, int]:
    """What is another number once the weight has changed; weights made for prediction alone never do."""
    return weight.data_ptr(), 0 if weight.is_inference() else weight._version


def _weights(layer: nn.RNNBase) -> tuple[Any, Any, Any]:
    """Weights of inputs and of states, and the sum of both biases."""
    inputs, states, *biases = (weight.detach().float() for weight in layer.parameters())
    return inputs.numpy(), states.numpy(), (biases[0] + biases[1]).numpy()
