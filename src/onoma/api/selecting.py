"""Choosing what to annotate next."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from onoma.api.data import Data, label_map, read
from onoma.api.records import is_in_memory
from onoma.api.taggers import as_tagger, run_of
from onoma.api.trained import TrainedOptions

if TYPE_CHECKING:
    from onoma.api.runs import TrainedRun
    from onoma.runtime.tagger import Tagger
    from onoma.selection.choosing import Selection

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
        without: data that is annotated already, one or several, and left out with what is nearly the same.
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
    # With their entities where these matter, and once: a stream can be read no more often.
    is_one = isinstance(without, str | Path) or is_in_memory(without)
    others = [cast("Data", without)] if is_one else list(cast("Sequence[Data]", without))
    annotated = [one for data in others for one in read(data, gold=chosen.mentions).documents]
    documents = read(pool, **{"gold": False, **_held(model, pool, options), **options}).documents
    there = make_pool(documents, tokenizer, unit, annotated)
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


def _held(model: str | Path | TrainedRun | Tagger, pool: Data, options: dict[str, Any]) -> dict[str, Any]:
    """Return how a run's own data was read, as far as that holds for a pool: not for labels."""
    run = run_of(model)
    if run is None or not isinstance(pool, str | Path):
        return {}
    without = ("labels", "document_labels")
    return TrainedOptions(options, run, _LOG.info, without).for_file(str(pool))
