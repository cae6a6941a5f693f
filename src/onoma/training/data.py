"""The data of a run: read, tokenised, and with a development part in any case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onoma.errors import DataError
from onoma.readers import ReadOptions, read_corpus
from onoma.text import Corpus, Ledger
from onoma.tokenize import tokenize_document
from onoma.training.config import DataConfig


@dataclass(frozen=True, slots=True)
class RunData:
    """The splits of a run; ``test`` is None when no test file was given."""

    train: Corpus
    dev: Corpus
    test: Corpus | None

    def splits(self) -> dict[str, Corpus]:
        """Return the splits that are there, by name."""
        named = {"train": self.train, "dev": self.dev}
        return named if self.test is None else {**named, "test": self.test}


def load_run_data(config: DataConfig, seed: int, say: Callable[[str], None]) -> RunData:
    """Read the files that a configuration names.

    Args:
        config: which files, and how to read them.
        seed: of the held-out development part, where there is no dev file.
        say: is told, in a line each, what was read and what was held out.

    Raises:
        DataError: a file is unreadable, empty, or train holds no entity.
    """
    train = load_corpus(Path(config.train), config, "train")
    if not train.num_entities:
        raise DataError("holds no entity to learn from", code="no-entities", path=config.train)
    dev = None if config.dev is None else load_corpus(Path(config.dev), config, "dev")
    test = None if config.test is None else load_corpus(Path(config.test), config, "test")
    if dev is None:
        train, dev = hold_out(train, config.dev_share, seed)
        say(
            f"no dev file: {len(dev.documents)} of {len(dev.documents) + len(train.documents)} documents of "
            f"train held out (seed {seed})"
        )
    data = RunData(train, dev, test)
    for name, corpus in data.splits().items():
        tokens = sum(len(document.tokens) for document in corpus.documents)
        sentences = sum(len(document.sentences) for document in corpus.documents)
        say(
            f"{name}: {len(corpus.documents)} documents, {sentences} sentences, {tokens} tokens; "
            f"{corpus.ledger}"
        )
    return data


def load_corpus(path: Path, config: DataConfig, name: str) -> Corpus:
    """Read one file and tokenise what comes as raw text.

    Raises:
        DataError: the file is unreadable or holds no document.
    """
    options = ReadOptions(
        format=config.format,
        scheme=config.tag_scheme,
        encoding=config.encoding,
        on_error=config.on_error,
    )
    corpus = read_corpus(path, options)
    if not any(document.text for document in corpus.documents):
        raise DataError("holds no text", code="empty", path=path)
    return Corpus(tuple(tokenize_document(document) for document in corpus.documents), corpus.ledger, name)


def hold_out(corpus: Corpus, share: float, seed: int) -> tuple[Corpus, Corpus]:
    """Split documents at random into a larger part and one of about ``share``, each in the old order.

    Raises:
        DataError: there are fewer than two documents.
    """
    count = len(corpus.documents)
    if count < 2:
        raise DataError(
            "a single document cannot be split into train and dev: give a dev file",
            code="too-few-documents",
        )
    chosen = np.zeros(count, dtype=bool)
    size = min(count - 1, max(1, round(share * count)))
    chosen[np.random.default_rng(seed).choice(count, size, replace=False)] = True
    parts = []
    for name, wanted in ((corpus.name, False), ("dev", True)):
        documents = tuple(
            document for document, held in zip(corpus.documents, chosen, strict=True) if held == wanted
        )
        entities = sum(len(document.entities) for document in documents)
        parts.append(Corpus(documents, Ledger(read=entities, kept=entities), name))
    return parts[0], parts[1]
