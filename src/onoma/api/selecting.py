"""Choosing what to annotate next."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from onoma.api.data import Data, label_map, read, read_logged
from onoma.api.records import is_in_memory
from onoma.api.taggers import as_tagger, run_of
from onoma.api.trained import TrainedOptions
from onoma.errors import DataError
from onoma.readers.source import Source
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.api.runs import TrainedRun
    from onoma.runtime.tagger import Tagger
    from onoma.selection.choosing import Selection

NOTHING_LEFT = "the pool holds nothing that was not chosen before"
_LOG = logging.getLogger("onoma")


def select(
    model: str | Path | TrainedRun | Tagger,
    pool: Data,
    budget: int,
    *,
    strategy: str | None = None,
    also: Sequence[str | Path | TrainedRun | Tagger] = (),
    unit: Literal["sentence", "document"] = "sentence",
    without: Data | Sequence[Data] = (),
    random_share: float = 0.0,
    seed: int = 13,
    **options: Any,
) -> Selection:
    """Choose what to annotate next; what ``onoma select`` does, but for writing it.

    Args:
        model: a run, a bundle, a shipped model's name, or a tagger; its suggestions are the entities.
        pool: what there is to choose from; its annotation is not looked at.
        budget: how many are to be annotated.
        strategy: name of it; ``disagreement`` with other models, else ``entropy``.
        also: other models.
        unit: what is chosen.
        without: data that was chosen before, annotated by now or not, one or several; it is left out, with
            what is nearly the same.
        random_share: share of the budget that is drawn at random from the whole pool, 0..1.
        seed: of all that is random.
        options: of reading; see `onoma.read`. ``labels`` rename, merge and drop those of the suggestions.

    Raises:
        OnomaError: models or data that cannot be used, or a strategy, budget or share that makes no sense.
    """
    from onoma.selection.choosing import choose
    from onoma.selection.pool import make_pool
    from onoma.selection.strategy import get_strategy, mentions_of

    chosen = get_strategy(strategy or ("disagreement" if also else "entropy"))
    taggers = [as_tagger(one) for one in (model, *also)]
    tokenizer = taggers[0].tokenizer
    is_one = isinstance(without, str | Path) or is_in_memory(without)
    others = [cast("Data", without)] if is_one else list(cast("Sequence[Data]", without))
    asked, annotated = read_without(others, gold=chosen.mentions)
    documents = read(pool, **{"gold": False, **_held(model, pool, options), **options}).documents
    there = make_pool(documents, tokenizer, unit, asked)
    if not there.documents:
        raise DataError(NOTHING_LEFT, code="empty-pool")
    selection = choose(
        there.documents,
        taggers,
        chosen,
        budget,
        known=there.known,
        mentions=mentions_of(annotated),
        random_share=random_share,
        seed=seed,
    )
    return selection.with_labels(label_map(options.get("labels")))


def read_without(others: Sequence[Data], *, gold: bool = False) -> tuple[list[Document], list[Document]]:
    """Return what was chosen before, whether anybody has annotated it or not, and of that what is annotated.

    Args:
        others: data; of a pipe, which is read once, only what is annotated is known where ``gold`` is asked
            for.
        gold: whether what is annotated matters; there is none otherwise.
    """
    asked: list[Document] = []
    annotated: list[Document] = []
    for data in others:
        held: Data = list(data) if isinstance(data, Iterator) else data
        once = isinstance(held, str | Path) and Source(held).is_pipe
        found = _documents(held, gold=gold and once)
        asked += found
        if gold:
            annotated += found if once else _documents(held, gold=True)
    return asked, annotated


def _documents(data: Data, *, gold: bool) -> Sequence[Document]:
    return read_logged(data, (), {"gold": gold, "allow_empty": True})[0].documents


def _held(model: str | Path | TrainedRun | Tagger, pool: Data, options: dict[str, Any]) -> dict[str, Any]:
    """Return how a run's own data was read, as far as that holds for a pool: not for labels."""
    run = run_of(model)
    if run is None or not isinstance(pool, str | Path):
        return {}
    without = ("labels", "document_labels")
    return TrainedOptions(options, run, _LOG.info, without).for_file(str(pool))
