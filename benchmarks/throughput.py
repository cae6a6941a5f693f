"""Tokens a second of every rung, with batches of sentences of similar length against plain padded ones.

    python benchmarks/throughput.py [--data FOLDER|FILE] [--sentences 512] [--encoder FOLDER]

Padded batches are 32 sentences in the order of the file, filled up to the longest. Bucketed ones are what
Onoma makes: 32 sentences for training, up to 64 for prediction. All else is the library's own on both sides.
Training is whole updates over all sentences, in the number format that `auto` chooses. Prediction is
`Tagger.tag`, from tokenised documents of one sentence to documents with entities and their probabilities.
Both sides of a rung take turns within one process, after one turn that does not count. The table has medians
of tokens a second over the turns, and the ratios of these medians. Buckets are made of up to 2,048 sentences
in training and of 65,536 tokens in prediction, so that fewer sentences than that gain less.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

import onoma.runtime.tagger
from onoma.features.batches import Indices, bucket_by_length
from onoma.readers import find_splits, read_corpus
from onoma.readers.partition import sentence_documents
from onoma.resources import bundled_corpora
from onoma.runtime.tagger import Tagger
from onoma.text import Corpus, Document, Ledger
from onoma.tokenize import tokenize_document
from onoma.training.assembly import Assembly
from onoma.training.config import resolve
from onoma.training.events import Epoch
from onoma.training.loop import DevScore, Trainer
from onoma.training.objectives import Objective
from onoma.training.precision import pick_precision, set_threads

BATCH_SIZE = 32
RUNGS = ("rnn", "lstm", "bilstm", "bilstm-crf", "charcnn-bilstm-crf", "transformer", "transformer-lstm")
SIDES = ("padded", "bucketed")

Measure = Callable[[], float]
"""One turn: returns tokens a second."""


def in_file_order(lengths: Indices, **_limits: int) -> Iterator[Indices]:
    """Stand in for `bucket_by_length`."""
    for start in range(0, len(lengths), BATCH_SIZE):
        yield np.arange(start, min(start + BATCH_SIZE, len(lengths)))


class PaddedObjective(Objective):
    """Learns from the same sentences in the order of the file."""

    def batches(self, epoch: int) -> list[Indices]:
        """Return the same batches in every epoch."""
        return list(in_file_order(self._train.taught.examples.sizes))


def read_sentences(path: Path, count: int) -> list[Document]:
    """Return the first sentences of a file that are not empty, each as a document."""
    documents = map(tokenize_document, read_corpus(path).documents)
    sentences = (one for document in documents for one in sentence_documents(document) if one.tokens)
    return list(islice(sentences, count))


def num_tokens(documents: Sequence[Document]) -> int:
    return sum(len(document.tokens) for document in documents)


def padding(batches: Iterator[Indices], lengths: Indices) -> float:
    """Return the share of a batch's places that hold no token, in percent."""
    places = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    return 100 * (1 - int(lengths.sum()) / places)


def assemble(rung: str, train: Sequence[Document], options: argparse.Namespace) -> Assembly:
    """Make a rung with its own defaults, all but the batch size."""
    entities = sum(len(document.entities) for document in train)
    corpus = Corpus(tuple(train), Ledger(read=entities, kept=entities), "train")
    # The loop measures the dev loss after each epoch, outside the time that it counts: a little dev will do.
    few = sum(len(document.entities) for document in train[:8])
    dev = Corpus(tuple(train[:8]), Ledger(read=few, kept=few), "dev")
    training = {"batch_size": BATCH_SIZE, "threads": options.threads, "device": "cpu"}
    settings = {
        "model": {"encoder": str(options.encoder)} if rung == "bert" else {},
        "training": {**training, "epochs": options.turns + 1},
        "data": {"train": "memory"},
    }
    config = resolve(rung, settings)
    return Assembly(config, {"train": corpus, "dev": dev}, torch.device("cpu"), pretrained=True)


def training_side(assembly: Assembly, side: str) -> Measure:
    """Return a turn of one epoch; the loop itself counts tokens and the time of its updates."""
    config, taught = assembly.config.training, assembly.taught
    network = copy.deepcopy(assembly.network)
    assert not taught["train"].of_documents, "a rung of entities alone"
    kind = PaddedObjective if side == "padded" else Objective
    precision = pick_precision(config, torch.device("cpu"))
    objective = kind(
        network,
        assembly.features,
        assembly.tasks,
        taught["train"],
        taught["dev"],
        config,
        precision=precision,
    )
    trainer = Trainer(network, objective, lambda: DevScore(0.0, 0.0, 0.0), config)
    events = trainer.epochs()
    return lambda: next(event.tokens_per_second for event in events if isinstance(event, Epoch))


def prediction_side(tagger: Tagger, documents: Sequence[Document], side: str) -> Measure:
    """Return a turn over all documents."""
    tokens = num_tokens(documents)

    def batching() -> AbstractContextManager[object]:
        if side == "bucketed":
            return nullcontext()
        return patch.object(onoma.runtime.tagger, "bucket_by_length", in_file_order)

    def measure() -> float:
        with batching():
            started = time.perf_counter()
            tagger.tag(documents)
            return tokens / (time.perf_counter() - started)

    return measure


def medians(sides: dict[str, Measure], turns: int) -> dict[str, float]:
    speeds: dict[str, list[float]] = {side: [] for side in sides}
    for turn in range(turns + 1):
        for side, measure in sides.items():
            speed = measure()
            if turn:  # the first one compiles kernels and fills caches
                speeds[side].append(speed)
    return {side: statistics.median(values) for side, values in speeds.items()}


def row(rung: str, train: Sequence[Document], test: Sequence[Document], options: argparse.Namespace) -> str:
    assembly = assemble(rung, train, options)
    learning = medians({side: training_side(assembly, side) for side in SIDES}, options.turns)
    tagger = assembly.tagger()
    tagging = medians({side: prediction_side(tagger, test, side) for side in SIDES}, options.turns)
    cells = [
        f"{speeds['padded']:>10,.0f}{speeds['bucketed']:>10,.0f}{speeds['bucketed'] / speeds['padded']:>7.2f}"
        for speeds in (learning, tagging)
    ]
    return f"{rung:20}{'  '.join(cells)}"


def describe(name: str, documents: Sequence[Document]) -> str:
    lengths = np.array([len(document.tokens) for document in documents])
    plain = padding(in_file_order(lengths), lengths)
    limits = {"max_sentences": BATCH_SIZE, "max_tokens": BATCH_SIZE * int(lengths.max())}
    ours = padding(bucket_by_length(lengths, **limits), lengths)
    return (
        f"{name}: {len(documents):,} sentences, {num_tokens(documents):,} tokens, longest {lengths.max()}; "
        f"padding in batches of {BATCH_SIZE}: {plain:.0f} % in file order, {ours:.0f} % by length"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data",
        type=Path,
        default=bundled_corpora()["en"],
        help="folder with train and test files, or one file for both; by default the bundled corpus 'en'",
    )
    parser.add_argument("--sentences", type=int, default=512, help="of each file, from its beginning")
    parser.add_argument("--encoder", type=Path, help="folder of a pretrained encoder; adds the rung 'bert'")
    parser.add_argument("--rungs", nargs="+", default=list(RUNGS), metavar="RUNG", help="by default all")
    parser.add_argument("--turns", type=int, default=3, help="for each side, after one that does not count")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    splits = find_splits(options.data) if options.data.is_dir() else {"train": options.data}
    train = read_sentences(splits["train"], options.sentences)
    test = read_sentences(splits.get("test", splits["train"]), options.sentences)
    rungs = [*options.rungs, "bert"] if options.encoder and "bert" not in options.rungs else options.rungs
    config = resolve("lstm", {"data": {"train": ""}, "training": {"threads": options.threads}}).training
    precision = pick_precision(config, torch.device("cpu"))
    threads = set_threads(config)
    print(f"{threads} thread(s); training in {precision}, prediction in fp32; {options.turns} turns")
    print(describe("training", train))
    print(describe("prediction", test))
    print(f"{'':20}{'training, tokens/s':>27}  {'prediction, tokens/s':>27}")
    print(f"{'':20}" + "  ".join([f"{'padded':>10}{'bucketed':>10}{'ratio':>7}"] * 2))
    for rung in rungs:
        print(row(rung, train, test, options), flush=True)


if __name__ == "__main__":
    main()
