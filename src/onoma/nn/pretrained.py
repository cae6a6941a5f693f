"""A pretrained Hugging Face encoder as the encoder of a tagger."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from onoma.errors import MissingExtraError, excerpt
from onoma.nn.architectures import Architecture, library_config
from onoma.nn.dropout import quicken_dropout
from onoma.nn.encoder_layers import encoder_layers
from onoma.nn.packed_encoder import encode_packed


class PieceIds(nn.Module):
    """Hands an encoder that has embeddings of its own the ids of the pieces."""

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Ids [B, P]."""
        return inputs["pieces"]


class PretrainedEncoder(nn.Module):
    """Runs a pretrained encoder over piece ids.

    It is built with fresh weights from its description alone, on the meta device too; what a sentence pooler
    or a language-model head would add is left out.

    Args:
        architecture: what to build.
        dropout: share of the states' features dropped in training, beside the encoder's own dropout.
        frozen_layers: so many layers from below keep their weights, and the embeddings; -1 for none.
        gradient_checkpointing: compute layers twice instead of keeping what is between them.

    Raises:
        ValueError: the library refuses the architecture, or it has fewer layers than are to be frozen.
        MissingExtraError: transformers is not installed.
    """

    def __init__(
        self,
        architecture: Architecture,
        dropout: float = 0.0,
        frozen_layers: int = -1,
        gradient_checkpointing: bool = False,
    ) -> None:
        super().__init__()
        if frozen_layers > architecture.depth:
            raise ValueError(f"the encoder has {architecture.depth} layers, {frozen_layers} cannot be frozen")
        self.output_dim = architecture.width
        self.num_layers = architecture.depth
        self.num_positions = architecture.num_positions
        self.pad_id = architecture.pad_token_id or 0
        self.model = build_model(architecture)
        self.dropout = nn.Dropout(dropout)
        quicken_dropout(self)
        self.layers = encoder_layers(self.model)
        self._checkpointing = gradient_checkpointing
        if gradient_checkpointing and self.layers is None:
            _checkpoint_layers(self.model)
        for parameter, depth in self.depths():
            if frozen_layers >= 0 and depth >= self.num_layers - frozen_layers:
                parameter.requires_grad_(False)

    def depths(self) -> Iterator[tuple[nn.Parameter, int]]:
        """Yield each parameter with the number of layers above it: 0 in the top layer.

        Embeddings lie below all layers. What follows the layers, or is shared by all of them, lies on top.
        """
        layers = next(module for module in self.model.modules() if isinstance(module, nn.ModuleList))
        inside = {id(one): index for index, layer in enumerate(layers) for one in layer.parameters()}
        below = True
        for parameter in self.model.parameters():
            index = inside.get(id(parameter))
            below = below and index is None
            if index is not None:
                yield parameter, len(layers) - 1 - index
            else:
                yield parameter, self.num_layers if below else 0

    def tables(self) -> Iterator[nn.Embedding]:
        """Yield the one of the pieces."""
        table = self.model.get_input_embeddings()
        if isinstance(table, nn.Embedding):
            yield table

    def forward(self, pieces: Tensor, lengths: Tensor) -> Tensor:
        """Compute states in context.

        Args:
            pieces: ids. [B, P]
            lengths: real pieces of each row. [B]

        Returns:
            [B, P, H]; padding holds arbitrary finite values.
        """
        mask = torch.arange(pieces.shape[1], device=pieces.device) < lengths.unsqueeze(1)  # [B, P]
        pieces = pieces.masked_fill(~mask, self.pad_id)
        # A sentence alone has no padding, and the library needs fewer calls for it.
        if self.layers is not None and (torch.is_grad_enabled() or len(pieces) > 1):
            states = encode_packed(
                self.model, self.layers, pieces, lengths, checkpointing=self._checkpointing
            )
        else:
            outputs = self.model(input_ids=pieces, attention_mask=mask.long(), return_dict=True)
            states = outputs.last_hidden_state
        dropped: Tensor = self.dropout(states)
        return dropped


def build_model(architecture: Architecture) -> Any:
    """Return the library's network with fresh weights.

    Raises:
        ValueError: the library refuses the architecture.
        MissingExtraError: transformers is not installed.
    """
    config = library_config(architecture)
    with quiet_library():
        try:
            kind = model_class(config)
            return kind._from_config(config, attn_implementation=attention_of(kind), **no_pooler(kind))
        except Exception as error:  # each model has its own ways of objecting
            raise ValueError(f"encoder: it cannot be built: {excerpt(str(error), 200)}") from None


def _checkpoint_layers(model: Any) -> None:
    if hasattr(model, "activation_checkpointing_enable"):  # the newer name
        model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    else:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})


def model_class(config: Any) -> Any:
    """Return the library's class of a configuration's bare encoder."""
    from transformers.models.auto.modeling_auto import MODEL_MAPPING

    return MODEL_MAPPING[type(config)]


def attention_of(kind: Any) -> str:
    """The fastest implementation of attention that needs nothing beside torch."""
    return "sdpa" if getattr(kind, "_supports_sdpa", False) else "eager"


def no_pooler(kind: Any) -> dict[str, bool]:
    """Arguments that leave the sentence pooler out, where the class has one."""
    return {"add_pooling_layer": False} if "add_pooling_layer" in inspect.signature(kind).parameters else {}


@contextmanager
def quiet_library() -> Iterator[None]:
    """Keep the library's advice and progress bars off standard error.

    Raises:
        MissingExtraError: transformers is not installed.
    """
    try:
        from transformers.utils import logging
    except ImportError:
        raise MissingExtraError("transformers", "bert") from None
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
