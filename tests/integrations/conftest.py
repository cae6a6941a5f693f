"""Tiny models with random weights: they find entities everywhere, which is all that is needed here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onoma.runtime.bundle import Bundle, save_bundle
from random_models import random_bundle

TEXT = "John Smith flew from Berlin to Oslo . The bank of Acme Ltd hired Mary , not Bob !"
WORDS = TEXT.split()
LABELS = ("sport", "war", "trade")


def make_bundle(name: str, **options: Any) -> Bundle:
    """A model of random weights, drawn wide enough for its tags to differ."""
    sizes = {"word_dim": 10, "hidden_dim": 12}
    return random_bundle(name, sizes | options, [WORDS] * 3, LABELS, seed=3, spread=0.8)


@pytest.fixture(scope="session")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a CRF tagger."""
    folder = tmp_path_factory.mktemp("models") / "bundle"
    save_bundle(folder, make_bundle("bilstm-crf"))
    return folder


@pytest.fixture(scope="session")
def nested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a model of entities within entities and of document labels."""
    folder = tmp_path_factory.mktemp("models") / "bundle"
    options = {"base": "bilstm", "head": "span", "span_dim": 7, "span_width": 5, "document_dim": 8}
    save_bundle(folder, make_bundle("joint", **options, span_nesting="nested"))
    return folder


@pytest.fixture(scope="session")
def pipeline() -> Callable[..., Any]:
    """Makes a pipeline with a model in it."""
    import spacy

    def make(model: object, **config: object) -> Any:
        nlp = spacy.blank("en")
        nlp.add_pipe("onoma", config={"model": str(model), **config})
        return nlp

    return make
