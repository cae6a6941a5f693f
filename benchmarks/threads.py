"""Answers of one tagger that several threads share, against those of a tagger that nobody shares.

    python benchmarks/threads.py [MODEL...] [--threads 8] [--answers 2000] [--seed 1]

Texts are sentences of the bundled corpora in which every third word is one that nobody has seen. Cold threads
begin with a tagger that has tagged nothing; pairs of them tag the same texts at the same time. Warm ones tag
the same texts again, and "after" is one thread alone with the tagger that was shared. "trimmed" begins cold,
and the table of words is replaced under way, again and again. The interpreter changes threads every
microsecond, or as often as it can. An answer is wrong if it is an error, or its entities or document labels
are others, or a score differs by more than 0.0001.

Without MODEL those that come with Onoma are taken, which are exported ones, and small ones that are trained
for it in PyTorch (two epochs on the bundled English corpus; "bert" on an encoder of random weights). The exit
code is 1 if an answer is wrong.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "runtime"))

from shared_tagger import run_together, wrong

import onoma
from onoma.readers import read_corpus
from onoma.resources import bundled_corpora, shipped_models
from onoma.runtime.tagger import Tagger
from onoma.text import Document

TRAINED: dict[str, dict[str, Any]] = {
    "bilstm-crf": {},
    "charcnn-bilstm-crf": {},
    "transformer": {"units": "pieces"},
    "bert": {"max_length": 128},
    "span": {"base": "charcnn-bilstm-crf"},
    "joint": {"base": "bilstm"},
}
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEJKXäßжЯ-1"

Answer = Document | BaseException


def make_texts(count: int, seed: int) -> list[str]:
    """Return texts that are all different, every third of their words new to any model."""
    rng = random.Random(seed)
    sentences = [
        line.split()
        for name in ("en", "ru")
        for document in read_corpus(bundled_corpora()[name] / "train.jsonl").documents
        for line in document.text.split(". ")
    ]
    return [
        " ".join(
            "".join(rng.choices(LETTERS, k=rng.randint(2, 14))) if place % 3 == 0 else word
            for place, word in enumerate(rng.choice(sentences))
        )
        for _ in range(count)
    ]


def in_threads(
    tagger: Tagger, shares: Sequence[Sequence[str]], also: Callable[[], None] | None = None
) -> list[list[Answer]]:
    """Tag each share in a thread of its own, all at the same time; ``also`` is called again and again."""
    answers: list[list[Answer]] = [[] for _ in shares]

    def work(number: int) -> None:
        for text in shares[number]:
            try:
                answers[number].append(tagger(text))
            except BaseException as error:  # counted as a wrong answer
                answers[number].append(error)

    run_together([partial(work, number) for number in range(len(shares))], also)
    return answers


def measure(
    name: str, model: str | Path, texts: Sequence[str], threads: int
) -> Iterator[tuple[str, str, int, int]]:
    """Yield rows of the table: model, what the threads meet, answers, and how many of them are wrong."""
    alone = onoma.load(model, threads=1)
    expected = [alone(text) for text in texts]
    lists = max(1, threads // 2)
    numbers = [list(range(number % lists, len(texts), lists)) for number in range(threads)]
    shares = [[texts[index] for index in one] for one in numbers]
    wanted = [[expected[index] for index in one] for one in numbers]

    def row(what: str, answers: Sequence[Sequence[Answer]]) -> tuple[str, str, int, int]:
        num_wrong = sum(len(wrong(one, other)) for one, other in zip(wanted, answers, strict=True))
        return name, what, sum(map(len, answers)), num_wrong

    shared = onoma.load(model, threads=1)
    yield row("cold", in_threads(shared, shares))
    yield row("warm", in_threads(shared, shares))
    yield name, "after", len(texts), len(wrong(expected, [shared(text) for text in texts]))
    trimmed = onoma.load(model, threads=1)
    with small_cache():
        yield row("trimmed", in_threads(trimmed, shares, trimmed.features.trim))


@contextmanager
def small_cache() -> Iterator[None]:
    """Let a table of words be replaced as soon as it holds 50."""
    from onoma.features import word_types

    limit = word_types.CACHE_LIMIT
    word_types.CACHE_LIMIT = 50
    try:
        yield
    finally:
        word_types.CACHE_LIMIT = limit


def default_models(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield models with their names; small ones are trained in the folder."""
    yield from shipped_models().items()
    for name, options in TRAINED.items():
        if name == "bert":
            options = {**options, "encoder": str(write_encoder(folder / "encoder"))}
        run = onoma.train(
            model=name,
            data=bundled_corpora()["en"],
            out=folder / name,
            epochs=2,
            threads=1,
            model_options=options,
        )
        yield name, run.folder


def write_encoder(folder: Path) -> Path:
    """Write a small BERT of random weights."""
    from collections import Counter

    from transformers import BertConfig, BertModel

    from onoma.features.tokenizer_training import train_wordpiece

    documents = read_corpus(bundled_corpora()["en"] / "train.jsonl").documents
    tokenizer = train_wordpiece(
        Counter(word for one in documents for word in one.text.split()), 600, lowercase=False
    )
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size(), **sizes)).save_pretrained(folder)
    return folder


def main() -> None:
    """Print a row for each model and each state of its table of words."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--answers", type=int, default=2000, help="of each row but 'after'")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    texts = make_texts(
        arguments.answers * max(1, arguments.threads // 2) // arguments.threads, arguments.seed
    )
    with tempfile.TemporaryDirectory() as place:
        models = [(name, Path(name)) for name in arguments.models] or default_models(Path(place))
        failed = False
        print(f"{'model':24} {'words':8} {'threads':>7} {'answers':>7} {'wrong':>6}")
        for name, model in models:
            for _, what, answers, num_wrong in measure(name, model, texts, arguments.threads):
                failed = failed or num_wrong > 0
                threads = 1 if what == "after" else arguments.threads
                print(f"{name:24} {what:8} {threads:7} {answers:7} {num_wrong:6}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    main()
