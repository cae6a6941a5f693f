"""Training speed over whole epochs, and with small and large tables of words.

    python benchmarks/training_epochs.py [--train FILE] [--sentences 2000] [--epochs 10]
    python benchmarks/training_epochs.py --encoder FOLDER [--train FILE] [--sentences 2000] [--epochs 2]

A `bilstm-crf` with one layer of 2 x 100 learns from the same sentences with 10,000 and with 300,000 words in
its table, of which the data has a part. With ``--dense`` it also learns in the way of before: all rows of
the table are updated, and denormal numbers kept. Speeds are tokens a second of CPU time, so that other work
on the machine counts little, over everything but scoring dev: updates, and what an epoch ends with.

With ``--encoder`` a `bert` learns instead, once as it does now, once in the way of before: by the library's
own layers on padded batches, with torch's dropout. Both take turns of an update, so that what else the
machine does hits both. The first epoch is told apart: products are compiled when their shape is first met.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import torch

import training
from onoma.features.examples import Examples, prepare_examples
from onoma.features.labelling import TagLabelling
from onoma.features.words import WordFeatures
from onoma.models import get_rung
from onoma.nn.pretrained import PretrainedEncoder
from onoma.readers import read_corpus
from onoma.tags import get_scheme
from onoma.text import Document
from onoma.tokenize import tokenize_document
from onoma.training import tables
from onoma.training.config import TrainingConfig
from onoma.training.denormals import denormals_flushed
from onoma.training.events import Epoch, Step
from onoma.training.loop import Trainer

DEFAULT_TRAIN = Path(__file__).resolve().parents[2] / "shared" / "data" / "conll2003" / "train.txt"
LAZY = tables.SMALLEST


def read_documents(path: Path, most: int) -> list[Document]:
    """Return tokenised documents of about so many sentences."""
    documents: list[Document] = []
    count = 0
    for document in read_corpus(path).documents:
        documents.append(tokenize_document(document))
        count += len(list(documents[-1].sentence_words()))
        if count >= most:
            break
    return documents


def fit_features(documents: list[Document], num_words: int) -> WordFeatures:
    """Return features with a row for each word of the documents, and for others up to so many."""
    sentences = [words for document in documents for words in document.sentence_words()]
    known = len(WordFeatures.fit(sentences, lowercase=True, min_count=1, characters=False).words)
    others = [f"other{number}" for number in range(num_words - known)]
    return WordFeatures.fit([*sentences, others], lowercase=True, min_count=1, characters=False)


def make_trainer(
    examples: Examples, features: WordFeatures, tags: list[str], epochs: int, precision: str
) -> Trainer:
    config = TrainingConfig(epochs=epochs, batch_size=32, precision=precision)
    sizes = {"hidden_dim": 100, "num_layers": 1, "word_dim": 100}
    trainer = training.make_trainer(examples, features, tags, config, **sizes)
    trainer.objective.dev_loss = lambda stopping: 0.0  # type: ignore[method-assign]
    return trainer


def speeds(trainer: Trainer) -> Iterator[float]:
    """Yield each epoch's tokens a second of CPU time."""
    tokens, started = 0, time.process_time()
    for event in trainer.epochs():
        if isinstance(event, Step):
            tokens += event.num_tokens
        elif isinstance(event, Epoch):
            yield tokens / (time.process_time() - started)
            tokens, started = 0, time.process_time()


def make_tuner(
    documents: list[Document], tags: list[str], encoder: str, epochs: int, precision: str, *, packed: bool
) -> Trainer:
    """A `bert` over the encoder of a folder, with the rung's defaults; not packed is the way of before."""
    rung = get_rung("bert")
    settings = rung.config(encoder=encoder, head="crf")
    sentences = [words for document in documents for words in document.sentence_words()]
    features = rung.fit_features(settings, sentences)
    examples = prepare_examples(documents, features, TagLabelling(tags, get_scheme("BIOES")))
    config = TrainingConfig(**{**rung.training, "epochs": epochs, "precision": precision})
    trainer = training.make_trainer(examples, features, tags, config, "bert", **settings.model_dump())
    trainer.objective.dev_loss = lambda stopping: 0.0  # type: ignore[method-assign]
    if not packed:
        unpack(trainer.network.encoder)
    return trainer


def unpack(encoder: PretrainedEncoder) -> None:
    """Make an encoder compute in the way of before."""
    encoder.layers = None
    for module in encoder.modules():
        for name, child in module.named_children():
            if isinstance(child, torch.nn.Dropout):
                module.add_module(name, torch.nn.Dropout(child.p))


def timed(trainer: Trainer) -> Iterator[tuple[Step | Epoch, float]]:
    """Yield what happens, and the CPU seconds that it took."""
    events = trainer.epochs()
    while True:
        started = time.process_time()
        event = next(events, None)
        if event is None:
            return
        yield event, time.process_time() - started


def compare_tuning(trainers: dict[str, Trainer]) -> None:
    """Print the speeds of trainers by epoch; they take turns of an update."""
    seconds: dict[str, Counter[int]] = {name: Counter() for name in trainers}
    tokens: Counter[int] = Counter()
    losses: dict[str, Counter[int]] = {name: Counter() for name in trainers}
    for round_ in zip(*map(timed, trainers.values()), strict=True):
        for name, (event, spent) in zip(trainers, round_, strict=True):
            seconds[name][event.epoch] += spent
            if isinstance(event, Step):
                losses[name][event.epoch] += event.loss * event.num_tokens
        tokens[event.epoch] += event.num_tokens if isinstance(event, Step) else 0
    first = next(iter(trainers))
    print("tokens a second of CPU time by epoch, and how many times as fast as before; loss a token")
    for name, spent in seconds.items():
        for epoch, count in tokens.items():
            ratio = seconds[first][epoch] / spent[epoch]
            loss = losses[name][epoch] / count
            print(f"{name:8} epoch {epoch}{count / spent[epoch]:>10,.0f}{ratio:>8.2f}{loss:>10.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, default=DEFAULT_TRAIN)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--words", type=int, nargs="+", default=[10_000, 300_000])
    parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"])
    parser.add_argument("--encoder", help="compare the ways of fine-tuning this one")
    parser.add_argument("--dense", action="store_true", help="also measure the way of before")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    documents = read_documents(arguments.train, arguments.sentences)
    labels = sorted({span.label for document in documents for span in document.entities})
    tags = get_scheme("BIOES").tags(labels)
    if arguments.encoder:
        sides = {"before": False, "now": True}
        trainers = {
            name: make_tuner(
                documents, tags, arguments.encoder, arguments.epochs, arguments.precision, packed=packed
            )
            for name, packed in sides.items()
        }
        with denormals_flushed():
            compare_tuning(trainers)
        return
    print(f"1 x 2 x 100, one thread, {arguments.precision}, tokens a second of CPU time by epoch")
    epochs = range(1, arguments.epochs + 1)
    print(f"{'':22}" + "".join(f"{epoch:>8}" for epoch in epochs) + "   last/first")
    features = fit_features(documents, 0)
    examples = prepare_examples(documents, features, TagLabelling(tags, get_scheme("BIOES")))
    for _ in speeds(make_trainer(examples, features, tags, 1, arguments.precision)):
        pass  # warm up
    medians: dict[str, list[float]] = {}
    for way, smallest in (("now", LAZY), ("before", 10**12))[: 2 if arguments.dense else 1]:
        for count in arguments.words:
            features = fit_features(documents, count)
            examples = prepare_examples(documents, features, TagLabelling(tags, get_scheme("BIOES")))
            tables.SMALLEST = smallest
            trainer = make_trainer(examples, features, tags, arguments.epochs, arguments.precision)
            print(f"{way:8}{len(features.words):>8,} words", end="", flush=True)
            with denormals_flushed() if way == "now" else nullcontext():
                found = []
                for speed in speeds(trainer):
                    found.append(speed)
                    print(f"{speed:>8,.0f}", end="", flush=True)
            print(f"{found[-1] / found[0]:>13.2f}")
            medians.setdefault(way, []).append(statistics.median(found))
    for way, values in medians.items():
        print(f"{way}: the largest table at {values[-1] / values[0]:.2f} of the speed of the smallest")


if __name__ == "__main__":
    main()
