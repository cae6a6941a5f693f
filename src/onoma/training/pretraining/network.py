"""The network that is pretrained: BERT's encoder with its language-model head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from onoma.errors import ModelError, excerpt
from onoma.models.encoder_folder import find_encoder, read_encoder_config
from onoma.nn.pretrained import quiet_library
from onoma.training.pretraining.config import SIZES, PretrainingConfig

LONGEST = 512
"""Positions of a new encoder; blocks may be shorter."""


class MaskedLanguageModel(nn.Module):
    """Predicts hidden pieces; the head, as wide as the vocabulary, runs on those places alone.

    Args:
        model: transformers' ``BertForMaskedLM``.
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
        states = self.model.bert(input_ids=inputs).last_hidden_state  # [B, P, H]
        scores: Tensor = self.model.cls(states.flatten(0, 1)[places])
        return scores

    def loss(self, inputs: Tensor, places: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of the hidden pieces ``targets`` [M]."""
        return nn.functional.cross_entropy(self(inputs, places).float(), targets)


def make_network(config: PretrainingConfig, num_pieces: int, pad_id: int) -> MaskedLanguageModel:
    """Build a fresh encoder, or take up the one in ``config.source`` (its head may be missing).

    Dropout is off: of text there is more than a small encoder can take in.

    Raises:
        ModelError: the source is no BERT, or cannot be read.
        MissingExtraError: transformers is not installed.
    """
    with quiet_library():
        from transformers import BertConfig, BertForMaskedLM

        if config.source is None:
            size = SIZES[config.size]
            shape = BertConfig(
                vocab_size=num_pieces,
                hidden_size=size.width,
                num_hidden_layers=size.layers,
                num_attention_heads=size.heads,
                intermediate_size=4 * size.width,
                max_position_embeddings=LONGEST,
                pad_token_id=pad_id,
            )
            model = BertForMaskedLM._from_config(shape, attn_implementation="sdpa")
        else:
            model = _take_up(BertForMaskedLM, find_encoder(config.source))
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return MaskedLanguageModel(model)


def _take_up(kind: Any, folder: Path) -> Any:
    described = read_encoder_config(folder)
    if described.get("model_type") != "bert":
        found = excerpt(str(described.get("model_type")))
        raise ModelError(f"{folder}: only encoders of type bert can be pretrained further, this is '{found}'")
    try:
        return kind.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            attn_implementation="sdpa",
        )
    except Exception as error:  # of many kinds: they come from three libraries
        raise ModelError(f"{folder}: its weights cannot be read: {excerpt(str(error), 200)}") from None


def make_optimizer(network: nn.Module, config: PretrainingConfig) -> torch.optim.Optimizer:
    """AdamW with decay on matrices only."""
    matrices = [one for one in network.parameters() if one.ndim > 1]
    others = [one for one in network.parameters() if one.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.98), eps=1e-6, fused=True)
