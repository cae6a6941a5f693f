"""Heads as nodes of an ONNX graph, found by type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

import numpy as np
from torch import nn

from onoma.decode.protocol import ATTENTION, EMISSIONS, VALUES
from onoma.exports.graph import GraphBuilder
from onoma.exports.layers import array, linear, refuse
from onoma.nn.biaffine import BiaffineHead
from onoma.nn.documents import DocumentHead
from onoma.nn.heads import CRFHead, SoftmaxHead


@singledispatch
def export_head(
    head: nn.Module, graph: GraphBuilder, states: str, before: Mapping[str, str]
) -> dict[str, str]:
    """Add a head to a graph, with its outputs.

    Args:
        head: as trained.
        graph: gets its nodes.
        states: node of the encoder's states. [B, T, H]
        before: nodes of the outputs of the heads before it, by name.

    Returns:
        Nodes of its outputs, by name.

    Raises:
        ModelError: nothing is known about heads of this type.
    """
    raise refuse(head)


@export_head.register
def _(
    head: SoftmaxHead | CRFHead, graph: GraphBuilder, states: str, before: Mapping[str, str]
) -> dict[str, str]:
    emissions = linear(graph, states, head.projection)
    graph.output(EMISSIONS, emissions, ("B", "T", head.num_classes))
    return {EMISSIONS: emissions}


@export_head.register
def _(head: BiaffineHead, graph: GraphBuilder, states: str, before: Mapping[str, str]) -> dict[str, str]:
    emissions = _score_spans(graph, head, states)
    graph.output(EMISSIONS, emissions, ("B", "T", "W", head.num_classes))
    return {EMISSIONS: emissions}


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


def _beliefs(graph: GraphBuilder, emissions: str, *, spans: bool) -> str:
    """See `onoma.nn.documents.word_probabilities`. [B, T, C]"""
    probabilities = graph.node("Softmax", emissions, axis=-1)
    if not spans:
        return probabilities
    last = _span_ends(graph, graph.size(emissions, 1), graph.size(emissions, 2))
    lengths = graph.node("Unsqueeze", graph.input("lengths"), graph.integers(1, 2))  # [B, 1, 1]
    inside = graph.node("Unsqueeze", graph.node("Less", last, lengths), graph.integers(3))
    kept = graph.node("Where", inside, probabilities, graph.constant(0.0))
    return graph.node("ReduceMax", kept, graph.integers(2), keepdims=0)


@export_head.register
def _(head: DocumentHead, graph: GraphBuilder, states: str, before: Mapping[str, str]) -> dict[str, str]:
    words = states
    if head.sees_entities:
        beliefs = _beliefs(graph, before[EMISSIONS], spans=head.entity_rank > 3)
        words = graph.concat([states, beliefs])
    hidden = graph.node("Tanh", linear(graph, words, head.projection))
    axes = ("B", "T", len(head.biases))
    attention = linear(graph, hidden, head.queries)
    graph.output(ATTENTION, attention, axes)
    scorers = graph.constant(np.ascontiguousarray(array(head.scorers).T))
    values = graph.node("MatMul", words, scorers)
    graph.output(VALUES, values, axes)
    return {ATTENTION: attention, VALUES: values}
