"""Scoring predictions, whoever made them; what ``onoma score`` does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import Data, read

if TYPE_CHECKING:
    from onoma.reports.comparison.predictions import Scored


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
