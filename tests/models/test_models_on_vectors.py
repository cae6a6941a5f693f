"""Models on pretrained vectors: what is learned, what is not, and what a bundle needs."""

from pathlib import Path

import numpy as np
import pytest
import torch

from onoma.errors import BundleError, ConfigError, DataError
from onoma.features.vectors import Subwords, WordVectors, save_vectors
from onoma.models import get_rung
from onoma.nn.embedder import WordEmbedder
from onoma.runtime.bundle import Bundle, load_bundle, save_bundle
from onoma.runtime.manifest import ModelSettings
from onoma.runtime.torch_backend import TorchBackend, network_from_bundle
from onoma.tags import get_scheme
from onoma.training.config import resolve
from random_models import tasks_of

SENTENCES = [["John", "lives", "in", "Oslo"], ["the", "bank"]]
TAGS = get_scheme("BIOES").tags(("LOC",))


@pytest.fixture
def vectors_file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(4)
    rows, buckets = (rng.normal(size=(size, 6)).astype(np.float32) for size in (3, 40))
    save_vectors(tmp_path / "vectors", WordVectors(["john", "oslo", "Rome"], rows, Subwords(2, 3, buckets)))
    return tmp_path / "vectors"


def build(vectors_file: Path, **options):
    rung = get_rung("lstm")
    config = rung.config(hidden_dim=8, vectors=str(vectors_file), **options)
    features = rung.fit_features(config, SENTENCES)
    torch.manual_seed(1)
    return config, features, rung.build(config, features, tasks_of(config, ("LOC",)))


def embed(network, features, words, training=False):
    network.train(training)
    batch = {name: torch.from_numpy(array) for name, array in features.batch([features.rows(words)]).items()}
    return network.embedder(batch)[0].detach()  # [T, D]


@pytest.mark.parametrize("mode", ["frozen", "tuned"])
def test_vectors_are_embedded_as_they_are_at_first(vectors_file, mode) -> None:
    _, features, network = build(vectors_file, word_dim=0, casing_dim=0, vectors_mode=mode)
    embedded = embed(network, features, ["John", "Rome", "unheard"])
    scale = network.embedder.vector_scale.item()
    for row, word in zip(embedded.numpy(), ("john", "Rome", "unheard"), strict=True):
        np.testing.assert_allclose(row, scale * features.vectors.vector(word)[0], rtol=1e-6)
    assert embedded.any(dim=1).all()


def test_tuning_moves_the_words_of_train_only(vectors_file) -> None:
    _, features, network = build(vectors_file, word_dim=0, casing_dim=0, vectors_mode="tuned")
    before = embed(network, features, ["John", "in", "Rome"])
    embed_loss = network.embedder(
        {name: torch.from_numpy(array) for name, array in features.batch([features.rows(["John"])]).items()}
    ).sum()
    network.embedder.vector_scale.requires_grad_(False)
    embed_loss.backward()
    torch.optim.SGD(network.embedder.parameters(), lr=0.1).step()
    changed = (embed(network, features, ["John", "in", "Rome"]) != before).any(dim=1)
    assert changed.tolist() == [True, False, False]


def test_frozen_vectors_are_no_weights(vectors_file) -> None:
    _, _, network = build(vectors_file, word_dim=0, casing_dim=0)
    names = {name for name, _ in network.embedder.named_parameters()}
    assert names == {"vector_scale"}


def test_word_dropout_leaves_pretrained_vectors(vectors_file) -> None:
    _, features, network = build(
        vectors_file, word_dim=4, casing_dim=0, dropout=0.0, word_dropout=1e9, vectors_mode="tuned"
    )
    assert isinstance(network.embedder, WordEmbedder)
    embedded = embed(network, features, ["John", "in"], training=True)
    unknown = network.embedder.words.weight[1].detach()
    assert torch.equal(embedded[:, :4], torch.stack([unknown, unknown]))
    scale = network.embedder.vector_scale.item()
    np.testing.assert_allclose(embedded[0, 4:].numpy(), scale * features.vectors.vector("john")[0], rtol=1e-6)


def save(folder: Path, config, features, network, **changes) -> Path:
    settings = {"model": "lstm", "options": config.model_dump(), "tags": TAGS, "scheme": "BIOES"}
    tensors = {name: value.numpy() for name, value in network.state_dict().items()}
    settings["options"] |= changes.pop("options", {})
    save_bundle(
        folder,
        Bundle(
            ModelSettings(**settings), features.state(), tensors, changes.get("arrays", features.arrays())
        ),
    )
    return folder


def test_bundle_needs_no_vectors_file(vectors_file, tmp_path: Path) -> None:
    config, features, network = build(vectors_file)
    folder = save(tmp_path / "bundle", config, features, network, options={"vectors": "elsewhere"})
    vectors_file.unlink()
    again, parts = network_from_bundle(load_bundle(folder), folder)
    words = ["Rome", "Romes", "JOHN", "zzz", "in"]
    before, after = (
        TorchBackend(net).outputs(each.batch([each.rows(words)]))["emissions"]
        for net, each in ((network, features), (again, parts.features))
    )
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    ("options", "arrays", "message"),
    [
        ({"vectors": None}, None, "need each other"),
        ({}, {}, "need each other"),
        ({}, {"vectors.words": np.zeros(3, dtype=np.uint8)}, r"cannot be used.*vectors.rows"),
        ({}, {"vectors.rows": np.zeros((3, 6), dtype=np.float16)}, r"cannot be used.*vectors.words"),
        ({"vectors_mode": "tuned"}, None, "misses the weight"),
    ],
    ids=["option missing", "arrays missing", "no rows", "no words", "other mode"],
)
def test_bundle_whose_vectors_do_not_fit(vectors_file, tmp_path: Path, options, arrays, message) -> None:
    config, features, network = build(vectors_file)
    arrays = features.arrays() if arrays is None else arrays
    folder = save(tmp_path / "bundle", config, features, network, options=options, arrays=arrays)
    with pytest.raises(BundleError, match=message):
        network_from_bundle(load_bundle(folder), folder)


def test_bundle_with_vectors_of_another_width(vectors_file, tmp_path: Path) -> None:
    config, features, network = build(vectors_file)
    narrow = WordVectors(["a"], np.ones((1, 5), dtype=np.float16)).arrays()
    folder = save(tmp_path / "bundle", config, features, network, arrays=narrow)
    with pytest.raises(BundleError, match="shape"):
        network_from_bundle(load_bundle(folder), folder)


def test_no_word_vectors_at_all_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match=r"model\.vectors.*word_dim"):
        resolve("lstm", {"model": {"word_dim": 0}, "data": {"train": "x"}})


def test_zero_vectors_are_refused(tmp_path: Path) -> None:
    (tmp_path / "zeros.txt").write_text("a 0 0\nb 0 0\n")
    with pytest.raises(DataError, match="all vectors are zero"):
        build(tmp_path / "zeros.txt")
