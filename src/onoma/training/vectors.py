"""Training word vectors from raw text, by gensim: word2vec (Mikolov et al. 2013) and fastText."""

from __future__ import annotations

import logging
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import IO, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from onoma.errors import DataError, MissingExtraError
from onoma.features.vectors import Subwords, WordVectors
from onoma.readers import RawText
from onoma.tokenize import tokenize_words
from onoma.training.events import VectorsProgress

_MAX_SENTENCE = 10_000
"""Words gensim takes at a time; it would drop the rest of a longer paragraph."""
_REPORT_WORDS = 20_000


class VectorsConfig(BaseModel):
    """How vectors are trained; ``max_words`` 0 is no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["word2vec", "fasttext"] = "word2vec"
    dim: int = Field(100, ge=1)
    window: int = Field(5, ge=1)
    min_count: int = Field(3, ge=1)
    epochs: int = Field(5, ge=1)
    negative: int = Field(10, ge=1)
    cbow: bool = False
    learning_rate: float = Field(0.025, gt=0)
    max_words: int = Field(0, ge=0)
    lowercase: bool = False
    buckets: int = Field(50_000, ge=1)
    min_subword: int = Field(3, ge=1)
    max_subword: int = Field(6, ge=1)
    threads: int = Field(1, ge=1)
    seed: int = Field(13, ge=0, lt=2**32)  # as numpy takes it


Report = Callable[[VectorsProgress], None]


def train_vectors(texts: RawText, config: VectorsConfig, report: Report) -> WordVectors:
    """Train vectors on raw text, a paragraph a line.

    The text is tokenised once into a temporary file, in memory that does not grow with its length. With one
    thread the same text, settings and versions give the same vectors.

    Args:
        texts: what to read.
        config: how.
        report: is told the progress, some times a second.

    Raises:
        DataError: a file cannot be read, or no word occurs often enough.
        MissingExtraError: gensim is not installed.
    """
    gensim_models = import_gensim()
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as file:
        corpus = _TokenFile(file, report, config.epochs)
        counts = corpus.fill(texts, config.lowercase)
        common = counts.most_common(config.max_words or None)
        kept = {word: count for word, count in common if count >= config.min_count}
        if not kept:
            raise DataError(
                f"no word occurs {config.min_count} times: lower --min-count or give more text",
                code="too-little-text",
                path=texts.name,
            )
        model = _make_model(gensim_models, config)
        model.build_vocab_from_freq(kept, corpus_count=corpus.num_lines)
        model.train(
            corpus, total_examples=corpus.num_lines, total_words=corpus.num_words, epochs=config.epochs
        )
    return _extract(model.wv, config)


def import_gensim() -> Any:
    """Return ``gensim.models``, told to be quiet.

    Raises:
        MissingExtraError: gensim is not installed.
    """
    try:
        import gensim.models
    except ModuleNotFoundError as error:
        if error.name in ("gensim", "gensim.models"):
            raise MissingExtraError("gensim", "vectors") from None
        raise
    # Its notes on every batch of work, and warnings on small texts, are not for our users.
    logging.getLogger("gensim").setLevel(logging.ERROR)
    return gensim.models


def _make_model(gensim_models: Any, config: VectorsConfig) -> Any:
    settings: dict[str, Any] = {
        "vector_size": config.dim,
        "window": config.window,
        "min_count": config.min_count,
        "epochs": config.epochs,
        "negative": config.negative,
        "sg": 0 if config.cbow else 1,
        "alpha": config.learning_rate,
        "workers": config.threads,
        "seed": config.seed,
    }
    if config.kind == "word2vec":
        return gensim_models.Word2Vec(**settings)
    return gensim_models.FastText(
        **settings, bucket=config.buckets, min_n=config.min_subword, max_n=config.max_subword
    )


def _extract(trained: Any, config: VectorsConfig) -> WordVectors:
    rows = np.array(trained.vectors, dtype=np.float32)  # [V, D]
    if config.kind == "word2vec":
        return WordVectors(trained.index_to_key, rows)
    buckets = np.array(trained.vectors_ngrams, dtype=np.float32)  # [B, D]
    return WordVectors(trained.index_to_key, rows, Subwords(config.min_subword, config.max_subword, buckets))


class _TokenFile:
    """Tokenised text on disk, which gensim reads once an epoch."""

    def __init__(self, file: IO[str], report: Report, num_epochs: int) -> None:
        self.num_lines = self.num_words = 0
        self._file = file
        self._report = report
        self._num_epochs = num_epochs
        self._epoch = 0

    def fill(self, texts: RawText, lowercase: bool) -> Counter[str]:
        """Tokenise all texts and return how often each word occurs."""
        counts: Counter[str] = Counter()
        started, reported = time.perf_counter(), 0
        for line in texts.lines():
            words = [token.text for token in tokenize_words(line.lower() if lowercase else line)]
            counts.update(words)
            for first in range(0, len(words), _MAX_SENTENCE):
                self._file.write(" ".join(words[first : first + _MAX_SENTENCE]) + "\n")
                self.num_lines += 1
            self.num_words += len(words)
            if self.num_words - reported >= _REPORT_WORDS:
                reported = self.num_words
                self._tell(reported, started)
        self._tell(self.num_words, started, ended=True)
        return counts

    def __iter__(self) -> Iterator[list[str]]:
        self._epoch += 1
        self._file.seek(0)
        started, words, reported = time.perf_counter(), 0, 0
        for line in self._file:
            sentence = line.split()
            yield sentence
            words += len(sentence)
            if words - reported >= _REPORT_WORDS:
                reported = words
                self._tell(words, started)
        self._tell(words, started, ended=True)

    def _tell(self, words: int, started: float, *, ended: bool = False) -> None:
        total = self.num_words if self._epoch else 0
        seconds = time.perf_counter() - started
        self._report(VectorsProgress(self._epoch, self._num_epochs, words, total, seconds, ended))
