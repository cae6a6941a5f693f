"""Scoring a model on labelled data; what ``onoma evaluate`` does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import Data, Labels, fault_notes, label_map, read, read_logged, warn
from onoma.api.records import as_records
from onoma.api.taggers import as_tagger, run_of
from onoma.api.trained import TrainedOptions, own_training_data
from onoma.readers.label_map import LabelMap, map_entities
from onoma.text import Corpus, Document

if TYPE_CHECKING:
    from onoma.api.runs import TrainedRun
    from onoma.metrics.report import Evaluation
    from onoma.runtime.tagger import Tagger

_LOG = logging.getLogger("onoma")


@dataclass(frozen=True, slots=True)
class Judged:
    """A model's answers beside gold, and how good they are."""

    gold: list[Document]
    predicted: list[Document]
    evaluation: Evaluation


def evaluate(
    model: str | Path | TrainedRun | Tagger,
    data: Data,
    *,
    train: Data | None = None,
    labels: Labels = (),
    **options: Any,
) -> Evaluation:
    """Score a model on labelled data; what ``onoma evaluate`` does. All gold entities of the data count.

    Args:
        model: a run, a bundle, a shipped model's name, or a tagger. For a run data is read as its own was,
            where nothing else is asked for.
        data: labelled; see `onoma.read`.
        train: the training data, to tell seen from unseen mentions; a run knows its own.
        labels: renames and drops labels, of gold and of what the model finds; see `onoma.read`.
        options: of reading; see `onoma.read`.

    Raises:
        ConfigError: model and gold have no label in common; an option that does not exist.
        DataError: the data cannot be read, or holds no entity (``allow_empty=True`` goes on all the same).
        ModelError: the model cannot be loaded.
    """
    from onoma.metrics.seen import train_mentions
    from onoma.readers.account import unused_labels
    from onoma.readers.plausible import check_gold

    run = run_of(model)
    asked: dict[str, Any] = {"on_misaligned": "expand", **options}
    held: dict[str, Any] = {}
    path = str(data) if isinstance(data, str | Path) else None
    names = label_map(labels)
    if path is None and not isinstance(data, Corpus):
        data = as_records(data)
    if run is not None:
        trained = TrainedOptions({**asked, "labels": names}, run, _LOG.info)
        held = trained.for_file(path) if path else trained.for_memory() if _is_unread(data) else {}
    asked |= {name: value for name, value in held.items() if name != "labels"}
    corpus, log, how = read_logged(data, held.get("labels", names), asked)
    check_gold(corpus.documents, log, how, path or "data")
    tagger = as_tagger(model)
    # What the run was trained with has changed its labels already, so that files may well lack the old ones.
    used = {*tagger.labels, *(how.labels.names.keys() - names.names.keys())}
    warn((*fault_notes(log), *unused_labels(how.labels, [log], corpus.entity_labels, used)))
    mentions = own_mentions(run) if train is None and run is not None else None
    if train is not None:
        mentions = train_mentions(read(train, labels=how.labels, **asked).documents)
    judged = judge(tagger, corpus, names, mentions, allow_empty=how.allow_empty, tell=_LOG.warning)
    return judged.evaluation


def _is_unread(data: Data) -> bool:
    """Whether it is dictionaries; documents were read before, with their labels mapped if they were to be."""
    return isinstance(data, list) and not any(isinstance(one, Document) for one in data)


def judge(
    tagger: Tagger,
    corpus: Corpus,
    labels: LabelMap,
    mentions: Collection[str] | None,
    *,
    allow_empty: bool,
    tell: Callable[[str], None],
) -> Judged:
    """Tag what is labelled, and score that.

    Args:
        tagger: the model.
        corpus: gold.
        labels: maps what the model finds.
        mentions: of the training data, to tell seen from unseen ones.
        allow_empty: whether model and gold may have no label in common.
        tell: is told where they have none.

    Raises:
        ConfigError: they have none, or recall is promised and ``labels`` drop some.
    """
    from onoma.metrics.report import evaluate as score
    from onoma.placing.labels import refuse_strangers
    from onoma.runtime.recall import check_promise

    check_promise(tagger.promise is not None, labels)
    given = {new for label in tagger.labels if (new := labels(label)) is not None}
    refuse_strangers(given, corpus.entity_labels, allow_empty=allow_empty, tell=tell)
    gold = [tagger.tokenizer.document(document) for document in corpus.documents]
    predicted = [map_entities(document, labels) for document in tagger.tag(gold)]
    evaluation = score(gold, predicted, train_mentions=mentions, num_unread=corpus.ledger.num_unread)
    return Judged(gold, predicted, evaluation)


def own_mentions(model: str | Path) -> Collection[str] | None:
    """Return the mentions that a run was trained on; None where a model is no run, or its data is gone."""
    from onoma.metrics.seen import train_mentions

    own = own_training_data(model)
    return None if own is None else train_mentions(own.documents)
