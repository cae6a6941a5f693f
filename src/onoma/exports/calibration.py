"""Between which bounds the numbers lie that a network's layers are given: what integers have to cover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn

from onoma.exports.graph import Bounds
from onoma.features.protocol import Features
from onoma.nn.network import Network
from onoma.nn.pretrained import PretrainedEncoder
from onoma.runtime.sentences import Sentences, group_sentences
from onoma.text import Document

_SENTENCES = 128
"""As many give the bounds."""

_LONGEST, _LONGEST_PASSAGE = 256, 512
"""Pieces of a sentence that are looked at, and of what is read at once by a model that reads context."""


@torch.inference_mode()
def layer_bounds(
    network: Network, features: Features, documents: Sequence[Document]
) -> dict[nn.Module, Bounds]:
    """Return the bounds of what each linear layer of a pretrained encoder is given; none for other encoders.

    Sentences, or what is read at once, go through one at a time, so that no padding is seen.

    Args:
        network: a tagger's network.
        features: its inputs.
        documents: tokenised, like those that it will read; evenly spread ones are taken.
    """
    if not isinstance(network.encoder, PretrainedEncoder):
        return {}
    longest = _LONGEST_PASSAGE if features.context else _LONGEST
    room = min(longest, network.encoder.num_positions) - features.overhead
    places = list(chain.from_iterable(group_sentences(documents)))
    sentences = Sentences.of(documents, places, features, room)
    units = sentences.units()
    count = len(units)
    seen: dict[nn.Module, list[tuple[Tensor, Tensor]]] = {}

    def note(layer: nn.Module) -> Callable[..., None]:
        seen[layer] = []

        def hook(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            values = inputs[0].flatten(end_dim=-2)  # [P, D]
            seen[module].append((values.amin(0), values.amax(0)))

        return hook

    handles = [
        layer.register_forward_pre_hook(note(layer))
        for layer in network.encoder.modules()
        if isinstance(layer, nn.Linear)
    ]
    training = network.training
    network.eval()
    try:
        for index in range(0, count, max(1, count // _SENTENCES)):
            if units[index] <= room:
                batch = sentences.batch([index])
            else:
                first, *_ = sentences.of_passages([index])
                rows = sentences.rows_of(first)
                batch = features.batch([rows[np.cumsum(features.sizes(rows)) <= room]])
            network.states({name: torch.from_numpy(values) for name, values in batch.items()})
    finally:
        network.train(training)
        for handle in handles:
            handle.remove()
    return {layer: _bounds(ranges) for layer, ranges in seen.items() if ranges}


def _bounds(ranges: list[tuple[Tensor, Tensor]]) -> Bounds:
    lows, highs = (torch.stack(part) for part in zip(*ranges, strict=True))  # [sentences, D]
    return lows.amin(0).numpy(), highs.amax(0).numpy()
