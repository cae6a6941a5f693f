"""The network that is pretrained: an encoder with its language-model head."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from onoma.errors import ModelError, excerpt
from onoma.models.encoder_folder import find_encoder, read_encoder_config
from onoma.nn.pretrained import quiet_library
from onoma.training.pretraining.config import SIZES, PretrainingConfig, Size

_LOG = logging.getLogger(__name__)

LONGEST = 512
"""Positions of a new encoder; blocks may be shorter."""
_ROTATION = 1000.0
"""Base of the rotary positions; made for inputs of thousands of pieces, 10,000 and more are common."""
_HEADS = ("cls.", "head.", "decoder.")
"""Weights of the language-model head begin so."""
_ROWS = 64
"""Rows of hidden pieces come in multiples of this."""
_NO_TARGET = -100


class SpecialIds(NamedTuple):
    """Ids of the pieces that pad, begin and end inputs."""

    pad: int
    begin: int
    end: int


class MaskedLanguageModel(nn.Module):
    """Predicts hidden pieces, and scores the vocabulary at those places alone.

    Args:
        model: transformers' ``ModernBertForMaskedLM`` or ``BertForMaskedLM``.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor, places: Tensor) -> Tensor:
        """Score pieces.

        Args:
            inputs: [B, P] ids; no padding, so there is no mask.
            places: [M] in the batch laid flat.

        Returns:
            [M, V]
        """
        states = self.model.base_model(input_ids=inputs).last_hidden_state.flatten(0, 1)[places]  # [M, H]
        if hasattr(self.model, "cls"):  # BERT's head
            return cast("Tensor", self.model.cls(states))
        return cast("Tensor", self.model.decoder(self.model.head(states)))

    def loss(self, inputs: Tensor, places: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of the hidden pieces ``targets`` [M]."""
        # A product of a new shape is compiled and kept: with as many rows as pieces happen to be hidden that
        # costs time, and memory that grows for hundreds of updates.
        extra = -len(places) % _ROWS
        places = nn.functional.pad(places, (0, extra))  # [M']
        targets = nn.functional.pad(targets, (0, extra), value=_NO_TARGET)
        return nn.functional.cross_entropy(self(inputs, places).float(), targets, ignore_index=_NO_TARGET)

    @torch.no_grad()
    def begin_from(self, vectors: npt.NDArray[np.float32]) -> None:
        """Let the embeddings of pieces, which score them too, begin as these vectors [V, H]."""
        self.model.get_input_embeddings().weight.copy_(torch.from_numpy(vectors))


def attention_for(precision: str, device: torch.device) -> str:
    """The kind of attention that trains fastest: plain products on a CPU in bf16, else the fused one."""
    return "eager" if precision == "bf16" and device.type == "cpu" else "sdpa"


def make_network(
    config: PretrainingConfig,
    num_pieces: int,
    ids: SpecialIds,
    attention: str,
) -> MaskedLanguageModel:
    """Build a fresh encoder, or take up the one in ``config.source``; where that has no head, this is fresh.

    A fresh one is a ModernBERT (Warner et al. 2024) that attends to the whole input in every layer. Rotary
    positions and norms before the layers let a small one leave the frequencies of pieces behind within
    minutes, where BERT's learned positions need hours. Dropout is off: of text there is more than a small
    encoder can take in.

    Args:
        config: how.
        num_pieces: ids of the tokenizer.
        ids: of the pieces that pad, begin and end inputs.
        attention: from `attention_for`.

    Raises:
        ModelError: the source is of another kind, cannot be read, lacks weights, or is too small for block or
            pieces.
        MissingExtraError: transformers is not installed.
    """
    with quiet_library():
        if config.source is None:
            model = _make_fresh(SIZES[config.size], num_pieces, ids, attention)
        else:
            model = _take_up(find_encoder(config.source), attention)
            _check_fit(config, model.config, num_pieces)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return MaskedLanguageModel(model)


def _make_fresh(size: Size, num_pieces: int, ids: SpecialIds, attention: str) -> Any:
    from transformers import ModernBertConfig, ModernBertForMaskedLM

    shape = ModernBertConfig(
        vocab_size=num_pieces,
        hidden_size=size.width,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        intermediate_size=2 * size.width,
        max_position_embeddings=LONGEST,
        global_attn_every_n_layers=1,
        pad_token_id=ids.pad,
        bos_token_id=ids.begin,
        cls_token_id=ids.begin,
        eos_token_id=ids.end,
        sep_token_id=ids.end,
        rope_parameters={
            kind: {"rope_type": "default", "rope_theta": _ROTATION}
            for kind in ("full_attention", "sliding_attention")
        },
    )
    return ModernBertForMaskedLM._from_config(shape, attn_implementation=attention)


def _library_kind(model_type: str) -> Any:
    import transformers

    names = {"bert": "BertForMaskedLM", "modernbert": "ModernBertForMaskedLM"}
    return getattr(transformers, names[model_type]) if model_type in names else None


def _take_up(folder: Path, attention: str) -> Any:
    found = str(read_encoder_config(folder).get("model_type"))
    kind = _library_kind(found)
    if kind is None:
        raise ModelError(
            f"{folder}: only encoders of type bert or modernbert can be pretrained further, "
            f"this is '{excerpt(found)}'"
        )
    try:
        model, info = kind.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
            attn_implementation=attention,
        )
    except Exception as error:  # of many kinds: they come from three libraries
        raise ModelError(f"{folder}: its weights cannot be read: {excerpt(str(error), 200)}") from None
    missing = sorted(info["missing_keys"])
    if encoder := [name for name in missing if not name.startswith(_HEADS)]:
        raise ModelError(f"{folder}: lacks {len(encoder)} weights of the encoder, such as {encoder[0]}")
    if missing:
        _LOG.info(f"{folder}: has no language-model head; a new one is trained")
    return model.float()


def _check_fit(config: PretrainingConfig, shape: Any, num_pieces: int) -> None:
    if config.block > shape.max_position_embeddings:
        raise ModelError(
            f"{config.source}: reads {shape.max_position_embeddings} pieces at most: lower --block"
        )
    if num_pieces > shape.vocab_size:
        raise ModelError(
            f"{config.source}: its tokenizer has {num_pieces:,} pieces, its weights {shape.vocab_size:,}"
        )


def make_optimizer(network: nn.Module, config: PretrainingConfig) -> torch.optim.Optimizer:
    """AdamW with decay on matrices only."""
    matrices = [one for one in network.parameters() if one.ndim > 1]
    others = [one for one in network.parameters() if one.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.98), eps=1e-6, fused=True)


def library_version() -> str:
    """Return the version of transformers.

    Raises:
        MissingExtraError: it is not installed.
    """
    with quiet_library():
        import transformers

    return str(transformers.__version__)
