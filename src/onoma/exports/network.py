"""A whole network as an ONNX graph: body, heads and outputs."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from onoma.exports.graph import Bounds, GraphBuilder, Precision
from onoma.exports.heads import export_head, load_exporters
from onoma.exports.layers import (
    embed_pieces,
    embed_words,
    encode_recurrent,
    pool_words,
    refuse,
)
from onoma.exports.pretrained import encode_pretrained
from onoma.exports.transformer import encode_transformer
from onoma.nn.embedder import WordEmbedder
from onoma.nn.network import Network
from onoma.nn.piece_embedder import PieceEmbedder
from onoma.nn.pretrained import PieceIds, PretrainedEncoder
from onoma.nn.recurrent import RecurrentEncoder
from onoma.nn.transformer import StackedEncoder, TransformerEncoder


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
