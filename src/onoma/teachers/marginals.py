"""Probabilities of what each token is: how teachers' answers are written, renamed, averaged and read.

An array ``[T, 1 + 4L]`` for T tokens and L labels: first the probability of no entity, then for each label
those of beginning, being inside, ending and being an entity of it (BIOES). Students of all schemes can be
taught from these: their tags are sums of them.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence

import numpy as np

from onoma.decode.segments import ROLES
from onoma.decode.transitions import Floats, Transitions, scheme_transitions
from onoma.decode.viterbi import viterbi
from onoma.readers.label_map import LabelMap
from onoma.tags import get_scheme, tags_to_spans
from onoma.tags.flatten import flatten_spans
from onoma.teachers.spans import TaughtSpan, on_tokens
from onoma.text import Document, Span

_BEGIN, _INSIDE, _END, _SINGLE = range(len(ROLES))
_LEAST = 1e-6
"""Stands for a probability of 0 where a logarithm is taken."""


def target_tags(labels: Sequence[str]) -> list[str]:
    """Return what the last dimension means, as tags of BIOES."""
    return get_scheme("BIOES").tags(labels)


def taught_spans(
    document: Document, entities: Sequence[Span], confidence: float, notes: Counter[str]
) -> list[TaughtSpan]:
    """Put entities on a document's tokens: whole ones, of which no two share a token, within sentences.

    Args:
        document: tokenised.
        entities: of it.
        confidence: of entities without a score.
        notes: counts what cannot be taught, by reason.
    """
    found: list[TaughtSpan] = []
    for spans in on_tokens(document, entities, confidence, notes):
        chosen = flatten_spans([span[:3] for span in spans], "outermost")
        if len(chosen) < len(spans):
            notes["nested"] += len(spans) - len(chosen)
        found += [spans[index] for index in chosen]
    return found


def from_spans(spans: Sequence[TaughtSpan], num_tokens: int, labels: Sequence[str]) -> Floats:
    """Return the probabilities that entities mean: each is there as probably as its confidence says.

    Raises:
        ValueError: a label that is not among ``labels``.
    """
    marginals = np.zeros((num_tokens, 1 + 4 * len(labels)), np.float32)
    marginals[:, 0] = 1
    for first, end, label, confidence in spans:
        column = 1 + 4 * list(labels).index(label)
        marginals[first:end, 0] = 1 - confidence
        if end - first == 1:
            marginals[first, column + _SINGLE] = confidence
            continue
        marginals[first + 1 : end - 1, column + _INSIDE] = confidence
        marginals[first, column + _BEGIN] = confidence
        marginals[end - 1, column + _END] = confidence
    return marginals


def renamed(marginals: Floats, own: Sequence[str], labels: LabelMap, new: Sequence[str]) -> Floats:
    """Return probabilities in other labels: merged ones are added, what is left out is no entity.

    Args:
        marginals: [T, 1 + 4L] of the labels ``own``.
        own: labels in the order of the columns.
        labels: what becomes of them.
        new: labels in the order of the columns to return; each that a label becomes is among them.
    """
    found = np.zeros((len(marginals), 1 + 4 * len(new)), np.float32)
    found[:, 0] = marginals[:, 0]
    for number, label in enumerate(own):
        columns = marginals[:, 1 + 4 * number : 5 + 4 * number]
        target = labels(label)
        if target is None:
            found[:, 0] += columns.sum(axis=1)
        else:
            place = 1 + 4 * list(new).index(target)
            found[:, place : place + 4] += columns
    return found


def average(answers: Sequence[Floats]) -> Floats:
    """Return the mean of several teachers' probabilities, each row with sum 1. [T, 1 + 4L]

    Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network" (2015), section 3: the arithmetic
    mean of an ensemble's predictions.

    Raises:
        ValueError: their shapes differ.
    """
    if len({answer.shape for answer in answers}) != 1:
        raise ValueError("answers for other tokens or labels cannot be averaged")
    total = np.sum(np.asarray(answers, np.float64), axis=0)
    sums = total.sum(axis=1, keepdims=True)
    mean: Floats = np.divide(total, sums, out=np.zeros_like(total), where=sums > 0).astype(np.float32)
    return mean


def sureness(marginals: Floats) -> float:
    """Return how sure the teachers are of a sentence: the least probability of a token's best part."""
    return float(marginals.max(axis=1).min(initial=1))


def best_spans(marginals: Floats, labels: Sequence[str]) -> list[TaughtSpan]:
    """Return the entities of a sentence on the most probable legal row of parts, with confidence.

    The confidence is the least probability of a token's part in the entity.

    Args:
        marginals: [T, 1 + 4L]
        labels: in the order of the columns.
    """
    if not len(marginals):
        return []
    scheme, tags = get_scheme("BIOES"), target_tags(labels)
    scores = np.log(np.maximum(marginals, _LEAST)).astype(np.float32)
    paths, _ = viterbi(scores[None], np.array([len(scores)]), _rules(tuple(labels)))
    chosen = marginals[np.arange(len(marginals)), paths[0]]
    spans = tags_to_spans([tags[tag] for tag in paths[0].tolist()], scheme)
    return [(first, end, label, float(chosen[first:end].min())) for first, end, label in spans]


@functools.lru_cache(maxsize=8)
def _rules(labels: tuple[str, ...]) -> Transitions:
    """Return which parts may follow each other; kept, since it takes long where labels are many."""
    return scheme_transitions(target_tags(labels), get_scheme("BIOES"))
