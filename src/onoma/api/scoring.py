"""Scoring a model on labelled data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import Data, read

if TYPE_CHECKING:
    from onoma.api.runs import TrainedRun
    from onoma.metrics.report import Evaluation
    from onoma.runtime.tagger import Tagger


def evaluate(
    model: str | Path | TrainedRun | Tagger, data: Data, *, train: Data | None = None, **options: Any
) -> Evaluation:
    """Score a model on labelled data; what ``onoma evaluate`` does. All gold entities of the data count.

    Args:
        model: a run, a bundle, a shipped model's name, or a tagger.
        data: labelled; see `onoma.read`.
        train: the training data, to tell seen from unseen mentions.
        options: of reading; see `onoma.read`.

    Raises:
        OnomaError: model or data cannot be used.
    """
    from onoma.metrics.report import evaluate as score
    from onoma.metrics.seen import train_mentions
    from onoma.readers import ReadLog, ReadOptions
    from onoma.readers.plausible import check_gold

    corpus = read(data, **{"on_misaligned": "expand", **options})
    check_gold(
        corpus.documents, ReadLog(), ReadOptions(), str(data) if isinstance(data, str | Path) else "data"
    )
    tagger = as_tagger(model)
    gold = [tagger.tokenizer.document(document) for document in corpus.documents]
    mentions = None if train is None else train_mentions(read(train, **options).documents)
    return score(gold, tagger.tag(gold), train_mentions=mentions, num_unread=corpus.ledger.num_unread)


def as_tagger(model: str | Path | TrainedRun | Tagger) -> Tagger:
    """Return what is named, or given, ready to tag."""
    from onoma.api.runs import TrainedRun
    from onoma.runtime.loading import load
    from onoma.runtime.tagger import Tagger

    if isinstance(model, Tagger):
        return model
    return load(model.folder if isinstance(model, TrainedRun) else model)
