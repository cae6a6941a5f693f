"""Scoring predictions, whoever made them; what ``onoma score`` does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import Data, Labels, fault_notes, read, read_logged, warn
from onoma.errors import ConfigError
from onoma.placing.labels import refuse_strangers
from onoma.readers.account import unused_labels
from onoma.text import Corpus

if TYPE_CHECKING:
    from onoma.comparison.predictions import Scored

_LOG = logging.getLogger("onoma")


def score(
    gold: Data,
    predictions: Mapping[str, Data],
    *,
    costs: Mapping[str, float] | None = None,
    train: Data | None = None,
    allow_extra: bool = False,
    labels: Labels = (),
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
        labels: renames and drops labels of all data; see `onoma.read`.
        options: of reading, for all data that is not read yet; see `onoma.read`.

    Raises:
        ConfigError: predictions that have no label in common with gold (``allow_empty=True`` goes on).
        DataError: data that cannot be read, or predictions that are not for this gold.
        TypeError: data that is none, see `onoma.read`.
    """
    from onoma.comparison.predictions import score_predictions
    from onoma.metrics.seen import train_mentions
    from onoma.readers.plausible import check_gold, refuse_none

    _check_named(predictions)
    options = {"on_misaligned": "expand", **options}
    corpus, log, how = read_logged(gold, labels, options)
    check_gold(corpus.documents, log, how, str(gold) if isinstance(gold, str | Path) else "gold")
    corpora, known = {}, set(corpus.entity_labels)
    logs = [log]
    for name, one in predictions.items():
        found, log, _ = read_logged(one, labels, options)
        refuse_none(found.documents, name, allow_empty=how.allow_empty)
        check_labels(name, found, corpus, allow_empty=how.allow_empty, tell=_LOG.warning)
        corpora[name] = found
        logs.append(log)
        known |= set(found.entity_labels)
    warn((*(note for log in logs for note in fault_notes(log)), *unused_labels(how.labels, logs, known)))
    mentions = None if train is None else train_mentions(read(train, labels=labels, **options).documents)
    _check_costs(costs or {})
    scored = score_predictions(corpus, corpora, costs=costs, train_mentions=mentions, allow_extra=allow_extra)
    warn(f"{one.name}: {line}" for one in scored.predictions for line in one.lines())
    return scored


def _check_costs(costs: Mapping[str, Any]) -> None:
    for name, cost in costs.items():
        if not isinstance(cost, Real):
            raise ConfigError(f"the cost of {name} is a number, not {cost!r}")


def check_labels(
    name: str, predicted: Corpus, gold: Corpus, *, allow_empty: bool, tell: Callable[[str], None]
) -> None:
    """Refuse predictions that have no label in common with gold; tell where there are none at all.

    Args:
        name: of the predictions.
        predicted: they.
        gold: beside them.
        allow_empty: whether they may have none in common, which is told then.
        tell: is told.

    Raises:
        ConfigError: they have none in common.
    """
    refuse_strangers(
        predicted.entity_labels, gold.entity_labels, giver=name, allow_empty=allow_empty, tell=tell
    )
    if gold.num_entities and not predicted.num_entities:
        tell(f"{name}: there is no entity among the predictions")


def _check_named(predictions: object) -> None:
    if not isinstance(predictions, Mapping):
        kind = type(predictions).__name__
        raise TypeError(f'predictions are data by name ({{"mine": ...}}), not {kind}')
