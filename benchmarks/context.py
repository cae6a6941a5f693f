"""What document context costs: sentences alone, in passages, and each with its neighbours read anew.

    python benchmarks/context.py --encoder FOLDER [--train FILE] [--sentences 400] [--context 64] [--rounds 3]

A `bert` learns whole documents of FILE for an epoch and tags them, one thread, in each of three ways in turn:
without context, with context as it is read now (`onoma.features.context`), and as FLERT reads it, an input a
sentence. Printed are the medians of tokens a second of processor time, and how many pieces were read for each
word that counts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from functools import partialmethod
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch

import training
from onoma.features.examples import Examples, prepare_examples
from onoma.features.labelling import TagLabelling
from onoma.features.pieces import PieceFeatures
from onoma.models import get_rung
from onoma.runtime.running import Runner
from onoma.runtime.torch_backend import TorchBackend
from onoma.tags import get_scheme
from onoma.text import Document
from onoma.training.config import TrainingConfig
from onoma.training.events import Step
from training_epochs import DEFAULT_TRAIN, read_documents

WAYS = {"alone": (0, True), "passages": (1, True), "each anew": (1, False)}
"""By name: how often the context is asked for, and whether sentences are read together."""


class Reader:
    """A model that learns and tags in one of the ways."""

    def __init__(self, documents: list[Document], given: argparse.Namespace, way: str) -> None:
        times, together = WAYS[way]
        rung = get_rung("bert")
        settings = rung.config(encoder=given.encoder, head="crf", context=times * given.context)
        made = partialmethod(PieceFeatures.__init__, together=together)
        with mock.patch.object(PieceFeatures, "__init__", made):
            features = rung.fit_features(settings, [one.words for one in documents])
        labels = sorted({span.label for document in documents for span in document.entities})
        tags = get_scheme("BIOES").tags(labels)
        labelling = TagLabelling(tags, get_scheme("BIOES"))
        self._examples = prepare_examples(documents, features, labelling, window=settings.max_length)
        values = {**rung.training, "epochs": 1, "precision": given.precision}
        config = TrainingConfig(**values)
        options = settings.model_dump()
        self._trainer = training.make_trainer(self._examples, features, tags, config, "bert", **options)
        self._trainer.objective.dev_loss = lambda stopping: 0.0  # type: ignore[method-assign]
        self._run = lambda: Runner(
            TorchBackend(self._trainer.network), features, settings.max_length, documents
        ).parts()

    def learn(self) -> float:
        """Return tokens a second over an epoch."""
        started = time.process_time()
        tokens = sum(event.num_tokens for event in self._trainer.epochs() if isinstance(event, Step))
        return tokens / (time.process_time() - started)

    def tag(self) -> float:
        """Return tokens a second over all documents, decoding left out."""
        started = time.process_time()
        tokens = sum(int(part.lengths.sum()) for part in self._run())
        return tokens / (time.process_time() - started)

    def read(self) -> float:
        """Return the pieces read for each word that counts."""
        return pieces_read(self._examples) / self._examples.num_tokens


def pieces_read(examples: Examples) -> int:
    """Return the pieces of all inputs."""
    return int(np.sum(examples.sizes[examples.edges[:-1]]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--train", type=Path, default=DEFAULT_TRAIN)
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--context", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="bf16")
    given = parser.parse_args()
    torch.set_num_threads(1)
    documents = read_documents(given.train, given.sentences)
    found: dict[str, dict[str, list[Any]]] = {way: {"learn": [], "tag": [], "read": []} for way in WAYS}
    for _ in range(given.rounds):
        for way, figures in found.items():
            reader = Reader(documents, given, way)
            for name, values in figures.items():
                values.append(getattr(reader, name)())
    print(f"{'':12}{'pieces a word':>14}{'learns':>10}{'ratio':>7}{'tags':>10}{'ratio':>7}")
    middle = {
        way: {name: statistics.median(values) for name, values in figures.items()}
        for way, figures in found.items()
    }
    first = middle["alone"]
    for way, one in middle.items():
        ratios = {name: one[name] / first[name] for name in ("learn", "tag")}
        print(
            f"{way:12}{one['read']:14.2f}{one['learn']:10,.0f}{ratios['learn']:7.2f}"
            f"{one['tag']:10,.0f}{ratios['tag']:7.2f}"
        )


if __name__ == "__main__":
    main()
