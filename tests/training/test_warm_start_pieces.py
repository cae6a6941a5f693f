"""Starting from another run's weights where models read pieces."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from onoma.features.pieces import PieceFeatures
from onoma.models import get_rung
from onoma.nn.network import Network
from onoma.runtime.bundle import Bundle
from onoma.runtime.manifest import ModelSettings
from onoma.tags import get_scheme
from onoma.tasks import Task
from onoma.training.warm_start import take_over
from random_models import tasks_of

OLD = "Anna met Anna in Oslo and Anna met Mary in Rome , in Romania ."
NEW = "Mary met Kofi in Rome and Kofi met Kofan in Accra ."
SMALL = {"units": "pieces", "vocabulary_size": 100, "piece_dim": 6, "word_dim": 4, "char_dim": 3}
SMALL |= {"hidden_dim": 8, "num_layers": 1, "num_heads": 2, "feedforward_dim": 8}
PIECES = "embedder.pieces.weight"


def make_network(text: str, **options: Any) -> tuple[Network, PieceFeatures, tuple[Task, ...], Bundle]:
    rung, scheme = get_rung("transformer"), get_scheme("BIOES")
    config = rung.config(**{**SMALL, **options})
    features = rung.fit_features(config, [text.split()])
    assert isinstance(features, PieceFeatures)
    tags = list(scheme.tags(("LOC", "PER")))
    tasks = tasks_of(config)
    network = rung.build(config, features, tasks)
    about = {"model": rung.name, "options": config.model_dump(), "tags": tags, "scheme": scheme.name}
    tensors = {name: value.clone().numpy() for name, value in network.state_dict().items()}
    return (
        network,
        features,
        tasks,
        Bundle(ModelSettings(**about), features.state(), tensors, features.arrays()),
    )


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(1)


def test_pieces_words_and_characters_are_matched_by_what_they_are() -> None:
    _, old, _, source = make_network(OLD)
    network, features, tasks, fresh = make_network(NEW)
    parts = {part.name: part for part in take_over(network, features, tasks, source)}
    weights = network.state_dict()
    known, pieces = (each.tokenizer.get_vocab(with_added_tokens=True) for each in (old, features))
    assert 5 < len(known.keys() & pieces.keys()) < len(pieces)
    assert any(known.get(piece, place) != place for piece, place in pieces.items())
    for piece, place in pieces.items():
        origin, row = (source, known[piece]) if piece in known else (fresh, place)
        assert (weights[PIECES][place].numpy() == origin.tensors[PIECES][row]).all(), piece
    assert parts[PIECES].rows == len(known.keys() & pieces.keys())
    for table, one, other in (
        ("embedder.words.words.weight", features.words, old.words),
        ("embedder.words.characters.embedding.weight", features.characters, old.characters),
    ):
        assert one is not None
        assert other is not None
        for item in one.items:
            origin, row = (source, other.id(item)) if item in other else (fresh, one.id(item))
            assert (weights[table][one.id(item)].numpy() == origin.tensors[table][row]).all(), (table, item)
    assert parts["encoder.layers.0.attention.inputs.weight"].rows == 24


def test_the_same_model_is_taken_over_whole() -> None:
    *_, source = make_network(OLD)
    network, features, tasks, _ = make_network(OLD)
    parts = take_over(network, features, tasks, source)
    assert all(part.rows == part.of for part in parts)
    for name, value in network.state_dict().items():
        assert (value.numpy() == source.tensors[name]).all(), name


def test_pieces_that_are_marked_otherwise_mean_something_else() -> None:
    *_, source = make_network(OLD)
    source.vocabulary["tokenizer"]["model"]["continuing_subword_prefix"] = "@@"
    network, features, tasks, fresh = make_network(OLD)
    parts = {part.name: part for part in take_over(network, features, tasks, source)}
    assert str(parts[PIECES]) == f"{PIECES}: fresh (nothing in common)"
    assert (network.state_dict()[PIECES].numpy() == fresh.tensors[PIECES]).all()
