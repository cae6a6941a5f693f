"""Training speed of `bilstm-crf` against the same network written plainly.

    python benchmarks/training.py [--train FILE] [--steps 60] [--threads 1]

Plainly means what most tutorials do: packed LSTM, pytorch-crf, Adam, batches in random order. Both sides
have the same embeddings, sizes, dropout and batch size, and train on the same sentences; they take turns
within one process, and the table gives medians of tokens a second over the turns.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torchcrf import CRF

from onoma.features.batches import shuffled_buckets
from onoma.features.examples import Examples, prepare_examples
from onoma.features.labelling import TagLabelling
from onoma.features.protocol import Features
from onoma.features.words import WordFeatures
from onoma.models import get_rung
from onoma.models.base import restore_tasks
from onoma.readers import read_corpus
from onoma.tags import get_scheme
from onoma.tokenize import tokenize_document
from onoma.training.config import TrainingConfig
from onoma.training.events import Step
from onoma.training.loop import DevScore, Trainer
from onoma.training.objectives import Objective, Taught
from onoma.training.precision import pick_precision

BATCH_SIZE = 32
DEFAULT_TRAIN = Path(__file__).resolve().parents[2] / "shared" / "data" / "conll2003" / "train.txt"


class PlainTagger(nn.Module):
    """Packed bidirectional LSTM and pytorch-crf."""

    def __init__(self, num_words: int, num_casings: int, num_tags: int) -> None:
        super().__init__()
        self.words = nn.Embedding(num_words, 100, padding_idx=0)
        self.casing = nn.Embedding(num_casings, 16, padding_idx=0)
        self.dropout = nn.Dropout(0.5)
        self.lstm = nn.LSTM(116, 256, num_layers=2, bidirectional=True, batch_first=True, dropout=0.5)
        self.projection = nn.Linear(512, num_tags)
        self.crf = CRF(num_tags, batch_first=True)

    def loss(self, words: Tensor, casing: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        embedded = self.dropout(torch.cat([self.words(words), self.casing(casing)], dim=-1))
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        emissions = self.projection(self.dropout(states))
        mask = torch.arange(tags.shape[1]) < lengths[:, None]
        return -self.crf(emissions, tags, mask=mask, reduction="token_mean")


def plain_steps(examples: Examples, features: WordFeatures, num_tags: int) -> Iterator[int]:
    """Yield the tokens of each update."""
    everything = features.batch(examples.rows)
    words = [torch.from_numpy(row[:n]) for row, n in zip(everything["words"], examples.lengths, strict=True)]
    casing = [
        torch.from_numpy(row[:n]) for row, n in zip(everything["casing"], examples.lengths, strict=True)
    ]
    tags = [torch.from_numpy(ids) for ids in examples.targets]
    torch.manual_seed(1)
    network = PlainTagger(len(features.words), 12, num_tags)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    order = np.random.default_rng(1).permutation(len(words))
    for start in range(0, len(order) - BATCH_SIZE, BATCH_SIZE):
        chosen = order[start : start + BATCH_SIZE]
        lengths = torch.from_numpy(examples.lengths[chosen])
        padded = [pad_sequence([part[i] for i in chosen], batch_first=True) for part in (words, casing, tags)]
        optimizer.zero_grad()
        network.loss(*padded, lengths).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        yield int(lengths.sum())


def make_trainer(
    examples: Examples,
    features: Features,
    tags: list[str],
    config: TrainingConfig,
    model: str = "bilstm-crf",
    **options: Any,
) -> Trainer:
    """A model of a rung that is measured on nothing."""
    rung = get_rung(model)
    settings = rung.config(**options)
    tasks = restore_tasks(settings, {"tags": tags, "scheme": "BIOES"})
    torch.manual_seed(1)
    network = rung.build(settings, features, tasks)
    if rung.load_pretrained:
        rung.load_pretrained(settings, network)
    taught = Taught(examples, {})
    precision = pick_precision(config, torch.device("cpu"))
    objective = Objective(network, features, tasks, taught, taught, config, precision=precision)
    return Trainer(network, objective, lambda: DevScore(0.0, 0.0, 0.0), config)


def onoma_steps(examples: Examples, features: WordFeatures, tags: list[str], precision: str) -> Iterator[int]:
    """Yield the tokens of each update."""
    config = TrainingConfig(epochs=1, batch_size=BATCH_SIZE, precision=precision, average=0.0)
    for event in make_trainer(examples, features, tags, config).epochs():
        if isinstance(event, Step):
            yield event.num_tokens


def measure(steps: Iterator[int], count: int) -> float:
    """Return tokens a second over the next ``count`` updates."""
    started, tokens = time.perf_counter(), 0
    for _ in range(count):
        tokens += next(steps)
    return tokens / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, default=DEFAULT_TRAIN)
    parser.add_argument("--steps", type=int, default=40, help="updates a turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    documents = [tokenize_document(document) for document in read_corpus(arguments.train).documents]
    sentences = [words for document in documents for words in document.sentence_words()]
    labels = sorted({span.label for document in documents for span in document.entities})
    features = WordFeatures.fit(sentences, lowercase=True, min_count=1, characters=False)
    tags = get_scheme("BIOES").tags(labels)
    examples = prepare_examples(documents, features, TagLabelling(tags, get_scheme("BIOES")))
    assert len(shuffled_buckets(examples.lengths, batch_size=BATCH_SIZE, seed=1, epoch=1)) > arguments.steps

    sides = {
        "plain: packed LSTM, pytorch-crf, Adam": lambda: plain_steps(examples, features, len(tags)),
        "onoma, fp32": lambda: onoma_steps(examples, features, tags, "fp32"),
        "onoma, bf16": lambda: onoma_steps(examples, features, tags, "bf16"),
    }
    running = {name: start() for name, start in sides.items()}
    for steps in running.values():
        measure(steps, 5)  # warm up
    speeds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(arguments.turns):
        for name, steps in running.items():
            speeds[name].append(measure(steps, arguments.steps))
    base = next(iter(speeds.values()))
    print(f"{arguments.threads} thread(s), batch {BATCH_SIZE}, turns of {arguments.steps} steps")
    print(f"{'':40}{'tokens/s':>10}{'ratio':>8}{'min':>7}{'max':>7}")
    for name, values in speeds.items():
        ratios = [value / plain for value, plain in zip(values, base, strict=True)]
        print(
            f"{name:40}{statistics.median(values):>10,.0f}{statistics.median(ratios):>8.2f}"
            f"{min(ratios):>7.2f}{max(ratios):>7.2f}"
        )


if __name__ == "__main__":
    main()
