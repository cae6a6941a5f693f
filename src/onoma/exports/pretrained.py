"""Pretrained encoders as nodes: the families of BERT and of ModernBERT.

Sources: Devlin et al. 2019 (BERT), Sanh et al. 2019 (DistilBERT), Clark et al. 2020 (ELECTRA), Liu et al.
2019 (RoBERTa: positions are counted from the padding id on), Su et al. 2021 (rotary positions), Warner et al.
2024 (ModernBERT: rotary positions, layers that see only what is near, gated feed-forward).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto

from onoma.errors import ModelError
from onoma.exports.graph import LOWEST, GraphBuilder
from onoma.exports.layers import array, linear
from onoma.exports.transformer import mix_values, norm, padding_mask
from onoma.nn.architectures import OFFSET_POSITIONS
from onoma.nn.encoder_layers import BERT_LIKE, EncoderLayer, encoder_layers
from onoma.nn.pretrained import PretrainedEncoder

EXPORTABLE = tuple(sorted((*BERT_LIKE, "modernbert")))
"""Kinds of encoders that have a graph here."""

# Activations by the name of their class in the library.
_ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "GELUActivation": ("Gelu", {}),
    "GELUTanh": ("Gelu", {"approximate": "tanh"}),
    "NewGELUActivation": ("Gelu", {"approximate": "tanh"}),
    "ReLU": ("Relu", {}),
}


def encode_pretrained(graph: GraphBuilder, encoder: PretrainedEncoder, pieces: str, lengths: str) -> str:
    """Ids [B, P] to states [B, P, H].

    Raises:
        ModelError: the encoder is of another kind.
    """
    model = encoder.model
    kind = model.config.model_type
    if kind not in EXPORTABLE:
        raise ModelError(
            f"a model over an encoder of type '{kind}' cannot be exported yet; "
            f"these can: {', '.join(EXPORTABLE)}"
        )
    if kind == "modernbert":
        return _encode_modern(graph, model, pieces, lengths)
    states = _embed(graph, model.embeddings, pieces, counting=kind in OFFSET_POSITIONS)
    if hasattr(model, "embeddings_project"):
        states = linear(graph, states, model.embeddings_project)
    mask = padding_mask(graph, graph.numbers(graph.size(pieces, 1)), lengths)
    for layer in encoder_layers(model) or ():
        states = _layer(graph, layer, states, mask)
    return states


def _embed(graph: GraphBuilder, embeddings: Any, pieces: str, *, counting: bool) -> str:
    """The sum of what is known of a piece: its id and its place; all are of the first type. [B, P, D]"""
    rows = array(embeddings.position_embeddings.weight)  # [positions, D]
    if hasattr(embeddings, "token_type_embeddings"):
        rows = rows + array(embeddings.token_type_embeddings.weight)[0]
    table = graph.weight(rows)
    if counting:
        padding = graph.constant(embeddings.padding_idx, np.int64)
        real = graph.node("Cast", graph.node("Sub", pieces, padding), to=TensorProto.BOOL)
        real = graph.node("Cast", real, to=TensorProto.INT64)  # [B, P]
        counts = graph.node("CumSum", real, graph.constant(1, np.int64))
        index = graph.node("Add", graph.node("Mul", counts, real), padding)
        places = graph.node("Gather", table, index)  # [B, P, D]
    else:
        places = graph.node(
            "Slice", table, graph.integers(0), graph.size(pieces, 1), graph.integers(0)
        )  # [P, D]
    words = graph.lookup(array(embeddings.word_embeddings.weight), pieces)
    return norm(graph, graph.node("Add", words, places), embeddings.LayerNorm)


def _layer(graph: GraphBuilder, layer: EncoderLayer, states: str, mask: str) -> str:
    """[B, P, H] to [B, P, H], each sum normed."""
    heads = layer.num_heads
    width = layer.output.in_features // heads
    queries, keys, values = (
        _by_head(graph, linear(graph, states, one), heads, width) for one in layer.inputs
    )
    mixed = mix_values(graph, queries, keys, values, scores=mask, scale=layer.scale, width=heads * width)
    attended = linear(graph, mixed, layer.output)
    states = norm(graph, graph.node("Add", states, attended), layer.attention_norm)
    wide = _activate(graph, layer.activate, linear(graph, states, layer.widen))
    narrow = linear(graph, wide, layer.narrow)
    return norm(graph, graph.node("Add", states, narrow), layer.feedforward_norm)


def _by_head(graph: GraphBuilder, states: str, heads: int, width: int) -> str:
    """[B, P, H] to [B, heads, P, D]"""
    split = graph.node("Reshape", states, graph.integers(0, 0, heads, width))
    return graph.node("Transpose", split, perm=[0, 2, 1, 3])


def _activate(graph: GraphBuilder, activation: Any, states: str) -> str:
    name = type(activation).__name__
    if name not in _ACTIVATIONS:
        raise ModelError(f"a model over an encoder with the activation {name} cannot be exported yet")
    operator, attributes = _ACTIVATIONS[name]
    return graph.node(operator, states, **attributes)


def _encode_modern(graph: GraphBuilder, model: Any, pieces: str, lengths: str) -> str:
    places = graph.numbers(graph.size(pieces, 1))  # [P]
    states = graph.lookup(array(model.embeddings.tok_embeddings.weight), pieces)
    states = norm(graph, states, model.embeddings.norm)
    mask = padding_mask(graph, places, lengths)  # [B, 1, 1, P]
    kinds = sorted({layer.attention_type for layer in model.layers})
    turns = {kind: _turns(graph, model.rotary_emb, kind, places) for kind in kinds}
    masks = dict.fromkeys(kinds, mask)
    if "sliding_attention" in kinds:
        near = _near(graph, places, model.config.sliding_window)
        masks["sliding_attention"] = graph.node("Add", mask, near)  # [B, 1, P, P]
    for layer in model.layers:
        kind = layer.attention_type
        states = _modern_layer(graph, layer, states, masks[kind], turns[kind])
    return norm(graph, states, model.final_norm)


def _turns(graph: GraphBuilder, rotary: Any, kind: str, places: str) -> tuple[str, str]:
    """Cosines and sines [P, D]; the sines of the first half are negative, as `_rotate` needs them."""
    rates = array(getattr(rotary, f"{kind}_inv_freq"))  # [D / 2]
    scaling = float(getattr(rotary, f"{kind}_attention_scaling"))
    floats = graph.node("Cast", graph.node("Unsqueeze", places, graph.integers(1)), to=TensorProto.FLOAT)
    angles = graph.node("Mul", floats, graph.constant(np.concatenate([rates, rates])))
    signs = np.repeat(np.array([-1, 1], dtype=np.float32), len(rates))
    cosines = graph.node("Mul", graph.node("Cos", angles), graph.constant(scaling))
    return cosines, graph.node("Mul", graph.node("Sin", angles), graph.constant(scaling * signs))


def _rotate(graph: GraphBuilder, states: str, turns: tuple[str, str], width: int) -> str:
    """Turn each pair (i, i + D / 2) of [B, heads, P, D] by its angle."""
    half, axis = graph.integers(width // 2), graph.integers(3)
    first = graph.node("Slice", states, graph.integers(0), half, axis)
    second = graph.node("Slice", states, half, graph.integers(width), axis)
    straight = graph.node("Mul", states, turns[0])
    return graph.node("Add", straight, graph.node("Mul", graph.concat([second, first]), turns[1]))


def _near(graph: GraphBuilder, places: str, reach: int) -> str:
    """0 for pieces at most ``reach`` apart, else half of the lowest float. [P, P]"""
    column = graph.node("Unsqueeze", places, graph.integers(1))
    distance = graph.node("Max", graph.node("Sub", column, places), graph.node("Sub", places, column))
    near = graph.node("Less", distance, graph.constant(reach + 1, np.int64))
    return graph.node("Where", near, graph.constant(0.0), graph.constant(LOWEST / 2))


def _modern_layer(graph: GraphBuilder, layer: Any, states: str, mask: str, turns: tuple[str, str]) -> str:
    """[B, P, H] to [B, P, H]; the first layer has no norm of its own, as the embeddings have one."""
    attention, mlp = layer.attn, layer.mlp
    width = attention.head_dim
    heads = attention.Wo.in_features // width
    normed = norm(graph, states, layer.attn_norm) if hasattr(layer.attn_norm, "weight") else states
    inputs = linear(graph, normed, attention.Wqkv)  # [B, P, 3H]
    inputs = graph.node("Reshape", inputs, graph.integers(0, 0, 3, heads, width))
    inputs = graph.node("Transpose", inputs, perm=[2, 0, 3, 1, 4])  # [3, B, heads, P, D]
    queries, keys, values = (graph.node("Gather", inputs, graph.constant(i, np.int64)) for i in range(3))
    queries, keys = _rotate(graph, queries, turns, width), _rotate(graph, keys, turns, width)
    mixed = mix_values(graph, queries, keys, values, scores=mask, scale=width**-0.5, width=heads * width)
    states = graph.node("Add", states, linear(graph, mixed, attention.Wo))
    wide = linear(graph, norm(graph, states, layer.mlp_norm), mlp.Wi)  # [B, P, 2I]
    half, axis = graph.integers(mlp.Wo.in_features), graph.integers(2)
    active = _activate(graph, mlp.act, graph.node("Slice", wide, graph.integers(0), half, axis))
    gate = graph.node("Slice", wide, half, graph.integers(2 * mlp.Wo.in_features), axis)
    return graph.node("Add", states, linear(graph, graph.node("Mul", active, gate), mlp.Wo))
