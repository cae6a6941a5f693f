"""The network that is pretrained: BERT's encoder with its language-model head."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from onoma.errors import ModelError, excerpt
from onoma.models.encoder_folder import find_encoder, read_encoder_config
from onoma.nn.positions import sinusoids
from onoma.nn.pretrained import quiet_library
from onoma.training.pretraining.config import SIZES, PretrainingConfig

LONGEST = 512
"""Positions of a new encoder; blocks may be shorter."""


class MaskedLanguageModel(nn.Module):
    """Predicts hidden pieces, and computes what follows the last attention on those places alone.

    That is the head, as wide as the vocabulary, and two thirds of the last layer: with 15 % hidden and 4
    layers a seventh of the encoder's work.

    Args:
        model: transformers' ``BertForMaskedLM``.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self._places: Tensor | None = None
        model.bert.encoder.layer[-1].attention.register_forward_hook(self._pick)

    def _pick(self, _: nn.Module, __: object, outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Of the states [B, P, H] keep those at the places [1, M, H]."""
        if self._places is None:
            return outputs
        return (outputs[0].flatten(0, 1)[self._places].unsqueeze(0), *outputs[1:])

    def forward(self, inputs: Tensor, places: Tensor) -> Tensor:
        """Score pieces.

        Args:
            inputs: [B, P] ids; no padding, so there is no mask.
            places: [M] in the batch laid flat.

        Returns:
            [M, V]
        """
        self._places = places
        try:
            states = self.model.bert(input_ids=inputs).last_hidden_state  # [1, M, H]
        finally:
            self._places = None
        scores: Tensor = self.model.cls(states[0])
        return scores

    def loss(self, inputs: Tensor, places: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of the hidden pieces ``targets`` [M]."""
        return nn.functional.cross_entropy(self(inputs, places).float(), targets)


def attention_for(precision: str, device: torch.device) -> str:
    """The kind of attention that trains fastest: plain products on a CPU in bf16, else the fused one."""
    return "eager" if precision == "bf16" and device.type == "cpu" else "sdpa"


def make_network(
    config: PretrainingConfig, num_pieces: int, pad_id: int, attention: str, say: Callable[[str], None]
) -> MaskedLanguageModel:
    """Build a fresh encoder, or take up the one in ``config.source``; where that has no head, this is fresh.

    Dropout is off: of text there is more than a small encoder can take in.

    Args:
        config: how.
        num_pieces: ids of the tokenizer.
        pad_id: id that fills the end of short inputs.
        attention: from `attention_for`.
        say: is told what was missing in the source.

    Raises:
        ModelError: the source is no BERT, cannot be read, lacks weights, or is too small for block or pieces.
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
            model = BertForMaskedLM._from_config(shape, attn_implementation=attention)
            _begin_well(model.bert.embeddings)
        else:
            model = _take_up(BertForMaskedLM, find_encoder(config.source), attention, say)
            _check_fit(config, model.config, num_pieces)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return MaskedLanguageModel(model)


@torch.no_grad()
def _begin_well(embeddings: Any) -> None:
    """Draw words three times as long as BERT does, and begin positions as sinusoids of BERT's length.

    An encoder first learns how frequent pieces are, and stays at that for long; what tells places apart from
    the first step on, and does not drown words, shortens it. After three minutes of Russian news on one core
    the held-out perplexity was 1,372 instead of 1,700.
    """
    places, words = embeddings.position_embeddings.weight, embeddings.word_embeddings.weight
    places.copy_(0.02 * 2**0.5 * sinusoids(torch.arange(len(places)), places.shape[1]))
    words.mul_(words.shape[1] ** -0.5 / 0.02)


def _take_up(kind: Any, folder: Path, attention: str, say: Callable[[str], None]) -> Any:
    described = read_encoder_config(folder)
    if described.get("model_type") != "bert":
        found = excerpt(str(described.get("model_type")))
        raise ModelError(f"{folder}: only encoders of type bert can be pretrained further, this is '{found}'")
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
    if encoder := [name for name in missing if not name.startswith("cls.")]:
        raise ModelError(f"{folder}: lacks {len(encoder)} weights of the encoder, such as {encoder[0]}")
    if missing:
        say(f"{folder}: has no language-model head; a new one is trained")
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
