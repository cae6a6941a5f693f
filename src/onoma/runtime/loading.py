"""Finding a model by what the user calls it."""

from __future__ import annotations

import os
from pathlib import Path

from onoma.errors import MissingExtraError, ModelError
from onoma.runtime.bundle import is_bundle, load_bundle
from onoma.runtime.tagger import Tagger


def find_bundle(model: str | Path) -> Path:
    """Return the bundle folder of a run or bundle.

    Raises:
        ModelError: there is no model of that name, or the run's bundle lies elsewhere.
    """
    path = Path(model)
    if is_bundle(path):
        return path
    inner = path / "bundle"
    # The folder that the user names may be a link; one inside a run that came from elsewhere may not.
    if os.path.islink(inner):  # noqa: PTH114 - Path's own raises on names that are too long
        raise ModelError(f"{inner}: is a link; name the bundle that it leads to")
    if is_bundle(inner):
        return inner
    if os.path.isdir(path):  # noqa: PTH112
        raise ModelError(f"{model}: neither a bundle nor a finished run: it has no manifest.json or bundle/")
    raise ModelError(f"{model}: no such run or bundle")


def load(model: str | Path, *, threads: int = 0) -> Tagger:
    """Load a run or a bundle for tagging; an exported one needs no PyTorch.

    Args:
        model: path of the run or bundle.
        threads: threads of the encoder, 0 to leave the number as it is; one of an exported model.

    Raises:
        ModelError: there is no such model.
        BundleError: the bundle is damaged.
        MissingExtraError: torch is not installed.
    """
    folder = find_bundle(model)
    bundle = load_bundle(folder)
    if bundle.graph is not None:
        from onoma.runtime.onnx_backend import tagger_from_onnx

        return tagger_from_onnx(bundle, folder, threads=threads)
    try:
        import torch
    except ImportError:
        raise MissingExtraError("PyTorch", "train") from None
    from onoma.runtime.torch_backend import network_from_bundle, tagger_from_network

    network, features = network_from_bundle(bundle, folder)
    if threads:
        torch.set_num_threads(threads)
    return tagger_from_network(network, features, bundle.config)
