"""The advice: what to train on data that was inspected, with minutes that were measured here."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from onoma.errors import ConfigError
from onoma.inspection import Inspection, SplitReport
from onoma.readers import ReadOptions, read_documents
from onoma.readers.partition import sentence_documents
from onoma.text import Document
from onoma.tokenize import tokenize_document
from onoma.training.advice.probe import Rates, measure, sample_size
from onoma.training.advice.rules import FEW, Choice, DataFacts, choose
from onoma.training.config import DataConfig, TrainingConfig

_LAST_PASSES = 3
"""Times that dev and test are tagged after the last epoch: calibration, its check, the scores."""
_DEV_SHARE: float = DataConfig.model_fields["dev_share"].default
_SAMPLED: int = TrainingConfig.model_fields["train_sample"].default


@dataclass(frozen=True, slots=True)
class Advised:
    """A model that is advised.

    Args:
        choice: what to train.
        batch_size: sentences of an update.
        passes: of an epoch through train.
        updates: of the whole training.
        rates: what was measured.
        minutes: that it takes here, as busy as the machine is now.
        command: that trains it.
    """

    choice: Choice
    batch_size: int
    passes: int
    updates: int
    rates: Rates
    minutes: float
    command: str

    @property
    def alone_minutes(self) -> float:
        """Minutes on the same machine if it did nothing else."""
        return self.minutes * (1 - self.rates.waited)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        return {
            "model": self.choice.model,
            "options": dict(self.choice.options),
            "epochs": self.choice.epochs,
            "why": self.choice.why,
            "batch_size": self.batch_size,
            "passes_an_epoch": self.passes,
            "updates": self.updates,
            "minutes": self.minutes,
            "minutes_alone": self.alone_minutes,
            "trained_tokens_per_second": self.rates.trained,
            "scored_tokens_per_second": self.rates.scored,
            "waited": self.rates.waited,
            "probe_seconds": self.rates.seconds,
            "command": self.command,
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """What to train on some data.

    Args:
        facts: that it depends on.
        models: the best first.
        rests_on: what the figures rest on, in sentences.
    """

    facts: DataFacts
    models: tuple[Advised, ...]
    rests_on: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        return {"models": [one.as_dict() for one in self.models], "rests_on": list(self.rests_on)}


def advise(
    inspection: Inspection,
    data: Sequence[str],
    options: ReadOptions,
    *,
    encoder: str | None = None,
    threads: int = 0,
    reading_seconds: float = 0.0,
    arguments: Sequence[str] = (),
) -> Advice:
    """Advise what to train, and time each for some seconds on a sample of train.

    Args:
        inspection: of the data.
        data: what the user called it.
        options: how it is read.
        encoder: a pretrained one that is at hand: a folder, or an id on the Hub.
        threads: of the training, 0 for all cores.
        reading_seconds: that reading took.
        arguments: that tell a command to read in this way.

    Raises:
        ConfigError: there is nothing to learn from.
        OnomaError: a model cannot be trained here, such as one with an encoder that is not there.
    """
    train = _train_of(inspection)
    if train.path == "-":
        raise ConfigError("--advise reads the data a second time: give a file, not standard input")
    facts = _facts(inspection, train).held_out(_DEV_SHARE)
    chosen = choose(facts, encoder)
    how = replace(options, on_misaligned="expand")
    models = []
    where = [*_where(inspection, train, data), *arguments]
    for choice in chosen:
        units = _units(train.path, how, whole=choice.model == "joint")
        sample = _sample(units, sample_size(choice, facts.sentences))
        models.append(_advised(choice, facts, sample, where, threads, reading_seconds))
    return Advice(facts, tuple(models), tuple(_rests_on(facts, encoder, models)))


def estimate_seconds(choice: Choice, facts: DataFacts, rates: Rates, reading_seconds: float = 0.0) -> float:
    """Return how long a training takes, from what was measured on a sample.

    Updates go through train, after each epoch dev is scored, and a sample of train that is no larger; at the
    end dev and test are, several times.
    """
    sentence = facts.tokens / facts.sentences
    sampled = sentence * min(_SAMPLED, facts.dev_sentences, facts.sentences)
    epoch = choice.passes(facts.sentences) * facts.tokens / rates.trained
    epoch += (facts.dev_tokens + sampled) / rates.scored
    last = _LAST_PASSES * (facts.dev_tokens + facts.test_tokens) / rates.scored
    return rates.start_seconds + reading_seconds + choice.epochs * epoch + last


def _train_of(inspection: Inspection) -> SplitReport:
    """The part that is learned from: train, or else the largest."""
    splits = [split for split in inspection.splits if split.entities]
    if not splits:
        raise ConfigError("--advise: there is no entity to learn from in the data")
    named = [split for split in splits if split.name == "train"]
    return named[0] if named else max(splits, key=lambda split: split.sentences)


def _facts(inspection: Inspection, train: SplitReport) -> DataFacts:
    others = {split.name: split for split in inspection.splits if split is not train}
    dev, test = others.get("dev"), others.get("test")
    labels = train.document_labels
    return DataFacts(
        max(1, train.sentences),
        max(1, train.tokens),
        train.nested / max(1, train.entities),
        labels.annotated / max(1, train.documents) if labels else 0.0,
        dev.sentences if dev else 0,
        dev.tokens if dev else 0,
        test.tokens if test else 0,
    )


def _units(path: str, options: ReadOptions, *, whole: bool) -> Iterator[Document]:
    """The documents of a file, or their sentences one by one."""
    for document in map(tokenize_document, read_documents(path, options)):
        yield from [document] if whole else sentence_documents(document)


def _sample(units: Iterator[Document], sentences: int) -> list[Document]:
    """The first ones, until they have so many sentences, and an entity."""
    taken: list[Document] = []
    for unit in units:
        taken.append(unit)
        sentences -= len(unit.sentences)
        if sentences <= 0 and any(one.entities for one in taken):
            break
    return taken


def _advised(
    choice: Choice,
    facts: DataFacts,
    sample: Sequence[Document],
    where: Sequence[str],
    threads: int,
    reading_seconds: float,
) -> Advised:
    rates = measure(choice, sample, facts.sentences, threads)
    return Advised(
        choice,
        choice.batch_size(facts.sentences),
        choice.passes(facts.sentences),
        choice.updates(facts.sentences),
        rates,
        estimate_seconds(choice, facts, rates, reading_seconds) / 60,
        _command(choice, where, threads),
    )


def _where(inspection: Inspection, train: SplitReport, data: Sequence[str]) -> list[str]:
    """How a command is told what to train on: a folder or a corpus as it was named, files one by one."""
    if len(data) == 1 and train.path != data[0]:
        return ["--data", data[0]]
    others = {split.name: split.path for split in inspection.splits if split is not train}
    named = [("train", train.path), *((name, others[name]) for name in ("dev", "test") if name in others)]
    return [word for name, path in named for word in (f"--{name}", path)]


def _command(choice: Choice, where: Sequence[str], threads: int) -> str:
    settings = [part for key, value in choice.options.items() for part in ("--set", f"{key}={value}")]
    more = ["--threads", str(threads)] if threads else []
    words = ["onoma", "train", "--model", choice.model, *where, "--epochs", str(choice.epochs)]
    return shlex.join([*words, *settings, *more, "--out", "RUN"])


def _rests_on(facts: DataFacts, encoder: str | None, models: Sequence[Advised]) -> Iterator[str]:
    seconds = sum(one.rates.seconds for one in models)
    yield (
        f"Minutes are what {seconds:.0f} s of training on the first sentences of the data come to on this "
        "machine, with whatever else it does now: other work makes them others."
    )
    yield (
        "Models and epochs follow rules from trainings that were measured (docs/results.md), most of them on "
        "English news: a place to begin, and dev F1 by epoch says whether more would help."
    )
    if not encoder:
        yield (
            "With a pretrained encoder (--encoder FOLDER) one that uses it is advised and timed, too: it was "
            "1 to 2 points better on 14,041 sentences, and 11 to 20 where few mentions of test are in train."
        )
    if facts.sentences < FEW:
        yield (f"{facts.sentences:,} sentences are few: another draw of as many would give other scores.")
