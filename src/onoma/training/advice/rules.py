"""Which rung, and how many epochs, for data of some size: rules from what was measured (docs/results.md)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from onoma.models import get_rung
from onoma.training.config import TrainingConfig, validate
from onoma.training.objectives import automatic_batch_size, passes_an_epoch

_NESTED = 0.05
"""Share of entities inside others from which on spans are advised; of 21 %, a flat model lost 8 points."""
FEW, MANY = 1_000, 5_000
"""Sentences of train."""
_RECURRENT_MANY = 20
"""Epochs: those of the trainings on 14,041 sentences that are in docs/results.md."""
_ENCODER_FEW, _ENCODER_MANY = 15, 4
"""Epochs: 4 on 14,041 sentences; on few more, which 5 epochs would give 320 updates only (not measured)."""


@dataclass(frozen=True, slots=True)
class DataFacts:
    """What the advice depends on.

    Args:
        sentences: of train.
        tokens: of train.
        nested_share: of train's entities, those inside a longer one.
        labelled_share: of train's documents, those that have labels of their own.
        dev_sentences: of dev; 0 where there is none, so that a tenth of train is held out.
        dev_tokens: of dev.
        test_tokens: of test, 0 where there is none.
    """

    sentences: int
    tokens: int
    nested_share: float = 0.0
    labelled_share: float = 0.0
    dev_sentences: int = 0
    dev_tokens: int = 0
    test_tokens: int = 0

    def held_out(self, share: float) -> DataFacts:
        """Return what is left of train, and dev, where a share of train takes the place of dev."""
        if self.dev_sentences:
            return self
        sentences, tokens = round(share * self.sentences), round(share * self.tokens)
        return DataFacts(
            max(1, self.sentences - sentences),
            max(1, self.tokens - tokens),
            self.nested_share,
            self.labelled_share,
            max(1, sentences),
            max(1, tokens),
            self.test_tokens,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A model to train.

    Args:
        model: the rung.
        epochs: how many.
        why: in a sentence.
        options: settings of the model.
    """

    model: str
    epochs: int
    why: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def training(self) -> TrainingConfig:
        """Return how it is trained."""
        rung = get_rung(self.model).for_options(self.options)
        return validate(TrainingConfig, {**rung.training, "epochs": self.epochs}, "training")

    def batch_size(self, sentences: int) -> int:
        """Return the sentences of an update."""
        return self.training().batch_size or automatic_batch_size(sentences)

    def passes(self, sentences: int) -> int:
        """Return how often an epoch goes through train."""
        batches = math.ceil(sentences / self.batch_size(sentences))
        return passes_an_epoch(self.training(), batches)

    def updates(self, sentences: int) -> int:
        """Return the updates of the whole training, to a batch an epoch."""
        batches = math.ceil(sentences / self.batch_size(sentences))
        return self.epochs * self.passes(sentences) * batches


def choose(facts: DataFacts, encoder: str | None = None) -> list[Choice]:
    """Return what to train, the best first.

    Args:
        facts: of the data.
        encoder: a pretrained one that is at hand.
    """
    return list(_choices(facts, encoder))


def _choices(facts: DataFacts, encoder: str | None) -> Iterator[Choice]:
    words = 30 if facts.sentences < MANY else _RECURRENT_MANY
    pieces = _pieces_epochs(facts.sentences)
    if facts.nested_share >= _NESTED:
        lies = f"{facts.nested_share:.0%} of the entities lie in others, which no tags can hold"
        if encoder:
            yield Choice("span", pieces, lies, {"base": "bert", "encoder": encoder})
        yield Choice("span", words, lies)
        yield Choice("charcnn-bilstm-crf", words, "finds the outermost entities only, and is faster")
        return
    if facts.labelled_share >= 0.5:
        why = "documents have labels too, and one network finds both"
        if encoder:
            yield Choice("joint", pieces, why, {"base": "bert", "encoder": encoder})
        yield Choice("joint", words, why)
        return
    if encoder:
        why = (
            "an encoder that has read much text needs few labels, and knows mentions that train does not have"
        )
        yield Choice("bert", pieces, why, {"encoder": encoder, "head": "crf"})
    yield Choice("charcnn-bilstm-crf", words, "the best of the rungs that need no pretrained encoder")
    if facts.sentences >= FEW:
        yield Choice("lstm", words, "five times as fast in use, for some 5 to 8 points of F1 less")


def _pieces_epochs(sentences: int) -> int:
    if sentences < FEW:
        return _ENCODER_FEW
    return _ENCODER_MANY if sentences >= MANY else int(get_rung("bert").training["epochs"])
