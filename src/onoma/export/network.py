"""A whole network as an ONNX graph: body, heads and outputs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import nn

from onoma.decode.protocol import ATTENTION, EMISSIONS, VALUES
from onoma.export.graph import Bounds, GraphBuilder, Precision
from onoma.export.layers import (
    array,
    embed_pieces,
    embed_words,
    encode_recurrent,
    linear,
    pool_words,
    refuse,
)
from onoma.export.pretrained import encode_pretrained
from onoma.export.transformer import encode_transformer
from onoma.nn.biaffine import BiaffineHead
from onoma.nn.documents import DocumentHead
from onoma.nn.embedder import WordEmbedder
from onoma.nn.heads import CRFHead, SoftmaxHead
from onoma.nn.joint import JointNetwork
from onoma.nn.piece_embedder import PieceEmbedder
from onoma.nn.pretrained import PieceIds, PretrainedEncoder
from onoma.nn.recurrent import RecurrentEncoder
from onoma.nn.tagger import EncoderNetwork, Head
from onoma.nn.transformer import StackedEncoder, TransformerEncoder
from onoma.runtime.torch_backend import Network


def network_graph(
    network: Network, precision: Precision = "fp32", bounds: Mapping[nn.Module, Bounds] | None = None
) -> bytes:
    """Return the network as an ONNX file, for batches of any size and length.

    Its inputs are those features that it reads, its outputs those of `Network.outputs`, by the same names.

    Raises:
        ModelError: it has a part that cannot be exported.
    """
    graph = GraphBuilder(precision, bounds)
    states = _states(graph, network)
    emissions = None
    if network.head is not None:
        emissions = _emissions(graph, network.head, states)
        axes = ("B", "T", "W") if isinstance(network.head, BiaffineHead) else ("B", "T")
        graph.output(EMISSIONS, emissions, (*axes, network.head.num_classes))
    if isinstance(network, JointNetwork) and network.documents is not None:
        seen = states
        if network.sees_entities and emissions is not None:
            spans = isinstance(network.head, BiaffineHead)
            seen = graph.concat([states, _beliefs(graph, emissions, spans)])
        _votes(graph, network.documents, seen)
    return graph.model()


def _states(graph: GraphBuilder, network: EncoderNetwork) -> str:
    """Return [B, T, H]."""
    embedder, pooling = network.embedder, network.pooling
    if isinstance(embedder, WordEmbedder):
        units = embed_words(graph, embedder)
    elif isinstance(embedder, PieceEmbedder):
        units = embed_pieces(graph, embedder)
    elif isinstance(embedder, PieceIds):
        units = graph.input("pieces")
    else:
        raise refuse(network.encoder)
    lengths = graph.input("lengths" if pooling is None else "piece_lengths")
    states = _encode(graph, network.encoder, units, lengths)
    if pooling is not None:
        states = pool_words(graph, pooling, states)
    if network.beside is not None:
        states = graph.concat([states, embed_words(graph, network.beside)])
    return states


def _encode(graph: GraphBuilder, encoder: nn.Module, units: str, lengths: str) -> str:
    if isinstance(encoder, RecurrentEncoder):
        return encode_recurrent(graph, encoder, units, lengths)
    if isinstance(encoder, TransformerEncoder):
        return encode_transformer(graph, encoder, units, lengths)
    if isinstance(encoder, PretrainedEncoder):
        return encode_pretrained(graph, encoder, units, lengths)
    if isinstance(encoder, StackedEncoder):
        return _encode(graph, encoder.second, _encode(graph, encoder.first, units, lengths), lengths)
    raise refuse(encoder)


def _emissions(graph: GraphBuilder, head: Head, states: str) -> str:
    if isinstance(head, SoftmaxHead | CRFHead):
        return linear(graph, states, head.projection)
    return _score_spans(graph, head, states)


def _score_spans(graph: GraphBuilder, head: BiaffineHead, states: str) -> str:
    """See `BiaffineHead.forward`. [B, T, H] to [B, T, W, C]"""
    starts = graph.node("LeakyRelu", linear(graph, states, head.start), alpha=0.1)  # [B, T, D]
    ends = graph.node("LeakyRelu", linear(graph, states, head.end), alpha=0.1)  # [B, T, D]
    size, classes, _ = head.bilinear.shape
    matrix = array(head.bilinear).reshape(size, -1).T  # [C * D, D]
    weight = graph.node("Transpose", graph.weight(matrix), perm=[1, 0])
    rows = graph.node("MatMul", starts, weight)
    rows = graph.node("Reshape", rows, graph.integers(0, 0, classes, size))
    rows = graph.node("Transpose", rows, perm=[0, 1, 3, 2])  # [B, T, D, C]
    count = graph.size(states, 1)
    width = graph.node("Min", count, graph.integers(head.max_width))
    last = graph.node("Min", _span_ends(graph, count, width), graph.node("Sub", count, graph.integers(1)))
    scores = graph.node("MatMul", graph.node("Gather", ends, last, axis=1), rows)  # [B, T, W, C]
    scores = graph.node(
        "Add", scores, graph.node("Gather", linear(graph, ends, head.end_scores), last, axis=1)
    )
    begin = graph.node("Unsqueeze", linear(graph, starts, head.start_scores), graph.integers(2))
    widths = graph.constant(array(head.width_scores))
    widths = graph.node("Slice", widths, graph.integers(0), width, graph.integers(0))
    return graph.node("Add", graph.node("Add", scores, begin), widths)


def _span_ends(graph: GraphBuilder, count: str, width: str) -> str:
    """The last token of each span. [T, W]"""
    starts = graph.node("Unsqueeze", graph.numbers(count), graph.integers(1))
    return graph.node("Add", starts, graph.numbers(width))


def _beliefs(graph: GraphBuilder, emissions: str, spans: bool) -> str:
    """See `onoma.nn.joint.word_probabilities`. [B, T, C]"""
    probabilities = graph.node("Softmax", emissions, axis=-1)
    if not spans:
        return probabilities
    last = _span_ends(graph, graph.size(emissions, 1), graph.size(emissions, 2))
    lengths = graph.node("Unsqueeze", graph.input("lengths"), graph.integers(1, 2))  # [B, 1, 1]
    inside = graph.node("Unsqueeze", graph.node("Less", last, lengths), graph.integers(3))
    kept = graph.node("Where", inside, probabilities, graph.constant(0.0))
    return graph.node("ReduceMax", kept, graph.integers(2), keepdims=0)


def _votes(graph: GraphBuilder, head: DocumentHead, words: str) -> None:
    hidden = graph.node("Tanh", linear(graph, words, head.projection))
    axes = ("B", "T", len(head.biases))
    graph.output(ATTENTION, linear(graph, hidden, head.queries), axes)
    scorers = graph.constant(np.ascontiguousarray(array(head.scorers).T))
    graph.output(VALUES, graph.node("MatMul", words, scorers), axes)
