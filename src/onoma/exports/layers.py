"""The parts of a network as nodes: embedders, character CNN, recurrent layers, pooling."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from torch import Tensor, nn

from onoma.errors import ModelError
from onoma.exports.graph import LOWEST, Array, GraphBuilder
from onoma.nn.charcnn import CharacterCNN
from onoma.nn.embedder import WordEmbedder
from onoma.nn.piece_embedder import PieceEmbedder
from onoma.nn.pooling import WordPooling
from onoma.nn.recurrent import RecurrentEncoder

# ONNX's order of the gates by ours: LSTM i f g o to i o f c, GRU r z n to z r h.
_GATES = {nn.RNN: (0,), nn.LSTM: (0, 3, 1, 2), nn.GRU: (1, 0, 2)}
_ATTRIBUTES: dict[str, dict[str, Any]] = {"RNN": {}, "LSTM": {}, "GRU": {"linear_before_reset": 1}}


def array(tensor: Tensor) -> Array:
    """A weight's numbers."""
    return tensor.detach().float().cpu().numpy()


def linear(graph: GraphBuilder, states: str, layer: nn.Linear) -> str:
    """[..., D] to [..., N]."""
    product = graph.product(states, array(layer.weight), graph.bounds.get(layer))
    return product if layer.bias is None else graph.node("Add", product, graph.constant(array(layer.bias)))


def rows_at(graph: GraphBuilder, states: str, places: str) -> str:
    """The states [B, T, H] of [B, P, H] at ``places`` [B, T]."""
    index = graph.node("Unsqueeze", places, graph.integers(2))
    return graph.node("GatherND", states, index, batch_dims=1)


def embed_words(graph: GraphBuilder, embedder: WordEmbedder) -> str:
    """Return [B, T, D]."""
    parts = []
    if embedder.words is not None:
        parts.append(graph.lookup(array(embedder.words.weight), graph.input("words")))
    if embedder.vector_scale is not None:
        width = embedder.vector_width
        vectors = graph.node("Gather", graph.input("vectors", width), graph.input("types"))
        if embedder.vector_differences is not None:
            table = array(embedder.vector_differences.weight)
            vectors = graph.node("Add", vectors, graph.lookup(table, graph.input("words")))
        parts.append(graph.node("Mul", vectors, graph.constant(array(embedder.vector_scale))))
    if embedder.casing is not None:
        parts.append(graph.lookup(array(embedder.casing.weight), graph.input("casing")))
    if embedder.characters is not None:
        words = embed_characters(graph, embedder.characters)  # [U, F]
        parts.append(graph.node("Gather", words, graph.input("types")))
    return graph.concat(parts)


def embed_characters(graph: GraphBuilder, network: CharacterCNN) -> str:
    """Return [U, F], the maximum over each word's own characters."""
    characters = graph.input("characters")  # [U, C]
    embedded = graph.lookup(array(network.embedding.weight), characters)  # [U, C, D]
    embedded = graph.node("Transpose", embedded, perm=[0, 2, 1])
    real = graph.node("Unsqueeze", graph.node("Cast", characters, to=TensorProto.BOOL), graph.integers(1))
    lowest = graph.constant(LOWEST)
    pooled = []
    for convolution in network.convolutions:
        assert isinstance(convolution, nn.Conv1d)
        (width,) = convolution.kernel_size
        filters = array(convolution.weight)  # [F, D, width]
        matrix = graph.weight(filters.reshape(len(filters), -1))
        kernel = graph.node("Reshape", matrix, graph.integers(*filters.shape))
        assert convolution.bias is not None
        bias = graph.constant(array(convolution.bias))
        windows = graph.node("Conv", embedded, kernel, bias, pads=[width // 2, (width - 1) // 2])
        windows = graph.node("Where", real, windows, lowest)  # [U, F, C]
        pooled.append(graph.node("ReduceMax", windows, graph.integers(2), keepdims=0))
    return graph.node("Relu", graph.concat(pooled))


def embed_pieces(graph: GraphBuilder, embedder: PieceEmbedder) -> str:
    """Return [B, P, D]."""
    pieces = graph.lookup(array(embedder.pieces.weight), graph.input("pieces"))
    pieces = graph.node("Mul", pieces, graph.constant(embedder.scale))
    if embedder.words is None:
        return pieces
    words = rows_at(graph, embed_words(graph, embedder.words), graph.input("piece_words"))
    return graph.concat([pieces, words])


def encode_recurrent(graph: GraphBuilder, encoder: RecurrentEncoder, units: str, lengths: str) -> str:
    """[B, T, D] to [B, T, H]; the operators read each row within its length, in both directions."""
    counts = graph.node("Cast", lengths, to=TensorProto.INT32)
    states = graph.node("Transpose", units, perm=[1, 0, 2])  # [T, B, D]
    for index, layer in enumerate(encoder.forward_layers):
        layers = [layer, *([encoder.backward_layers[index]] if encoder.bidirectional else [])]
        states = _recurrent_layer(graph, layers, states, counts)
    return graph.node("Transpose", states, perm=[1, 0, 2])


def _recurrent_layer(graph: GraphBuilder, layers: list[nn.Module], states: str, counts: str) -> str:
    """[T, B, D] to [T, B, H], H for all directions together."""
    first = layers[0]
    assert isinstance(first, nn.RNNBase)
    operator = first.mode.removesuffix("_TANH")
    order = _GATES[type(first)]
    weights = [
        np.stack([_gates(array(getattr(layer, f"weight_{name}_l0")), order) for layer in layers])
        for name in ("ih", "hh")
    ]  # [directions, gates * H, D]
    biases = [
        np.concatenate([_gates(array(getattr(layer, f"bias_{name}_l0")), order) for name in ("ih", "hh")])
        for layer in layers
    ]
    outputs = graph.node(
        operator,
        states,
        *(graph.weight(weight) for weight in weights),
        graph.constant(np.stack(biases)),
        counts,
        hidden_size=first.hidden_size,
        direction="bidirectional" if len(layers) > 1 else "forward",
        **_ATTRIBUTES[operator],
    )  # [T, directions, B, H]
    outputs = graph.node("Transpose", outputs, perm=[0, 2, 1, 3])
    return graph.node("Reshape", outputs, graph.integers(0, 0, -1))


def _gates(weight: Array, order: tuple[int, ...]) -> Array:
    parts = np.split(weight, len(order))
    return np.concatenate([parts[gate] for gate in order])


def pool_words(graph: GraphBuilder, pooling: WordPooling, states: str) -> str:
    """[B, P, H] to [B, T, H]."""
    first = graph.input("first_pieces")  # [B, T]
    begin = rows_at(graph, states, first)
    if pooling.kind == "first":
        return begin
    # A running sum up to the last piece, less that up to the first, and the first again.
    sums = graph.node("CumSum", states, graph.constant(1, np.int64))
    counts = graph.node("Max", graph.input("piece_counts"), graph.integers(1))
    last = graph.node("Sub", graph.node("Add", first, counts), graph.integers(1))
    total = graph.node("Sub", rows_at(graph, sums, last), rows_at(graph, sums, first))
    total = graph.node("Add", total, begin)
    divisor = graph.node("Cast", graph.node("Unsqueeze", counts, graph.integers(2)), to=TensorProto.FLOAT)
    return graph.node("Div", total, divisor)


def refuse(part: nn.Module) -> ModelError:
    """What cannot be exported."""
    return ModelError(f"a model with a {type(part).__name__} cannot be exported yet; other encoders can")
