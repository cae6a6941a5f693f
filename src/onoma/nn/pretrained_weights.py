"""The weights of a pretrained encoder, from safetensors only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from onoma.errors import ModelError, excerpt
from onoma.nn.architectures import Architecture, library_config
from onoma.nn.pretrained import PretrainedEncoder, attention_of, model_class, no_pooler, quiet_library


def load_weights(folder: Path, architecture: Architecture, encoder: PretrainedEncoder) -> str:
    """Replace an encoder's weights by those of a folder.

    Returns:
        One line on what was taken and what was left.

    Raises:
        ModelError: the file is damaged, or lacks weights that the encoder needs.
    """
    loaded, info = _read(folder, architecture)
    if missing := sorted(info["missing_keys"]):
        raise ModelError(
            f"{folder}: lacks {len(missing)} weights of the encoder, such as {_listing(missing)}"
        )
    values = loaded.state_dict()
    with torch.no_grad():
        for name, own in encoder.model.state_dict().items():
            if not torch.isfinite(values[name]).all():
                raise ModelError(f"{folder}: weight '{name}' holds values that are not finite")
            own.copy_(values[name])
    left = sorted(info["unexpected_keys"])
    tail = f"; left out: {_listing(left)}" if left else ""
    kind = f"{architecture.model_type} encoder with {architecture.depth} layers"
    return f"{kind}: {len(values)} weights read{tail}"


def _read(folder: Path, architecture: Architecture) -> tuple[Any, dict[str, Any]]:
    config = library_config(architecture)
    kind = model_class(config)
    with quiet_library():
        try:
            network, info = kind.from_pretrained(
                folder,
                config=config,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
                attn_implementation=attention_of(kind),
                **no_pooler(kind),
            )
        except Exception as error:  # of many kinds: they come from three libraries
            raise ModelError(f"{folder}: its weights cannot be read: {excerpt(str(error), 200)}") from None
    return network, info


def _listing(names: list[str]) -> str:
    """The distinct beginnings of weights' names."""
    parts = list(dict.fromkeys(name.rpartition(".")[0] or name for name in names))
    return ", ".join(parts[:4]) + (f" and {len(parts) - 4} more" if len(parts) > 4 else "")
