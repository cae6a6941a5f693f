"""Choosing what to annotate next."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from onoma.api.data import Data, label_map, read, read_logged
from onoma.api.inputs import TaggingInputs
from onoma.api.records import is_in_memory
from onoma.api.taggers import as_tagger, run_of
from onoma.errors import DataError
from onoma.readers.source import Source
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.api.runs import TrainedRun
    from onoma.runtime.tagger import Tagger
    from onoma.selection.choosing import Selection
    from onoma.selection.pool import Pool
    from onoma.selection.strategy import Strategy

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
    chosen = choosing_strategy(strategy, also)
    labels = label_map(options.pop("labels", None))
    if isinstance(pool, str | Path):
        reader = TaggingInputs(options, run_of(model), _LOG.info, warn=_LOG.warning)
        documents: Iterable[Document] = reader.documents(str(pool))
    else:
        documents = read(pool, **{"gold": False, **options}).documents
    is_one = isinstance(without, str | Path) or is_in_memory(without)
    selection, _ = select_from(
        documents,
        [as_tagger(one) for one in (model, *also)],
        chosen,
        budget,
        without=[cast("Data", without)] if is_one else list(cast("Sequence[Data]", without)),
        unit=unit,
        random_share=random_share,
        seed=seed,
    )
    return selection.with_labels(labels)


def choosing_strategy(name: str | None, also: Sequence[object]) -> Strategy:
    """Return the strategy that is asked for, or that suits one model or several.

    Raises:
        ConfigError: there is none of that name.
    """
    from onoma.selection.strategy import get_strategy

    return get_strategy(name or ("disagreement" if also else "entropy"))


def select_from(
    documents: Iterable[Document],
    taggers: Sequence[Tagger],
    strategy: Strategy,
    budget: int,
    *,
    without: Sequence[Data],
    unit: Literal["sentence", "document"],
    random_share: float,
    seed: int,
    place: str | None = None,
    watch: Callable[[Pool], None] = lambda _: None,
) -> tuple[Selection, Pool]:
    """Choose from documents with models that are loaded; other arguments and errors are those of `select`.

    Args:
        documents: what there is to choose from.
        taggers: the models, first the one whose suggestions are the entities.
        strategy: how.
        budget: how many.
        without: data that was chosen before.
        unit: what is chosen.
        random_share: what is drawn at random.
        seed: of all that is random.
        place: of the documents, for messages.
        watch: sees the pool before anything is chosen.

    Returns:
        What was chosen, and the pool that it was chosen from.
    """
    from onoma.selection.choosing import choose
    from onoma.selection.pool import make_pool
    from onoma.selection.strategy import mentions_of

    asked, annotated = read_without(without, gold=strategy.mentions)
    around = any(tagger.features.context for tagger in taggers)
    pool = make_pool(documents, taggers[0].tokenizer, unit, asked, with_origins=around)
    if not pool.documents:
        raise DataError("the pool holds nothing that was not chosen before", code="empty-pool", path=place)
    watch(pool)
    selection = choose(
        pool.documents,
        taggers,
        strategy,
        budget,
        origins=pool.origins,
        known=pool.known,
        mentions=mentions_of(annotated),
        random_share=random_share,
        seed=seed,
    )
    return selection, pool


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
