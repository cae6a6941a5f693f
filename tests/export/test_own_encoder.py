"""An encoder of another package: refused by its type until it says how it looks in a graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from exported_models import SENTENCES, arrays_of, random_bundle
from torch import Tensor, nn

from onoma.errors import ModelError
from onoma.exports.bodies import export_encoder
from onoma.exports.graph import GraphBuilder
from onoma.exports.network import network_graph
from onoma.runtime.bundle import Bundle
from onoma.runtime.onnx_backend import tagger_from_onnx
from onoma.runtime.torch_backend import network_from_bundle, tagger_from_network


class Scaled(nn.Module):
    """Another encoder's states, times a weight."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.weight = nn.Parameter(torch.full((encoder.output_dim,), 1.5))

    def forward(self, units: Tensor, lengths: Tensor) -> Tensor:
        return self.encoder(units, lengths) * self.weight


def export_scaled(encoder: Scaled, graph: GraphBuilder, units: str, lengths: str) -> str:
    states = export_encoder(encoder.encoder, graph, units, lengths)
    return graph.node("Mul", states, graph.weight(encoder.weight.detach().numpy()))


def test_an_encoder_says_how_it_is_exported(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    bundle = random_bundle("lstm", tmp_path)
    network, parts = network_from_bundle(bundle, tmp_path)
    network.encoder = Scaled(network.encoder)
    with pytest.raises(ModelError, match="a Scaled cannot be exported yet"):
        network_graph(network)
    export_encoder.register(Scaled, export_scaled)
    graph = network_graph(network)
    stored = bundle.config, bundle.vocabulary, arrays_of(network, bundle), bundle.feature_tensors
    exported = tagger_from_onnx(Bundle(*stored, graph, proof={"made": "in a test"}), tmp_path)
    origin = tagger_from_network(network, parts)
    batch = parts.features.batch([parts.features.rows(words) for words in SENTENCES])
    theirs, ours = origin.backend.outputs(batch), exported.backend.outputs(batch)
    mask = np.arange(theirs["emissions"].shape[1]) < batch["lengths"][:, None]
    np.testing.assert_allclose(ours["emissions"][mask], theirs["emissions"][mask], rtol=1e-5, atol=1e-5)
