"""Tiny models with random weights of every kind that can be exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import random_models
from onoma.features.vectors import Subwords, WordVectors, save_vectors
from onoma.nn.network import Network
from onoma.runtime.bundle import Bundle
from onoma.runtime.parts import parts_of_config
from onoma.runtime.torch_backend import decoder_arrays
from onoma.tags import get_scheme
from onoma.tasks import Arrays

_TEXT = "John Smith flew to Berlin . The bank in Oslo closed Acme Ltd hired Mary Nothing 1999 U.S. 12:30"
WORDS = _TEXT.split()
SENTENCES = [WORDS[first:] + WORDS[: first // 2] for first in range(len(WORDS))]
TAGS = get_scheme("BIOES").tags(("LOC", "PER"))
LABELS = ("place", "sport", "war")

SMALL = {"hidden_dim": 12, "word_dim": 10}
CHARACTERS = {"char_dim": 5, "char_filters": 6, "char_widths": [2, 3]}
TRANSFORMER = {"hidden_dim": 16, "num_heads": 2, "feedforward_dim": 20, "lstm_dim": 6, "char_dim": 0}
PIECES = {"units": "pieces", "vocabulary_size": 150, "piece_dim": 8, "word_dim": 0, "casing_dim": 0}
BASE = {"base": "bilstm", **SMALL}
JOINT = {**BASE, "document_dim": 8}

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "rnn": ("rnn", SMALL),
    "lstm": ("lstm", SMALL),
    "gru": ("bilstm", {**SMALL, "cell": "gru", "num_layers": 2}),
    "bilstm": ("bilstm", {**SMALL, "num_layers": 2}),
    "bilstm-crf": ("bilstm-crf", {**SMALL, "constrained": False, "casing_dim": 0}),
    "charcnn-bilstm-crf": ("charcnn-bilstm-crf", {**SMALL, **CHARACTERS}),
    "frozen vectors": ("bilstm-crf", {**SMALL, "vectors": "file"}),
    "tuned vectors": (
        "charcnn-bilstm-crf",
        {**SMALL, **CHARACTERS, "word_dim": 0, "vectors": "file", "vectors_mode": "tuned"},
    ),
    "transformer": ("transformer", {**TRANSFORMER, **CHARACTERS, "word_dim": 16, "num_layers": 2}),
    "transformer, pieces": (
        "transformer",
        {**TRANSFORMER, **PIECES, "positions": "learned", "norm": "post", "activation": "relu"},
    ),
    "transformer, mean of pieces beside words": (
        "transformer",
        {**TRANSFORMER, **PIECES, "casing_dim": 4, "pooling": "mean", "specials": True, "scaled": True},
    ),
    "transformer, neither positions nor projection": (
        "transformer",
        {**TRANSFORMER, "word_dim": 16, "casing_dim": 0, "positions": "none"},
    ),
    "transformer-lstm": ("transformer-lstm", {**TRANSFORMER, "word_dim": 8, "positions": "sinusoidal"}),
    "span": ("span", {**BASE, "span_dim": 7, "span_width": 4}),
    "joint, tags": ("joint", {**JOINT, "head": "crf"}),
    "joint, spans": ("joint", {**JOINT, "head": "span", "span_dim": 7, "span_width": 5}),
    "joint, documents": ("joint", {**JOINT, "tasks": "documents"}),
    "joint, blind": ("joint", {**JOINT, "document_sees_entities": False}),
}


def random_bundle(kind: str, folder: Path, seed: int = 0) -> Bundle:
    """Return a model of a kind, its weights drawn wide enough for its tags to differ."""
    name, options = KINDS[kind]
    options = dict(options)
    if "vectors" in options:
        options["vectors"] = str(folder / "vectors")
        rng = np.random.default_rng(seed)
        rows, buckets = (rng.normal(size=(size, 9)).astype(np.float32) for size in (6, 50))
        save_vectors(folder / "vectors", WordVectors(WORDS[:6], rows, Subwords(3, 4, buckets)))
    return random_models.random_bundle(name, options, SENTENCES * 3, LABELS, seed=seed, spread=0.2)


def arrays_of(network: Network, bundle: Bundle) -> Arrays:
    """Return what an export of a bundle's network holds beside its graph."""
    return decoder_arrays(network, parts_of_config(bundle.config, Path("model")).tasks)
