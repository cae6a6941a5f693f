"""What a strategy of selection is, what it gets to see, and which there are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onoma.plugins import find_all, pick
from onoma.text import Document, Span
from onoma.text.forms import folded

ENTRY_POINT_GROUP = "onoma.strategies"

FLOOR = 1e-3
"""Lowest probability of an entity that strategies get to see."""

OPENING = 10
"""What it takes to open a text and to find into it, in tokens read."""


@dataclass(frozen=True, slots=True)
class View:
    """A document as a model sees it.

    Args:
        document: with the entities of the best path, each with its probability.
        candidates: every entity of at least `FLOOR`, decoded or not, with its probability.
        known: `mention_key` of the entities that are annotated already.
    """

    document: Document
    candidates: Sequence[Span]
    known: frozenset[str] = frozenset()


Judge = Callable[[Sequence[View], np.random.Generator], float]
"""From the views of all models on one document to how much there is to learn from it."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to rank documents. A module of `onoma.selection.strategies` that has one as ``STRATEGY`` is found
    by itself; others register under the entry point group ``onoma.strategies``.

    Args:
        name: as users write it.
        description: one line, with its source.
        judge: how much there is to learn from a document; higher is more.
        models: how many it needs at least.
        candidates: whether it looks at candidates; finding them takes time.
        mentions: whether it looks at the entities that are annotated already.
        by_kinds: whether texts of many kinds are taken, see `onoma.selection.kinds`.
    """

    name: str
    description: str
    judge: Judge
    models: int = 1
    candidates: bool = False
    mentions: bool = False
    by_kinds: bool = True


@functools.cache
def strategies() -> dict[str, Strategy]:
    """Return all strategies by name."""
    return find_all("onoma.selection.strategies", "STRATEGY", ENTRY_POINT_GROUP, Strategy)


def get_strategy(name: str) -> Strategy:
    """Return the strategy of a name.

    Raises:
        ConfigError: there is none.
    """
    return pick(strategies(), name, "strategy")


def mentions_of(documents: Iterable[Document]) -> frozenset[str]:
    """Return `mention_key` of all entities."""
    return frozenset(mention_key(span) for document in documents for span in document.entities)


def mention_key(span: Span) -> str:
    """Return what two mentions have in common that are the same but for case, normal form and white space."""
    return " ".join(folded(span.text).split())


def effort(document: Document) -> int:
    """Return what annotating a document takes, in tokens read.

    Divided by the length alone, what there is to learn would be greatest in texts of a word; undivided, in
    the longest. Annotators need some time for each text and some for each word: Settles, Craven and Friedland
    2008 ("Active Learning with Real Annotation Costs").
    """
    return OPENING + document.num_tokens


def binary_entropy(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the entropy in nats of yes or no with each probability; 0 at 0 and at 1."""
    unsure = (probabilities > 0) & (probabilities < 1)
    inside = np.where(unsure, probabilities, 0.5)
    return np.where(unsure, -inside * np.log(inside) - (1 - inside) * np.log1p(-inside), 0.0)
