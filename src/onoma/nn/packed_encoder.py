"""A BERT-like encoder without padding: the library's weights, computed on rows of real pieces.

The function is the library's, and dropout has the same probabilities, drawn in another order. What differs is
where time goes: nothing is computed of padding but attention, and products come in few shapes.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from onoma.nn.encoder_layers import EncoderLayer
from onoma.nn.packing import Packing


def encode_packed(
    model: Any, layers: tuple[EncoderLayer, ...], pieces: Tensor, lengths: Tensor, *, checkpointing: bool
) -> Tensor:
    """Compute states in context.

    Args:
        model: the library's.
        layers: those of the model.
        pieces: ids, the padding id in padding. [B, P]
        lengths: real pieces of each row. [B]
        checkpointing: compute layers twice in training instead of keeping what is between them.

    Returns:
        [B, P, H], zero in padding.
    """
    packing = Packing(lengths, pieces.shape[1])
    embeddings = model.embeddings
    places = torch.arange(pieces.shape[1], device=pieces.device).expand_as(pieces)  # [B, P]
    if hasattr(embeddings, "create_position_ids_from_input_ids"):
        places = embeddings.create_position_ids_from_input_ids(pieces, embeddings.padding_idx)
    fill = embeddings.word_embeddings.padding_idx or 0
    ids, positions = packing.rows(pieces, fill)[None], packing.rows(places, 0)[None]
    rows = embeddings(input_ids=ids, position_ids=positions)[0]  # [R, D]
    if hasattr(model, "embeddings_project"):
        rows = model.embeddings_project(rows)
    for layer in layers:
        if checkpointing and model.training:
            rows = checkpoint(_layer, layer, rows, packing, use_reentrant=False)
        else:
            rows = _layer(layer, rows, packing)
    return packing.to_batch(rows)


def _layer(layer: EncoderLayer, rows: Tensor, packing: Packing) -> Tensor:
    """[R, H] to [R, H], each sum normed."""
    mixed: Tensor = layer.output(_mix(layer, rows, packing))
    if layer.output_dropout is not None:
        mixed = layer.output_dropout(mixed)
    rows = layer.attention_norm(mixed + rows)
    fed = layer.feedforward_dropout(layer.narrow(layer.activate(layer.widen(rows))))
    normed: Tensor = layer.feedforward_norm(fed + rows)
    return normed


def _mix(layer: EncoderLayer, rows: Tensor, packing: Packing) -> Tensor:
    """Attend: [R, H] to [R, H]."""
    weight = _joined([one.weight for one in layer.inputs])
    bias = _joined([one.bias for one in layer.inputs])
    inputs = nn.functional.linear(rows, weight, bias)  # [R, 3H]
    # One head after the other, those of queries first.
    heads = packing.by_head(inputs, 3 * layer.num_heads)  # [B, 3 * heads, G, D]
    queries, keys, values = heads.chunk(3, dim=1)
    return packing.joined(_attend(layer, queries, keys, values, packing.mask))


def _attend(
    layer: EncoderLayer, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None
) -> Tensor:
    """Mix values by the products of queries and keys. [B, heads, G, D]"""
    if values.requires_grad and values.device.type == "cpu":
        # Torch has no kernel for this with dropout. The softmax is faster in single precision, too.
        scores = torch.matmul(queries * layer.scale, keys.transpose(-1, -2)).float()  # [B, heads, G, G]
        if mask is not None:
            scores = scores + mask
        weights = layer.attention_dropout(scores.softmax(dim=-1)).to(values.dtype)
        return torch.matmul(weights, values)
    dropout = layer.attention_dropout
    return nn.functional.scaled_dot_product_attention(
        queries,
        keys,
        values,
        attn_mask=None if mask is None else mask.to(values.dtype),
        dropout_p=dropout.p if dropout.training else 0.0,
        scale=layer.scale,
    )


def _joined(weights: list[Tensor]) -> Tensor:
    """Weights [N, ...] after each other, in the type that products are computed in."""
    device = weights[0].device.type
    if torch.is_autocast_enabled(device):
        kind = torch.get_autocast_dtype(device)
        weights = [weight.to(kind) for weight in weights]
    return torch.cat(weights)
