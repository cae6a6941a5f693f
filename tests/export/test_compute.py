"""In which number format a model tags."""

from pathlib import Path

import numpy as np
import pytest
import torch
from exported_models import SENTENCES, arrays_of, random_bundle

import onoma
from onoma.errors import ConfigError
from onoma.exports.network import network_graph
from onoma.runtime import precision
from onoma.runtime.bundle import Bundle, save_bundle
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import network_from_bundle


def emissions(tagger: Tagger) -> np.ndarray:
    batch = tagger.features.batch([tagger.features.rows(words) for words in SENTENCES])
    emissions = tagger.backend.outputs(batch)["emissions"]
    return emissions[np.arange(emissions.shape[1]) < batch["lengths"][:, None]]  # what is not padding


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.set_num_threads(1)
    save_bundle(tmp_path / "model", random_bundle("bilstm-crf", tmp_path))
    return tmp_path / "model"


def test_bf16_rounds_and_stays_near(model: Path) -> None:
    exact, rounded = (emissions(onoma.load(model, precision=compute)) for compute in ("fp32", "bf16"))
    assert rounded.dtype == np.float32
    assert 0 < np.abs(exact - rounded).max() < 0.05 * np.abs(exact).max()


@pytest.mark.parametrize("best", ["fp32", "bf16"])
def test_auto_asks_the_hardware(model: Path, monkeypatch, best: str) -> None:
    monkeypatch.setattr(precision, "best_precision", lambda device: best)
    chosen, named = (emissions(onoma.load(model, precision=compute)) for compute in ("auto", best))
    np.testing.assert_array_equal(chosen, named)


def test_an_exported_model_computes_as_it_was_exported(model: Path, tmp_path: Path) -> None:
    bundle = random_bundle("lstm", tmp_path)
    network, _ = network_from_bundle(bundle, tmp_path)
    graph = network_graph(network, "fp32")
    arrays = arrays_of(network, bundle)
    save_bundle(
        tmp_path / "out", Bundle(bundle.config, bundle.vocabulary, arrays, {}, graph, {"made": "here"})
    )
    assert onoma.load(tmp_path / "out", precision="auto").labels == ("LOC", "PER")
    with pytest.raises(ConfigError, match="is exported and computes as it was"):
        onoma.load(tmp_path / "out", precision="bf16")
