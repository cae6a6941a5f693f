"""Choosing documents of a pool: ranked by a strategy, of many kinds, without near-duplicates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from onoma.errors import ConfigError
from onoma.readers.label_map import LabelMap, map_entities
from onoma.runtime.tagger import Tagger
from onoma.selection.kinds import by_kinds, word_key
from onoma.selection.pool import Origin
from onoma.selection.strategy import Strategy
from onoma.selection.views import views_of
from onoma.text import Document

ALIKE = 0.7
"""Share of words that two texts have in common from which on one of them is enough (Jaccard)."""

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Chosen:
    """A document of the pool, with the first model's suggestions; ``score`` is None where drawn at random."""

    document: Document
    score: float | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be annotated next.

    Args:
        chosen: by the strategy, most to learn from first.
        sample: drawn at random from the whole pool before, so that scores on it are without bias.
        alike: how many were passed over since they are nearly the same as a chosen or an annotated one.
        strategy: its name.
    """

    chosen: tuple[Chosen, ...]
    sample: tuple[Chosen, ...]
    alike: int
    strategy: str

    def with_labels(self, labels: LabelMap) -> Selection:
        """Return it with the labels of all suggestions mapped."""

        def mapped(some: Sequence[Chosen]) -> tuple[Chosen, ...]:
            return tuple(replace(one, document=map_entities(one.document, labels)) for one in some)

        return replace(self, chosen=mapped(self.chosen), sample=mapped(self.sample))


def choose(
    documents: Sequence[Document],
    taggers: Sequence[Tagger],
    strategy: Strategy,
    budget: int,
    *,
    origins: Sequence[Origin] | None = None,
    known: Sequence[Document] = (),
    mentions: frozenset[str] = frozenset(),
    random_share: float = 0.0,
    seed: int = 13,
    watch: Callable[[int], None] = lambda done: None,
) -> Selection:
    """Choose what to annotate next.

    Args:
        documents: the pool, tokenised; see `onoma.selection.pool`.
        taggers: the model whose suggestions are given, and others.
        strategy: how documents are ranked.
        budget: how many, all in all.
        origins: where each document comes from, for models that read around sentences; see `Pool`.
        known: what was chosen before, tokenised: its like is passed over, too.
        mentions: `onoma.selection.strategy.mentions_of` it.
        random_share: share of the budget that is drawn at random, 0..1.
        seed: of all that is random.
        watch: is told how many documents were looked at.

    Raises:
        ConfigError: too few models, a model without entities, or a budget or share out of range.
    """
    _check(taggers, strategy, budget, random_share)
    generator = np.random.default_rng(seed)
    # A sample that was asked for is not rounded away.
    size = min(len(documents), max(round(budget * random_share), int(random_share > 0)))
    drawn = set(generator.permutation(len(documents))[:size].tolist())
    scores, tagged = _judge(documents, origins, taggers, strategy, mentions, generator, watch)
    order = [index for index in np.argsort(-scores, kind="stable").tolist() if index not in drawn]
    if strategy.by_kinds:
        order = by_kinds(order, documents, budget - size, taggers[0].features.vectors, generator)
    # What is nearly the same as a document of the sample would be trained on and scored on.
    variety = _Variety()
    for document in (*known, *(documents[index] for index in sorted(drawn))):
        variety.add(document)
    chosen: list[int] = []
    alike = 0
    for index in order:
        if len(chosen) == budget - size:
            break
        if variety.has_like(documents[index]):
            alike += 1
            continue
        variety.add(documents[index])
        chosen.append(index)
    chosen.sort(key=lambda index: -scores[index])
    sample = tuple(Chosen(tagged[index], None) for index in sorted(drawn))
    ranked = tuple(Chosen(tagged[index], float(scores[index])) for index in chosen)
    return Selection(ranked, sample, alike, strategy.name)


def _check(taggers: Sequence[Tagger], strategy: Strategy, budget: int, random_share: float) -> None:
    if len(taggers) < strategy.models:
        raise ConfigError(
            f"the strategy {strategy.name} needs {strategy.models} models: name others with --also MODEL"
        )
    if any(tagger.decoder is None for tagger in taggers):
        raise ConfigError("a model that gives document labels only cannot choose by entities")
    if type(budget) is not int or budget < 1:
        raise ConfigError(f"a budget of {budget} buys nothing: give 1 or more")
    if not 0 <= random_share <= 1:
        raise ConfigError(f"a random share of {random_share:g} is none: give 0 to 1")


def _chunks(documents: Sequence[Document], origins: Sequence[Origin] | None) -> Iterator[tuple[int, int]]:
    """Yield ranges of some hundreds of documents; what is of one whole is in one: that is tagged whole."""
    first = 0
    while first < len(documents):
        end = min(first + _CHUNK, len(documents))
        while origins is not None and end < len(origins) and origins[end].whole is origins[end - 1].whole:
            end += 1
        yield first, end
        first = end


def _judge(
    documents: Sequence[Document],
    origins: Sequence[Origin] | None,
    taggers: Sequence[Tagger],
    strategy: Strategy,
    mentions: frozenset[str],
    generator: np.random.Generator,
    watch: Callable[[int], None],
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], list[Document]]:
    """Return the score of each document, [D], and the documents with the first model's entities."""
    scores = np.zeros(len(documents))
    tagged: list[Document] = []
    for first, end in _chunks(documents, origins):
        part = documents[first:end]
        places = None if origins is None else origins[first:end]
        seen = [views_of(tagger, part, places, strategy, mentions) for tagger in taggers]
        for index, views in enumerate(zip(*seen, strict=True)):
            scores[first + index] = strategy.judge(views, generator)
        tagged += [view.document for view in seen[0]]
        watch(len(tagged))
    if not np.isfinite(scores).all():
        raise ConfigError(f"the strategy {strategy.name} gave a score that is no number")
    return scores, tagged


class _Variety:
    """Chosen documents by their words, to know their like; numbers count as one word."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._having: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, document: Document) -> None:
        words = _words(document)
        for word in words:
            self._having[word].append(len(self._sizes))
        self._sizes.append(len(words))

    def has_like(self, document: Document) -> bool:
        words = _words(document)
        shared = Counter(index for word in words for index in self._having.get(word, ()))
        return any(
            count >= ALIKE * (len(words) + self._sizes[index] - count) for index, count in shared.items()
        )


def _words(document: Document) -> frozenset[str]:
    return frozenset(map(word_key, document.words))
