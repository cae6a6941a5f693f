"""Fitting what makes a model's scores mean something, on data that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from onoma.metrics.calibration import Calibration, bin_scores
from onoma.metrics.exact import match_exact
from onoma.metrics.spans import BoolArray, FloatArray, spans_from_documents
from onoma.metrics.temperature import TEMPERATURES, fit_temperature
from onoma.metrics.thresholds import threshold_curve
from onoma.runtime.confidence import Confidence
from onoma.runtime.recall import FLOOR, Covering, CoverValues
from onoma.runtime.tagger import CHUNK_TOKENS, Tagger
from onoma.text import Document


class Outcomes(NamedTuple):
    """E predicted entities, at N temperatures.

    Args:
        scores: [N, E]
        correct: whether the entity is right. [E]
        num_gold: gold entities, the unread ones included.
    """

    scores: FloatArray
    correct: BoolArray
    num_gold: int


def find_outcomes(
    tagger: Tagger, documents: Sequence[Document], temperatures: Sequence[float], num_unread: int = 0
) -> Outcomes:
    """Tag labelled, tokenised documents once, and score the entities at each temperature.

    Raises:
        ValueError: the model gives no entities.
    """
    predicted, scores = tagger.scores_at(documents, temperatures)
    match = match_exact(spans_from_documents(documents), spans_from_documents(predicted))
    return Outcomes(scores, match.predicted_matched, len(match.gold) + num_unread)


def fit_covering(
    tagger: Tagger, documents: Sequence[Document], temperature: float, num_unread: int = 0
) -> Covering | None:
    """Look on labelled, tokenised documents which thresholds miss how much; None without an entity.

    Args:
        tagger: the model; its own temperature is replaced.
        documents: not trained on.
        temperature: of the scores.
        num_unread: gold entities lost on reading.

    Raises:
        ValueError: the model gives no entities.
    """
    values = CoverValues(tagger.labels)
    for chunk in _chunks([document for document in documents if document.entities]):
        tagger.features.trim()
        found = tagger.candidates(chunk, FLOOR, temperature)
        for document, candidates in zip(chunk, found, strict=True):
            values.add(document, candidates)
    return values.covering(num_unread)


def _chunks(documents: Sequence[Document]) -> Iterator[list[Document]]:
    """Yield documents in parts: the candidates of all of them would take much memory."""
    chunk: list[Document] = []
    size = 0
    for document in documents:
        chunk.append(document)
        size += document.num_tokens
        if size >= CHUNK_TOKENS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def fit_confidence(
    tagger: Tagger, documents: Sequence[Document], num_unread: int = 0
) -> tuple[Confidence, tuple[Calibration, Calibration] | None]:
    """Fit temperature, thresholds, and what they miss, on labelled, tokenised documents.

    Args:
        tagger: the model; its own temperature is replaced.
        documents: not trained on.
        num_unread: gold entities lost on reading.

    Returns:
        What the bundle is to store, and the calibration before and after; None where nothing was predicted.

    Raises:
        ValueError: the model gives no entities.
    """
    outcomes = find_outcomes(tagger, documents, TEMPERATURES, num_unread)
    if not len(outcomes.correct):
        return Confidence(), None
    temperature = fit_temperature(outcomes.scores, outcomes.correct)
    # The network once more: the curve is of the very scores that the temperature makes.
    tempered = find_outcomes(tagger, documents, [temperature], num_unread)
    curve = threshold_curve(tempered.scores[0], tempered.correct, tempered.num_gold)
    confidence = Confidence(
        temperature=temperature,
        thresholds=list(curve.thresholds),
        precision=list(curve.precision),
        recall=list(curve.recall),
        kept=list(curve.kept),
        covering=fit_covering(tagger, documents, temperature, num_unread),
    )
    plain = outcomes.scores[TEMPERATURES.index(1.0)]  # [E]
    before, after = bin_scores(plain, outcomes.correct), bin_scores(tempered.scores[0], tempered.correct)
    assert before is not None, "there are predictions"
    assert after is not None, "and the same again"
    return confidence, (before, after)
