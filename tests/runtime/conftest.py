"""A small real bundle, and ways to damage copies of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from onoma.features.vectors.subwords import Subwords
from onoma.features.vectors.table import WordVectors
from onoma.features.words import WordFeatures
from onoma.models import get_rung
from onoma.runtime.bundle import Bundle, save_bundle
from onoma.runtime.manifest import ModelSettings
from onoma.tags import get_scheme
from random_models import tasks_of

SENTENCES = [["Anna", "lives", "in", "New", "York", "."], ["Bonn", "is", "near", "Cologne", "."]] * 3
OPTIONS = {"word_dim": 6, "casing_dim": 2, "char_dim": 4, "char_filters": 3, "hidden_dim": 5, "num_layers": 2}


def make_bundle(vectors: WordVectors | None = None) -> Bundle:
    """A bundle of a small untrained model, with word vectors if given."""
    rung, scheme = get_rung("charcnn-bilstm-crf"), get_scheme("BIOES")
    options = rung.config(**OPTIONS, vectors="somewhere.vec" if vectors else None)
    features = WordFeatures.fit(SENTENCES, lowercase=True, min_count=1, characters=True, vectors=vectors)
    tags = scheme.tags(["LOC", "PER"])
    torch.manual_seed(1)
    network = rung.build(options, features, tasks_of(options))
    config = ModelSettings(model=rung.name, options=options.model_dump(), tags=tags, scheme=scheme.name)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    return Bundle(config, features.state(), weights, features.arrays())


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undamaged bundle; not to be changed."""
    folder = tmp_path_factory.mktemp("pristine") / "bundle"
    save_bundle(folder, make_bundle())
    return folder


@pytest.fixture(scope="session")
def pristine_with_vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undamaged bundle that holds word vectors and subwords; not to be changed."""
    numbers = np.random.default_rng(1)
    subwords = Subwords(2, 3, numbers.normal(size=(7, 4)).astype(np.float16))
    vectors = WordVectors(["anna", "bonn", "york"], numbers.normal(size=(3, 4)).astype(np.float16), subwords)
    folder = tmp_path_factory.mktemp("pristine") / "bundle"
    save_bundle(folder, make_bundle(vectors))
    return folder


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, alone in a folder, to do anything to."""
    return Path(shutil.copytree(pristine, tmp_path / "place" / "bundle"))
