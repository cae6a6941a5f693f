"""Documents of a pool as models see them: a sentence in its document, where a model reads around it."""

from __future__ import annotations

from collections.abc import Sequence

from onoma.runtime.tagger import Tagger
from onoma.selection.pool import Origin
from onoma.selection.strategy import FLOOR, Strategy, View
from onoma.text import Document, Span


def views_of(
    tagger: Tagger,
    units: Sequence[Document],
    origins: Sequence[Origin] | None,
    strategy: Strategy,
    mentions: frozenset[str],
) -> list[View]:
    """Return each unit as a model sees it.

    Args:
        tagger: the model.
        units: documents of the pool.
        origins: where each comes from; needed where the model reads around sentences.
        strategy: says whether candidates are looked at.
        mentions: what is annotated already.
    """
    if origins is None or not tagger.features.context:
        tagged, candidates = _tag(tagger, units, strategy)
        return [View(*pair, mentions) for pair in zip(tagged, candidates, strict=True)]
    wholes = {id(one.whole): one.whole for one in origins}
    found = zip(*_tag(tagger, list(wholes.values()), strategy), strict=True)
    seen = dict(zip(wholes, found, strict=True))
    views = []
    for unit, (whole, start) in zip(units, origins, strict=True):
        tagged_whole, spans = seen[id(whole)]
        inside = (start, start + len(unit.text))
        own = unit.with_predicted(_within(tagged_whole.entities, *inside))
        views.append(View(own, _within(spans, *inside), mentions))
    return views


def _tag(
    tagger: Tagger, documents: Sequence[Document], strategy: Strategy
) -> tuple[Sequence[Document], Sequence[Sequence[Span]]]:
    if strategy.candidates:
        return tagger.tag_with_candidates(documents, FLOOR)
    return tagger.tag(documents), [() for _ in documents]


def _within(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Return the spans of a part of a text, by their places in it."""
    return [
        span._replace(start=span.start - start, end=span.end - start)
        for span in spans
        if start <= span.start and span.end <= end
    ]
