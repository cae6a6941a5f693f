"""Outputs of a PyTorch network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from onoma.decode.protocol import Floats, are_scores
from onoma.errors import BundleError, ConfigError, ModelError, excerpt
from onoma.features.protocol import Features
from onoma.features.word_types import Batch
from onoma.nn.network import Network
from onoma.runtime.bundle import Bundle
from onoma.runtime.confidence import Confidence
from onoma.runtime.parts import BundleParts, make_decoders, parts_of_bundle
from onoma.runtime.precision import Precision, autocast
from onoma.runtime.tagger import Tagger
from onoma.tasks import Arrays, Task
from onoma.tokenize import Tokenizer, get_tokenizer


class TorchBackend:
    """Runs a network in evaluation mode; any number of threads may ask it at the same time.

    Args:
        network: the tagger. It is put into evaluation mode here and never again, since a mode is one for all
            threads: who trains it further has to put it back before tagging.
        device: where it lives.
        precision: of its layers' products.
    """

    def __init__(
        self, network: Network, device: torch.device | None = None, precision: Precision = "fp32"
    ) -> None:
        self.network = network.eval()
        self.device = device or torch.device("cpu")
        self.precision = precision

    @torch.inference_mode()
    def outputs(self, batch: Batch) -> dict[str, Floats]:
        """Return the network's outputs [B, T, ...] by name.

        Raises:
            ModelError: they are not finite, so that nothing is the best.
            RuntimeError: the network is in training mode, so that some of its states would be dropped.
        """
        if self.network.training:
            raise RuntimeError("the network is in training mode: call its eval() before tagging")
        inputs = {name: torch.from_numpy(array).to(self.device) for name, array in batch.items()}
        with autocast(self.precision, self.device):
            scores = self.network.outputs(inputs)
        outputs = {
            name: np.asarray(values.float().cpu().numpy(), dtype=np.float32)
            for name, values in scores.items()
        }
        if not all(map(are_scores, outputs.values())):
            raise ModelError("the model's scores are not finite: its weights are damaged or have diverged")
        return outputs


def make_tagger(
    backend: TorchBackend,
    features: Features,
    tasks: Sequence[Task],
    *,
    window: int = 0,
    with_scores: bool = True,
    confidence: Confidence | None = None,
    tokenizer: Tokenizer | None = None,
) -> Tagger:
    """Return a network, as it stands, ready to tag.

    Args:
        backend: runs it.
        features: its inputs.
        tasks: those of its heads.
        window: units that it sees at once.
        with_scores: compute each entity's probability.
        confidence: how the scores were calibrated.
        tokenizer: of what it is given as raw text.
    """
    decoders = make_decoders(tasks, decoder_arrays(backend.network, tasks), with_scores=with_scores)
    return Tagger(backend, features, *decoders, window=window, confidence=confidence, tokenizer=tokenizer)


def decoder_arrays(network: Network, tasks: Sequence[Task]) -> Arrays:
    """Return the weights that decide after the network, as the tasks name them."""
    heads = network.heads
    return {name: array for task in tasks for name, array in task.arrays(heads[task.role]).items()}


def tagger_from_network(network: Network, parts: BundleParts, precision: Precision = "fp32") -> Tagger:
    """Return the network of a bundle that holds these ``parts``, ready to tag."""
    return make_tagger(
        TorchBackend(network, precision=precision),
        parts.features,
        parts.tasks,
        window=parts.options.max_length,
        confidence=parts.settings.confidence,
        tokenizer=get_tokenizer(parts.settings.tokenizer),
    )


def network_from_bundle(bundle: Bundle, folder: Path) -> tuple[Network, BundleParts]:
    """Rebuild the network that a bundle holds, and return it with what the bundle holds beside it.

    Memory is taken only once the weights are known to be those that the configuration asks for: a few bytes
    of configuration can ask for terabytes.

    Raises:
        BundleError: the bundle's parts do not fit each other.
    """
    parts = parts_of_bundle(bundle, folder)
    tensors = {name: torch.from_numpy(array) for name, array in bundle.tensors.items()}
    try:
        with torch.device("meta"), _NothingDrawn():
            blueprint = parts.rung.build(parts.options, parts.features, parts.tasks)
    except (ValueError, TypeError, RuntimeError, ArithmeticError, ConfigError) as error:
        raise BundleError(
            f"{folder}: a network cannot be built from it: {excerpt(str(error), 200)}"
        ) from None
    check_weights(blueprint, tensors, folder)
    network = parts.rung.build(parts.options, parts.features, parts.tasks)
    network.load_state_dict(tensors)
    return network, parts


def check_weights(network: nn.Module, tensors: dict[str, torch.Tensor], folder: Path) -> None:
    """Compare names, shapes and number types exactly; the network may be on the meta device.

    Raises:
        BundleError: a weight is missing, extra, or of another shape or number type.
    """
    expected = network.state_dict()
    for name in sorted(expected.keys() ^ tensors.keys()):
        fault = "misses the weight" if name in expected else "holds the unknown weight"
        raise BundleError(f"{folder}: {fault} '{excerpt(name)}'")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            raise BundleError(
                f"{folder}: weight '{name}' has shape {list(tensor.shape)}, "
                f"expected {list(expected[name].shape)}"
            )
        if tensor.dtype != expected[name].dtype:
            raise BundleError(
                f"{folder}: weight '{name}' holds {_kind(tensor)}, expected {_kind(expected[name])}"
            )


class _NothingDrawn(TorchFunctionMode):
    """Leaves out the one way of drawing weights that on the meta device costs a second of imports."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if func is nn.init.normal_:
            return given["tensor"] if "tensor" in given else args[0]
        return func(*args, **given)


def _kind(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
