"""A whole network as an ONNX graph: body, heads and outputs."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from onoma.exports.bodies import export_embedder, export_encoder
from onoma.exports.graph import Bounds, GraphBuilder, Precision
from onoma.exports.heads import export_head
from onoma.exports.layers import embed_words, pool_words
from onoma.exports.registry import load_exporters
from onoma.nn.network import Network


def network_graph(
    network: Network, precision: Precision = "fp32", bounds: Mapping[nn.Module, Bounds] | None = None
) -> bytes:
    """Return the network as an ONNX file, for batches of any size and length.

    Its inputs are those features that it reads, its outputs those of `Network.outputs`, by the same names.

    Raises:
        ModelError: it has a part that cannot be exported.
    """
    load_exporters()
    graph = GraphBuilder(precision, bounds)
    states = _states(graph, network)
    before: dict[str, str] = {}
    for head in network.heads.values():
        before |= export_head(head, graph, states, before)
    return graph.model()


def _states(graph: GraphBuilder, network: Network) -> str:
    """Return [B, T, H]."""
    units = export_embedder(network.embedder, graph)
    pooling = network.pooling
    lengths = graph.input("lengths" if pooling is None else "piece_lengths")
    states = export_encoder(network.encoder, graph, units, lengths)
    if pooling is not None:
        states = pool_words(graph, pooling, states)
    if network.beside is not None:
        states = graph.concat([states, embed_words(graph, network.beside)])
    return states
