"""The documents that all models of a comparison are scored on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from onoma.errors import ConfigError
from onoma.metrics.seen import train_mentions
from onoma.readers import ReadLog, read_documents
from onoma.readers.plausible import check_gold
from onoma.resources import portable_path
from onoma.text import Corpus, Document
from onoma.tokenize import get_tokenizer
from onoma.training.config import DataConfig
from onoma.training.data import RunData, divide
from onoma.training.fingerprints import fingerprint


@dataclass(frozen=True, slots=True)
class Exam:
    """What models are scored on, read once for all of them.

    Args:
        data: which files, and how they are read.
        split: of these, ``test`` or ``dev``.
        raw: its documents as the file gives them.
        gold: the same, all with tokens.
        num_unread: gold entities that were lost on reading; they count as missed.
        mentions: surfaces of the entities that were learned from; None where no training file is known.
        inputs: sha256 of the files, by name.
    """

    data: DataConfig
    split: str
    raw: tuple[Document, ...]
    gold: tuple[Document, ...]
    num_unread: int
    mentions: frozenset[str] | None
    inputs: dict[str, str]

    @property
    def labels(self) -> list[str]:
        """The labels of gold."""
        return sorted({span.label for document in self.gold for span in document.entities})

    @property
    def path(self) -> str:
        """The file that they are from."""
        return str(getattr(self.data, self.split) or self.data.train)


def read_exam(data: DataConfig, split: str, seed: int = 0) -> Exam:
    """Read the documents of a run's data as the run did.

    Args:
        data: of the run; ``train`` may be empty where it is not known.
        split: ``test`` or ``dev``.
        seed: of the run, which drew the development part where there is no file of one.

    Raises:
        DataError: a file is unreadable, or holds no gold.
        ConfigError: there is no such split.
    """
    path = getattr(data, split)
    if path is None and (split != "dev" or not data.train):
        raise ConfigError(f"the data names no {split} file to score on")
    train = _read(data, data.train, to_learn=True) if data.train else None
    learned, held = (None, None) if train is None else divide(train, data, seed)
    if path is not None:
        corpus = _read(data, path)
        num_unread = corpus.ledger.num_unread
    else:
        assert train is not None
        assert held is not None
        corpus = held
        num_unread = RunData({"dev": corpus}, {"train": train.ledger}).num_unread("dev")
    cut = get_tokenizer(data.tokenizer).document
    return Exam(
        data,
        split,
        tuple(corpus.documents),
        tuple(map(cut, corpus.documents)),
        num_unread,
        None if learned is None else frozenset(train_mentions(learned.documents)),
        {portable_path(one): fingerprint(Path(one)) for one in (data.train, path) if one},
    )


def _read(data: DataConfig, path: str, *, to_learn: bool = False) -> Corpus:
    log, options = ReadLog(), data.read_options()
    documents: Sequence[Document] = tuple(read_documents(Path(path), options, log))
    check_gold(documents, log, options, path, to_learn=to_learn)
    return Corpus(documents, log.ledger(), path)
