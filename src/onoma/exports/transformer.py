"""A Transformer encoder as nodes."""

from __future__ import annotations

import numpy as np
import torch
from onnx import TensorProto
from torch import nn

from onoma.exports.graph import LOWEST, GraphBuilder
from onoma.exports.layers import array, linear
from onoma.nn.transformer import SelfAttention, TransformerEncoder, TransformerLayer


def encode_transformer(graph: GraphBuilder, encoder: TransformerEncoder, units: str, lengths: str) -> str:
    """[B, U, D] to [B, U, H]."""
    count = graph.size(units, 1)  # [1]
    places = graph.numbers(count)  # [U]
    states = units
    if isinstance(encoder.projection, nn.Linear):
        states = linear(graph, states, encoder.projection)
    if encoder.norm == "pre":
        states = norm(graph, states, encoder.first_norm)
    if encoder.positions == "sinusoidal":
        states = graph.node("Add", states, _sinusoids(graph, places, encoder.output_dim))
    elif encoder.learned_positions is not None:
        rows = graph.weight(array(encoder.learned_positions))
        rows = graph.node("Slice", rows, graph.integers(0), count, graph.integers(0))
        states = graph.node("Add", states, rows)
    distances = None
    if encoder.positions == "relative":
        steps = graph.node("Sub", graph.numbers(_num_distances(graph, count)), _less_one(graph, count))
        distances = graph.node("Transpose", _sinusoids(graph, steps, encoder.head_dim), perm=[1, 0])
    if encoder.norm == "post":
        states = norm(graph, states, encoder.first_norm)
    mask = padding_mask(graph, places, lengths)
    for layer in encoder.layers:
        assert isinstance(layer, TransformerLayer)
        states = _layer(graph, layer, states, mask, distances, count)
    if isinstance(encoder.last_norm, nn.LayerNorm):
        states = norm(graph, states, encoder.last_norm)
    return states


def padding_mask(graph: GraphBuilder, places: str, lengths: str) -> str:
    """0 where a unit is real, else all but minus infinity. [B, 1, 1, U]"""
    real = graph.node("Less", places, graph.node("Unsqueeze", lengths, graph.integers(1)))  # [B, U]
    # Half of the lowest: a score may be added without leaving the floats.
    mask = graph.node("Where", real, graph.constant(0.0), graph.constant(LOWEST / 2))
    return graph.node("Unsqueeze", mask, graph.integers(1, 2))


def _sinusoids(graph: GraphBuilder, positions: str, dim: int) -> str:
    """See `onoma.nn.positions.sinusoids`. [N, dim]"""
    rates = torch.exp(torch.arange(0, dim, 2) * (-np.log(10_000.0) / dim))
    floats = graph.node("Cast", graph.node("Unsqueeze", positions, graph.integers(1)), to=TensorProto.FLOAT)
    angles = graph.node("Mul", floats, graph.constant(array(rates)))
    return graph.concat([graph.node("Sin", angles), graph.node("Cos", angles)])


def _layer(
    graph: GraphBuilder, layer: TransformerLayer, states: str, mask: str, distances: str | None, count: str
) -> str:
    if layer.norm == "pre":
        normed = norm(graph, states, layer.attention_norm)
        states = graph.node("Add", states, _attend(graph, layer.attention, normed, mask, distances, count))
        normed = norm(graph, states, layer.feedforward_norm)
        return graph.node("Add", states, _feed_forward(graph, layer, normed))
    attended = _attend(graph, layer.attention, states, mask, distances, count)
    states = norm(graph, graph.node("Add", states, attended), layer.attention_norm)
    fed = graph.node("Add", states, _feed_forward(graph, layer, states))
    return norm(graph, fed, layer.feedforward_norm)


def _feed_forward(graph: GraphBuilder, layer: TransformerLayer, states: str) -> str:
    operator = "Gelu" if isinstance(layer.activate, nn.GELU) else "Relu"
    return linear(graph, graph.node(operator, linear(graph, states, layer.widen)), layer.narrow)


def _attend(
    graph: GraphBuilder, attention: SelfAttention, states: str, mask: str, distances: str | None, count: str
) -> str:
    """See `SelfAttention.forward`."""
    heads, width = attention.num_heads, attention.head_dim
    inputs = linear(graph, states, attention.inputs)  # [B, U, 3H]
    inputs = graph.node("Reshape", inputs, graph.integers(0, 0, 3, heads, width))
    inputs = graph.node("Transpose", inputs, perm=[2, 0, 3, 1, 4])  # [3, B, heads, U, D]
    queries, keys, values = (graph.node("Gather", inputs, graph.constant(i, np.int64)) for i in range(3))
    scores = mask
    if distances is not None:
        assert attention.distance_bias is not None
        assert attention.content_bias is not None
        far = graph.node("Add", queries, graph.constant(array(attention.distance_bias)))
        far = graph.node("Mul", graph.node("MatMul", far, distances), graph.constant(attention.scale))
        scores = graph.node("Add", _by_distance(graph, far, count), mask)
        queries = graph.node("Add", queries, graph.constant(array(attention.content_bias)))
    joined = mix_values(
        graph, queries, keys, values, scores=scores, scale=attention.scale, width=heads * width
    )
    return linear(graph, joined, attention.output)


def mix_values(
    graph: GraphBuilder, queries: str, keys: str, values: str, *, scores: str, scale: float, width: int
) -> str:
    """Scaled products of queries and keys, and ``scores``, weigh the values.

    Args:
        graph: takes the nodes.
        queries: [B, heads, U, D], as keys and values.
        keys: what they are compared with.
        values: what is mixed.
        scores: added to the products, the mask among them. [B, heads or 1, U or 1, U]
        scale: of the products.
        width: heads * D.

    Returns:
        [B, U, width]
    """
    turned = graph.node("Transpose", keys, perm=[0, 1, 3, 2])
    content = graph.node("MatMul", graph.node("Mul", queries, graph.constant(scale)), turned)
    weights = graph.node("Softmax", graph.node("Add", content, scores), axis=-1)  # [B, heads, U, U]
    mixed = graph.node("Transpose", graph.node("MatMul", weights, values), perm=[0, 2, 1, 3])
    return graph.node("Reshape", mixed, graph.integers(0, 0, width))


def _by_distance(graph: GraphBuilder, scores: str, count: str) -> str:
    """See `onoma.nn.positions.by_distance`. [B, heads, U, 2U-1] to [B, heads, U, U]"""
    padded = graph.node("Pad", scores, graph.integers(0, 0, 0, 0, 0, 0, 0, 1))
    flat = graph.node("Reshape", padded, graph.integers(0, 0, -1))
    first, steps = _less_one(graph, count), _num_distances(graph, count)
    end = graph.node("Add", first, graph.node("Mul", count, steps))
    rows = graph.node("Slice", flat, first, end, graph.integers(2))
    shape = graph.node("Concat", graph.integers(0, 0), count, steps, axis=0)
    rows = graph.node("Reshape", rows, shape)
    return graph.node("Slice", rows, graph.integers(0), count, graph.integers(3))


def _less_one(graph: GraphBuilder, count: str) -> str:
    return graph.node("Sub", count, graph.integers(1))


def _num_distances(graph: GraphBuilder, count: str) -> str:
    return graph.node("Add", count, _less_one(graph, count))


def norm(graph: GraphBuilder, states: str, layer: nn.LayerNorm) -> str:
    """[..., H] to [..., H]; a norm without bias is one whose bias is zero."""
    bias = np.zeros(layer.normalized_shape) if layer.bias is None else array(layer.bias)
    parts = graph.constant(array(layer.weight)), graph.constant(bias)
    return graph.node("LayerNormalization", states, *parts, axis=-1, epsilon=layer.eps)
