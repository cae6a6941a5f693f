"""How fast this machine trains and tags with a model, from a short training on a sample of the data."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from onoma.readers import write_documents
from onoma.runtime.other_work import Watch
from onoma.text import Document
from onoma.training.advice.rules import Choice
from onoma.training.config import resolve
from onoma.training.events import Epoch, Step
from onoma.training.run import Run

UPDATES = 16
"""Of an epoch of the probe; the first of its two epochs warms up and counts for nothing."""
DEV_SENTENCES = 128


@dataclass(frozen=True, slots=True)
class Rates:
    """What a probe measured, by the clock on the wall, so that other work on the machine counts.

    Args:
        trained: tokens a second in updates.
        scored: tokens a second of dev that are tagged and scored.
        start_seconds: from the call to the first update: vocabularies, network, choice of a number format.
        seconds: that the probe took.
        waited: share of the time, 0..1, in which it did not run since others did; seen with one thread only.
    """

    trained: float
    scored: float
    start_seconds: float
    seconds: float
    waited: float


def measure(choice: Choice, sample: Sequence[Document], sentences: int, threads: int = 0) -> Rates:
    """Train for two short epochs in a folder that is removed again.

    Args:
        choice: what to train.
        sample: tokenised documents, with an entity among them.
        sentences: of the whole of train, which the size of a batch depends on.
        threads: of the training, 0 for all cores.

    Raises:
        OnomaError: it cannot be trained: an encoder that is not there, an extra that is missing.
    """
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, _silence():
        place = Path(folder)
        dev = _first_sentences(sample, DEV_SENTENCES)
        write_documents(place / "train.jsonl", sample)
        write_documents(place / "dev.jsonl", dev)
        run = Run(resolve(choice.model, _settings(choice, place, sentences, threads)), place / "run")
        start = time.perf_counter() - began
        watch, tokens = Watch(), 0
        with closing(run.execute()) as events:
            for event in events:
                if isinstance(event, Step):
                    tokens += event.num_tokens
                elif isinstance(event, Epoch):
                    if event.epoch == 2:
                        break
                    watch, tokens = Watch(), 0  # of the second epoch
        waited = watch.look().waited
    assert isinstance(event, Epoch)
    scoring = max(event.seconds - tokens / event.tokens_per_second, 1e-3)
    scored = sum(document.num_tokens for document in dev) / scoring
    return Rates(event.tokens_per_second, scored, start, time.perf_counter() - began, waited)


def sample_size(choice: Choice, sentences: int) -> int:
    """Return how many sentences a probe wants."""
    return UPDATES * choice.batch_size(sentences)


def _settings(choice: Choice, place: Path, sentences: int, threads: int) -> dict[str, dict[str, object]]:
    return {
        "model": dict(choice.options),
        "training": {
            "epochs": 2,
            "batch_size": choice.batch_size(sentences),
            "epoch_updates": UPDATES,
            "train_sample": 0,
            "checkpoint_minutes": 0,
            "trackers": (),
            "threads": threads,
        },
        "data": {
            "train": str(place / "train.jsonl"),
            "dev": str(place / "dev.jsonl"),
            "format": "spans-jsonl",
            "allow_empty": True,
        },
    }


def _first_sentences(documents: Sequence[Document], limit: int) -> list[Document]:
    """Return documents until they have so many sentences; at least one."""
    taken: list[Document] = []
    for document in documents:
        taken.append(document)
        limit -= len(document.sentences)
        if limit <= 0:
            break
    return taken


@contextmanager
def _silence() -> Iterator[None]:
    """What a training has to say is of no interest here."""
    logger = logging.getLogger("onoma")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
