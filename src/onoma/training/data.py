"""The data of a run: read, tokenised, and with a development part in any case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onoma.errors import DataError
from onoma.readers import ReadOptions, read_corpus
from onoma.text import Corpus, Document, Ledger
from onoma.tokenize import tokenize_document
from onoma.training.config import DataConfig


@dataclass(frozen=True, slots=True)
class RunData:
    """The splits of a run.

    Args:
        splits: ``train``, ``dev`` and, when a test file was given, ``test``; tokenised.
        reading: what became of the gold entities of each file on reading.
    """

    splits: dict[str, Corpus]
    reading: dict[str, Ledger]


def load_run_data(config: DataConfig, seed: int, say: Callable[[str], None]) -> RunData:
    """Read the files that a configuration names.

    Args:
        config: which files, and how to read them.
        seed: of the held-out development part, where there is no dev file.
        say: is told, in a line each, what was read and what was held out.

    Raises:
        DataError: a file is unreadable, empty, or train holds no entity.
    """
    paths = {"train": config.train, "dev": config.dev, "test": config.test}
    splits = {
        name: load_corpus(Path(path), config.read_options(), name)
        for name, path in paths.items()
        if path is not None
    }
    reading = {name: corpus.ledger for name, corpus in splits.items()}
    if not splits["train"].num_entities:
        raise DataError("holds no entity to learn from", code="no-entities", path=config.train)
    for name, corpus in splits.items():
        say(f"{name}: {describe(corpus)}")
    if config.dev is None:
        train, dev = hold_out(splits["train"], config.dev_share, seed)
        splits = {**splits, "train": train, "dev": dev}
        say(f"no dev file, so it is held out of train (seed {seed}): {describe(dev)}")
    if config.train_share is not None and config.train_share < 1:
        splits["train"] = draw_share(splits["train"], config.train_share, seed)
        say(f"{config.train_share:.0%} of train (seed {seed}): {describe(splits['train'])}")
    return RunData(splits, reading)


def describe(corpus: Corpus) -> str:
    """Return the corpus's counts and its ledger in a line."""
    tokens = sum(len(document.tokens) for document in corpus.documents)
    sentences = sum(len(document.sentences) for document in corpus.documents)
    return f"{len(corpus.documents)} documents, {sentences} sentences, {tokens} tokens; {corpus.ledger}"


def load_corpus(path: Path, options: ReadOptions, name: str) -> Corpus:
    """Read one file and tokenise what comes as raw text.

    Raises:
        DataError: the file is unreadable or holds no text.
    """
    corpus = read_corpus(path, options)
    if not any(document.text for document in corpus.documents):
        raise DataError("holds no text", code="empty", path=path)
    return Corpus(tuple(tokenize_document(document) for document in corpus.documents), corpus.ledger, name)


def hold_out(corpus: Corpus, share: float, seed: int) -> tuple[Corpus, Corpus]:
    """Split documents at random into a larger part and one of about ``share``, each in the old order.

    The parts' ledgers count their own entities; what was lost on reading is in the ledger of the whole.

    Raises:
        DataError: there are fewer than two documents.
    """
    count = len(corpus.documents)
    if count < 2:
        raise DataError(
            "a single document cannot be split into train and dev: give a dev file", code="too-few-documents"
        )
    size = min(count - 1, max(1, round(share * count)))
    held = set(np.random.default_rng(seed).choice(count, size, replace=False).tolist())
    kept = _part([one for index, one in enumerate(corpus.documents) if index not in held], corpus.name)
    return kept, _part([one for index, one in enumerate(corpus.documents) if index in held], "dev")


def draw_share(corpus: Corpus, share: float, seed: int) -> Corpus:
    """Return about ``share`` of the documents, at least one, in the old order; smaller shares lie in larger.

    Raises:
        DataError: there is no entity in it.
    """
    size = max(1, round(share * len(corpus.documents)))
    order = np.random.default_rng(seed).permutation(len(corpus.documents))
    part = _part([corpus.documents[index] for index in sorted(order[:size].tolist())], corpus.name)
    if not part.num_entities:
        raise DataError(f"a share of {share:g} of train holds no entity to learn from", code="no-entities")
    return part


def _part(documents: list[Document], name: str) -> Corpus:
    entities = sum(len(document.entities) for document in documents)
    return Corpus(tuple(documents), Ledger(read=entities, kept=entities), name)
