"""The layers of encoders that are built as BERT is, under names of ours.

Sources: Devlin et al. 2019 (BERT), Sanh et al. 2019 (DistilBERT), Clark et al. 2020 (ELECTRA), Liu et al.
2019 (RoBERTa).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

BERT_LIKE = ("bert", "camembert", "data2vec-text", "distilbert", "electra", "roberta", "xlm-roberta")
"""Kinds whose layers are attention and a feed-forward network, each with a norm after its residual."""


@dataclass(frozen=True, slots=True)
class EncoderLayer:
    """The library's modules of one layer.

    Args:
        inputs: what makes queries, keys and values.
        num_heads: attention heads, a divisor of the width.
        scale: of the products of queries and keys.
        attention_dropout: of the weights that come of them.
        output: projects what was mixed.
        output_dropout: of the projection; None for none.
        attention_norm: of its sum with the layer's input.
        widen: first layer of the feed-forward network.
        activate: its activation.
        narrow: its second layer.
        feedforward_dropout: of its result.
        feedforward_norm: of its sum with its input.
    """

    inputs: tuple[nn.Linear, nn.Linear, nn.Linear]
    num_heads: int
    scale: float
    attention_dropout: nn.Dropout
    output: nn.Linear
    output_dropout: nn.Dropout | None
    attention_norm: nn.LayerNorm
    widen: nn.Linear
    activate: nn.Module
    narrow: nn.Linear
    feedforward_dropout: nn.Dropout
    feedforward_norm: nn.LayerNorm


def encoder_layers(model: Any) -> tuple[EncoderLayer, ...] | None:
    """Return the layers of the library's model from below; None where it is of another kind."""
    kind = model.config.model_type
    if kind not in BERT_LIKE:
        return None
    if kind == "distilbert":
        return tuple(_distilled(layer) for layer in model.transformer.layer)
    return tuple(_plain(layer) for layer in model.encoder.layer)


def _plain(layer: Any) -> EncoderLayer:
    own, after = layer.attention.self, layer.attention.output
    return EncoderLayer(
        inputs=(own.query, own.key, own.value),
        num_heads=own.num_attention_heads,
        scale=own.scaling,
        attention_dropout=own.dropout,
        output=after.dense,
        output_dropout=after.dropout,
        attention_norm=after.LayerNorm,
        widen=layer.intermediate.dense,
        activate=layer.intermediate.intermediate_act_fn,
        narrow=layer.output.dense,
        feedforward_dropout=layer.output.dropout,
        feedforward_norm=layer.output.LayerNorm,
    )


def _distilled(layer: Any) -> EncoderLayer:
    own = layer.attention
    return EncoderLayer(
        inputs=(own.q_lin, own.k_lin, own.v_lin),
        num_heads=own.n_heads,
        scale=own.scaling,
        attention_dropout=own.dropout,
        output=own.out_lin,
        output_dropout=None,
        attention_norm=layer.sa_layer_norm,
        widen=layer.ffn.lin1,
        activate=layer.ffn.activation,
        narrow=layer.ffn.lin2,
        feedforward_dropout=layer.ffn.dropout,
        feedforward_norm=layer.output_layer_norm,
    )
