"""Finding a model by what the user calls it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

from onoma.errors import ConfigError, MissingExtraError, ModelError
from onoma.resources import shipped_models
from onoma.runtime.bundle import is_bundle, load_bundle
from onoma.runtime.hub import PREFIX, find_on_hub
from onoma.runtime.tagger import Tagger
from onoma.threads import check_threads

Compute = Literal["fp32", "bf16", "auto"]
NUMBER_FORMATS: tuple[str, ...] = get_args(Compute)
"""Number format of PyTorch's products."""


def find_bundle(model: str | os.PathLike[str], revision: str | None = None) -> Path:
    """Return the bundle folder of a run, a bundle, or a model that comes with Onoma, in this order.

    A model on the Hugging Face Hub, ``hf://OWNER/NAME``, is downloaded first; ``revision`` is for such a one.

    Raises:
        ModelError: there is no model of that name, the run's bundle lies elsewhere, or the Hub cannot be
            reached.
        ConfigError: a revision of what is not on the Hub.
        MissingExtraError: huggingface_hub is needed and not installed.
    """
    name = os.fspath(model)
    if name.startswith(PREFIX):
        return find_on_hub(name, revision)
    if revision is not None:
        raise ConfigError(f"revision='{revision}': only models on the Hub have one: {PREFIX}OWNER/NAME")
    path = Path(name)
    if is_bundle(path):
        return path
    inner = path / "bundle"
    # The folder that the user names may be a link; one inside a run that came from elsewhere may not.
    if os.path.islink(inner):  # noqa: PTH114 - Path's own raises on names that are too long
        raise ModelError(f"{inner}: is a link; name the bundle that it leads to")
    if is_bundle(inner):
        return inner
    shipped = shipped_models()
    if name in shipped:
        return shipped[name]
    if os.path.isdir(path):  # noqa: PTH112
        raise ModelError(f"{name}: neither a bundle nor a finished run: it has no manifest.json or bundle/")
    names = ", ".join(shipped) or "none"
    raise ModelError(f"{name}: no such run or bundle, nor a model that comes with Onoma (known: {names})")


def load(
    model: str | os.PathLike[str],
    *,
    threads: int = 0,
    min_score: float | None = None,
    min_precision: float | None = None,
    min_recall: float | None = None,
    precision: Compute = "fp32",
    revision: str | None = None,
) -> Tagger:
    """Load a run or a bundle for tagging; an exported one needs no PyTorch.

    Args:
        model: path of the run or bundle, a shipped model's name, or ``hf://OWNER/NAME`` of one on the Hub.
        threads: threads of the encoder, 0 to leave the number as it is; one of an exported model.
        min_score: lowest score, 0..1, of an entity that is given.
        min_precision: instead, what share of the given entities is to be right, by what was measured on dev.
        min_recall: instead, what share of a document's entities is to be covered by what is given, candidates
            off the best path included, with a guarantee; see `onoma.runtime.recall`.
        precision: number format of PyTorch's products: bf16 is faster where the processor has it, and rounds;
            auto takes it there. An exported model computes as it was exported.
        revision: branch, tag or commit of a model on the Hub.

    Raises:
        ModelError: there is no such model.
        BundleError: the bundle is damaged.
        MissingExtraError: torch, or huggingface_hub for a model on the Hub, is not installed.
        ConfigError: bf16 for an exported model, a wanted precision not reached on dev, a recall that cannot
            be promised, or a score or number of threads that makes no sense.
    """
    if not isinstance(precision, str):
        raise ConfigError(f"precision is a number format (fp32, bf16, auto); write min_precision={precision}")
    tagger = _load(find_bundle(model, revision), check_threads(threads), precision)
    tagger.leave_out(min_score=min_score, precision=min_precision, recall=min_recall)
    return tagger


def _load(folder: Path, threads: int, compute: Compute) -> Tagger:
    bundle = load_bundle(folder)
    if bundle.graph is not None:
        if compute == "bf16":
            raise ConfigError(f"{folder}: is exported and computes as it was; bf16 is for models in PyTorch")
        from onoma.runtime.onnx_backend import tagger_from_onnx

        return tagger_from_onnx(bundle, folder, threads=threads)
    try:
        import torch
    except ImportError:
        raise MissingExtraError("PyTorch", "train") from None
    from onoma.runtime.precision import choose_precision
    from onoma.runtime.torch_backend import network_from_bundle, tagger_from_network

    network, parts = network_from_bundle(bundle, folder)
    if threads:
        torch.set_num_threads(threads)
    precision = choose_precision(compute, torch.device("cpu"))
    return tagger_from_network(network, parts, precision)
