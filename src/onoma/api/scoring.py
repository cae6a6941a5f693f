"""Scoring a model on labelled data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import Data, read

if TYPE_CHECKING:
    from onoma.api.runs import TrainedRun
    from onoma.metrics.report import Evaluation
    from onoma.reports.comparison.predictions import Scored
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


def score(
    gold: Data,
    predictions: Mapping[str, Data],
    *,
    costs: Mapping[str, float] | None = None,
    train: Data | None = None,
    allow_extra: bool = False,
    **options: Any,
) -> Scored:
    """Score predictions, whoever made them, beside gold; what ``onoma score`` does.

    >>> gold = [{"text": "Ann left Oslo.", "entities": [{"start": 0, "end": 3, "label": "PER"}]}]
    >>> found = [{"text": "Ann left Oslo .", "entities": [{"start": 0, "end": 3, "label": "PER"}]}]
    >>> scored = score(gold, {"rules": found})
    >>> scored["rules"].entity.micro.f1
    1.0

    Args:
        gold: labelled; see `onoma.read`.
        predictions: by name; documents are matched by id, else by text; white space and tokens may differ.
        costs: what predictions cost, by name, all in one unit: of those that cannot be told from the best the
            cheapest is preferred.
        train: the training data, to tell seen from unseen mentions.
        allow_extra: leave out predicted documents that gold does not have, instead of refusing them.
        options: of reading, for all data that is not read yet; see `onoma.read`.

    Raises:
        OnomaError: data that cannot be read, or predictions that are not for this gold.
        TypeError: data that is none, see `onoma.read`.
    """
    from onoma.metrics.seen import train_mentions
    from onoma.readers import ReadLog, ReadOptions
    from onoma.readers.plausible import check_gold
    from onoma.reports.comparison.predictions import score_predictions

    options = {"on_misaligned": "expand", **options}
    corpus = read(gold, **options)
    where = str(gold) if isinstance(gold, str | Path) else "gold"
    allow_empty = bool(options.get("allow_empty"))
    check_gold(corpus.documents, ReadLog(), ReadOptions(allow_empty=allow_empty), where)
    return score_predictions(
        corpus,
        {name: read(one, **options) for name, one in predictions.items()},
        costs=costs,
        train_mentions=None if train is None else train_mentions(read(train, **options).documents),
        allow_extra=allow_extra,
    )


def as_tagger(model: str | Path | TrainedRun | Tagger) -> Tagger:
    """Return what is named, or given, ready to tag."""
    from onoma.api.runs import TrainedRun
    from onoma.runtime.loading import load
    from onoma.runtime.tagger import Tagger

    if isinstance(model, Tagger):
        return model
    return load(model.folder if isinstance(model, TrainedRun) else model)
