"""Emissions from a PyTorch network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from onoma.errors import BundleError, ConfigError
from onoma.features.words import Batch, WordFeatures
from onoma.models import get_rung
from onoma.nn.tagger import TaggerNetwork
from onoma.runtime.bundle import Bundle
from onoma.runtime.tagger import Floats
from onoma.tags import get_scheme


class TorchBackend:
    """Runs a network in evaluation mode and full precision.

    Args:
        network: the tagger; its mode is restored after each call, so that training may share it.
        device: where it lives.
    """

    def __init__(self, network: TaggerNetwork, device: torch.device | None = None) -> None:
        self.network = network
        self.device = device or torch.device("cpu")

    @torch.inference_mode()
    def emissions(self, batch: Batch) -> Floats:
        """Return tag scores. [B, T, K]"""
        training = self.network.training
        self.network.eval()
        try:
            inputs = {name: torch.from_numpy(array).to(self.device) for name, array in batch.items()}
            return np.asarray(self.network(inputs).float().cpu().numpy(), dtype=np.float32)
        finally:
            self.network.train(training)


def network_from_bundle(bundle: Bundle, folder: Path) -> tuple[TaggerNetwork, WordFeatures]:
    """Rebuild the network that a bundle holds.

    Raises:
        BundleError: the bundle's parts do not fit each other.
    """
    try:
        rung = get_rung(bundle.config["model"])
        options = rung.config(**bundle.config["options"])
        scheme = get_scheme(bundle.config["scheme"])
        features = WordFeatures.from_state(bundle.vocabulary)
        network = rung.build(options, features, bundle.config["tags"], scheme)
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        raise BundleError(f"{folder}: its configuration cannot be used: {error}") from None
    load_weights(network, {name: torch.from_numpy(array) for name, array in bundle.tensors.items()}, folder)
    return network, features


def load_weights(network: nn.Module, tensors: dict[str, torch.Tensor], folder: Path) -> None:
    """Copy weights into the network; names and shapes must agree exactly.

    Raises:
        BundleError: a weight is missing, extra or of another shape.
    """
    expected = network.state_dict()
    for name in sorted(expected.keys() ^ tensors.keys()):
        fault = "misses the weight" if name in expected else "holds the unknown weight"
        raise BundleError(f"{folder}: {fault} '{name}'")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            raise BundleError(
                f"{folder}: weight '{name}' has shape {list(tensor.shape)}, "
                f"expected {list(expected[name].shape)}"
            )
    network.load_state_dict(tensors)
