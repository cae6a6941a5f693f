"""Stopping in good order where a single event can take minutes: while the dev data is scored."""

from __future__ import annotations

from collections.abc import Callable

import torch

from onoma.decode.protocol import Floats
from onoma.errors import StoppedError
from onoma.features.word_types import Batch
from onoma.nn.network import Network
from onoma.runtime.torch_backend import TorchBackend


class StoppableBackend(TorchBackend):
    """Gives up between two batches when a stop is asked for.

    Args:
        network: the tagger.
        device: where it lives.
        stopping: whether a stop has been asked for.
    """

    def __init__(self, network: Network, device: torch.device, stopping: Callable[[], bool]) -> None:
        super().__init__(network, device)
        self.stopping = stopping

    def outputs(self, batch: Batch) -> dict[str, Floats]:
        """Return the network's outputs.

        Raises:
            StoppedError: a stop has been asked for.
        """
        if self.stopping():
            raise StoppedError
        return super().outputs(batch)
