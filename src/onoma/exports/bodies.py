"""Embedders and encoders as nodes of an ONNX graph, found by type."""

from __future__ import annotations

from functools import singledispatch

from torch import nn

from onoma.exports.graph import GraphBuilder
from onoma.exports.layers import embed_pieces, embed_words, encode_recurrent, refuse
from onoma.exports.pretrained import encode_pretrained
from onoma.exports.transformer import encode_transformer
from onoma.nn.embedder import WordEmbedder
from onoma.nn.piece_embedder import PieceEmbedder
from onoma.nn.pretrained import PieceIds, PretrainedEncoder
from onoma.nn.recurrent import RecurrentEncoder
from onoma.nn.transformer import StackedEncoder, TransformerEncoder


@singledispatch
def export_embedder(embedder: nn.Module, graph: GraphBuilder) -> str:
    """Add an embedder, with the inputs that it reads, and return the node of what it embeds.

    Raises:
        ModelError: nothing is known about embedders of this type.
    """
    raise refuse(embedder)


@export_embedder.register
def _(embedder: WordEmbedder, graph: GraphBuilder) -> str:
    return embed_words(graph, embedder)


@export_embedder.register
def _(embedder: PieceEmbedder, graph: GraphBuilder) -> str:
    return embed_pieces(graph, embedder)


@export_embedder.register
def _(embedder: PieceIds, graph: GraphBuilder) -> str:
    return graph.input("pieces")


@singledispatch
def export_encoder(encoder: nn.Module, graph: GraphBuilder, units: str, lengths: str) -> str:
    """Add an encoder and return the node of its states. [B, T, H]

    Args:
        encoder: as trained.
        graph: gets its nodes.
        units: node of the embedder. [B, T, D], or ids [B, T]
        lengths: node of the sentences' lengths, in units. [B]

    Raises:
        ModelError: nothing is known about encoders of this type.
    """
    raise refuse(encoder)


@export_encoder.register
def _(encoder: RecurrentEncoder, graph: GraphBuilder, units: str, lengths: str) -> str:
    return encode_recurrent(graph, encoder, units, lengths)


@export_encoder.register
def _(encoder: TransformerEncoder, graph: GraphBuilder, units: str, lengths: str) -> str:
    return encode_transformer(graph, encoder, units, lengths)


@export_encoder.register
def _(encoder: PretrainedEncoder, graph: GraphBuilder, units: str, lengths: str) -> str:
    return encode_pretrained(graph, encoder, units, lengths)


@export_encoder.register
def _(encoder: StackedEncoder, graph: GraphBuilder, units: str, lengths: str) -> str:
    states = export_encoder(encoder.first, graph, units, lengths)
    return export_encoder(encoder.second, graph, states, lengths)
