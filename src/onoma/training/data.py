"""The data of a run: read, tokenised, and with a development part in any case."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from onoma.errors import ConfigError, DataError
from onoma.readers import ReadLog, ReadOptions, read_documents
from onoma.readers.account import mapped_labels, reading_notes, unused_labels
from onoma.readers.plausible import check_gold
from onoma.text import Corpus, Document, Ledger
from onoma.text.stored import StoredDocuments, hold_documents, take_documents
from onoma.tokenize import Tokenizer, get_tokenizer
from onoma.training.config import DataConfig, TrainingConfig, read_run_settings, validate
from onoma.training.holding_out import Mask, redrawn

_LOG = logging.getLogger(__name__)

_SHOWN_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class RunData:
    """The splits of a run.

    Args:
        splits: ``train``, ``dev`` and, when a test file was given, ``test``; tokenised.
        reading: what became of the gold entities of each file on reading.
        labels: of each file, entities whose label was mapped, by ``A=B``.
    """

    splits: dict[str, Corpus]
    reading: dict[str, Ledger]
    labels: dict[str, dict[str, int]] = field(default_factory=dict)

    def num_unread(self, split: str) -> int:
        """Return the gold entities lost on reading; of a dev part held out of train, its share of them."""
        if (own := self.reading.get(split)) is not None:
            return own.num_unread
        whole = self.reading["train"]
        share = self.splits[split].num_entities / max(1, whole.read - sum(whole.dropped.values()))
        return math.ceil(whole.num_unread * share)


def load_run_data(config: DataConfig, seed: int, folder: Path | None = None) -> RunData:
    """Read the files that a configuration names; what was read, was odd, and was held out is logged.

    Args:
        config: which files, and how to read them.
        seed: of the held-out development part, where there is no dev file.
        folder: on whose disk documents go that are too many for ``config.memory_mb``; without one all are in
            memory.

    Raises:
        DataError: a file is unreadable, empty, or holds no gold (see `onoma.readers.plausible`).
        OutputError: the disk is full.
    """
    given = {"train": config.train, "dev": config.dev, "test": config.test}
    paths = {name: path for name, path in given.items() if path is not None}
    options = config.read_options()
    logs = {name: ReadLog() for name in paths}
    tokenizer = get_tokenizer(config.tokenizer)
    splits = {
        name: load_corpus(
            Path(path), options, name, tokenizer, logs[name], memory=config.memory_mb << 20, folder=folder
        )
        for name, path in paths.items()
    }
    _tell(splits, logs, options)
    for name, corpus in splits.items():
        check_gold(corpus.documents, logs[name], options, paths[name], to_learn=name == "train")
    if not (splits["train"].num_entities or config.allow_empty):  # a model of documents alone needs none
        raise DataError("holds no entity to learn from", code="no-entities", path=config.train)
    reading = {name: corpus.ledger for name, corpus in splits.items()}
    labels = {name: mapped_labels(log) for name, log in logs.items()}
    learned, held = divide(splits["train"], config, seed)
    if held is not None:
        _LOG.info(f"no dev file, so it is held out of train (seed {seed}): {describe(held)}")
    if config.train_share is not None and config.train_share < 1:
        _LOG.info(f"{config.train_share:.0%} of train (seed {seed}): {describe(learned)}")
    splits |= {"train": learned} | ({} if held is None else {"dev": held})
    return RunData(splits, reading, labels)


def divide(train: Corpus, config: DataConfig, seed: int) -> tuple[Corpus, Corpus | None]:
    """Return what a run learns from of its training file, and what it holds out of it as dev, if anything.

    Raises:
        DataError: see `hold_out` and `draw_share`.
    """
    learned, held = (train, None) if config.dev else hold_out(train, config.dev_share, seed)
    if config.train_share is not None and config.train_share < 1:
        learned = draw_share(learned, config.train_share, seed)
    return learned, held


def _tell(
    splits: Mapping[str, Corpus],
    logs: Mapping[str, ReadLog],
    options: ReadOptions,
) -> None:
    for name, corpus in splits.items():
        for note in reading_notes(logs[name], name, _SHOWN_PROBLEMS):
            _LOG.info(note)
        _LOG.info(f"{name}: {describe(corpus)}")
        if isinstance(corpus.documents, StoredDocuments):
            _LOG.info(f"{name} is more than data.memory_mb allows, and is read from the disk")
    known = {label for corpus in splits.values() for label in corpus.entity_labels}
    for note in unused_labels(options.labels, logs.values(), known):
        _LOG.info(note)


def describe(corpus: Corpus) -> str:
    """Return the corpus's counts and its ledger in a line."""
    tokens = sum(document.num_tokens for document in corpus.documents)
    sentences = sum(len(document.sentences) for document in corpus.documents)
    return f"{len(corpus.documents)} documents, {sentences} sentences, {tokens} tokens; {corpus.ledger}"


def load_corpus(
    path: Path,
    options: ReadOptions,
    name: str,
    tokenizer: Tokenizer,
    log: ReadLog | None = None,
    *,
    memory: int = 0,
    folder: Path | None = None,
) -> Corpus:
    """Read one file and tokenise what comes as raw text, a document after the other.

    Args:
        path: the file.
        options: how to read it.
        name: of the corpus.
        tokenizer: of raw text; tokens that the file gives stay.
        log: gets problems and the fate of every entity.
        memory: bytes that the documents may take, as far as can be told.
        folder: on whose disk they go where they would take more; without one they are in memory.

    Raises:
        DataError: the file is unreadable or holds no text.
        OutputError: the disk is full.
    """
    log = ReadLog() if log is None else log
    read = map(tokenizer.document, _with_text(read_documents(path, options, log), path))
    return Corpus(hold_documents(read, memory, folder), log.ledger(), name)


def _with_text(documents: Iterator[Document], path: Path) -> Iterator[Document]:
    """Yield the documents; refuse them at the end if none has a text."""
    is_empty = True
    for document in documents:
        is_empty = is_empty and not document.text
        yield document
    if is_empty:
        raise DataError("holds no text", code="empty", path=path)


def hold_out(corpus: Corpus, share: float, seed: int) -> tuple[Corpus, Corpus]:
    """Split documents at random into a larger part and one of about ``share``, each in the old order.

    Both hold entities, if two documents do. The parts' ledgers count their own entities; what was lost on
    reading is in the ledger of the whole.

    Raises:
        DataError: there are fewer than two documents.
    """
    count = len(corpus.documents)
    if count < 2:
        raise DataError(
            "a single document cannot be split into train and dev: give a dev file", code="too-few-documents"
        )
    size = min(count - 1, max(1, round(share * count)))
    held = np.zeros(count, dtype=np.bool_)
    held[np.random.default_rng(seed).choice(count, size, replace=False)] = True
    parts = _divided(corpus, held)
    if all(part.num_entities for part in parts):
        return parts
    drawn = redrawn(held, np.array([bool(document.entities) for document in corpus.documents], np.bool_))
    return parts if drawn is None else _divided(corpus, drawn)


def _divided(corpus: Corpus, held: Mask) -> tuple[Corpus, Corpus]:
    kept, dev = (take_documents(corpus.documents, np.flatnonzero(mask).tolist()) for mask in (~held, held))
    return _part(kept, corpus.name), _part(dev, "dev")


def draw_share(corpus: Corpus, share: float, seed: int) -> Corpus:
    """Return about ``share`` of the documents, at least one, in the old order; smaller shares lie in larger.

    Raises:
        DataError: there is no entity in it.
    """
    size = max(1, round(share * len(corpus.documents)))
    order = np.random.default_rng(seed).permutation(len(corpus.documents))
    part = _part(take_documents(corpus.documents, sorted(order[:size].tolist())), corpus.name)
    if not part.num_entities:
        raise DataError(f"a share of {share:g} of train holds no entity to learn from", code="no-entities")
    return part


def _part(documents: Sequence[Document], name: str) -> Corpus:
    entities = sum(len(document.entities) for document in documents)
    return Corpus(documents, Ledger(read=entities, kept=entities), name)


def own_dev_data(bundle: Path) -> tuple[list[Document], int] | None:
    """Return the dev data of the run that a bundle lies in, and how many entities were lost on reading it.

    None unless all of it is still there.
    """
    try:
        settings = read_run_settings(bundle.resolve().parent / "config.toml")
        data = validate(DataConfig, settings.get("data", {}), "data")
        training = validate(TrainingConfig, settings.get("training", {}), "training")
        read = load_run_data(data.model_copy(update={"test": None}), training.seed)
    except (ConfigError, DataError):
        return None
    return list(read.splits["dev"].documents), read.num_unread("dev")
