"""Predictions of any origin beside gold: scores, tests, and which to prefer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from onoma.comparison.cautions import few_documents, undecided
from onoma.comparison.evidence import RESAMPLES, Evidence, resample
from onoma.errors import ConfigError, DataError, did_you_mean
from onoma.metrics.power import LEVEL
from onoma.metrics.report import Evaluation, evaluate
from onoma.metrics.significance import Comparison, Counts, stack_counts
from onoma.placing.predictions import Placed, place_predictions
from onoma.text import Corpus, Document
from onoma.tokenize import tokenize_document


@dataclass(frozen=True, slots=True)
class ScoredPredictions:
    """One set of predictions.

    Args:
        name: of it.
        placed: the predictions on gold's documents, and what that took.
        lost: predictions that were lost on reading; they count as spurious.
        evaluation: all scores.
        cost: as it was given, in whatever unit; None where it was not.
    """

    name: str
    placed: Placed
    lost: int
    evaluation: Evaluation
    cost: float | None

    def as_dict(self) -> dict[str, object]:
        """Return the scores as in ``metrics.json``, with ``placed``, ``lost_on_reading`` and ``cost``."""
        account = self.placed.account.as_dict()
        return {
            **self.evaluation.as_dict(),
            "placed": account,
            "lost_on_reading": self.lost,
            "cost": self.cost,
        }

    def lines(self) -> Iterator[str]:
        """Yield what a reader of the scores has to know, in sentences."""
        yield from self.placed.account.lines()
        if self.lost:
            yield f"{self.lost:,} predictions were lost on reading, and count as spurious"

    def counts(self) -> Counts:
        """Correct, gold and predicted entities of each document. [1, D, 3]"""
        return stack_counts([self.evaluation.all_counts(self.placed.unplaced)])


@dataclass(frozen=True, slots=True)
class Scored:
    """All predictions on the same gold.

    Args:
        gold: the documents.
        predictions: in the given order.
        evidence: intervals, and a test for each pair.
        preferred: name of those to take: the cheapest that cannot be told from the best.
        reason: for it, in one sentence; empty where there is no choice.
    """

    gold: tuple[Document, ...]
    predictions: tuple[ScoredPredictions, ...]
    evidence: Evidence
    preferred: str
    reason: str

    def __getitem__(self, name: str) -> Evaluation:
        """Return all scores of the predictions of a name.

        Raises:
            KeyError: there are none.
        """
        return {one.name: one.evaluation for one in self.predictions}[name]

    @property
    def undecided(self) -> list[str]:
        """Which predictions cannot be told from the best, and how many documents would settle it."""
        return list(undecided(self.evidence))

    @property
    def cautions(self) -> list[str]:
        """That intervals and tests rest on few documents, where they do, and there are tests."""
        return list(few_documents(self.evidence)) if len(self.predictions) > 1 else []

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        return {
            "documents": len(self.gold),
            "predictions": {one.name: one.as_dict() for one in self.predictions},
            "intervals": {name: asdict(one) for name, one in self.evidence.intervals.items()},
            "comparisons": [self._named(pair) for pair in self.evidence.comparisons],
            "cautions": self.cautions,
            "undecided": self.undecided,
            "preferred": self.preferred,
            "reason": self.reason,
        }

    def _named(self, pair: Comparison) -> dict[str, object]:
        names = self.evidence.names
        return asdict(pair) | {"first": names[pair.first], "second": names[pair.second]}


def score_predictions(
    gold: Corpus,
    predictions: Mapping[str, Corpus],
    *,
    costs: Mapping[str, float] | None = None,
    train_mentions: Collection[str] | None = None,
    allow_extra: bool = False,
    resamples: int = RESAMPLES,
) -> Scored:
    """Score predictions beside gold, and compare them with each other.

    Args:
        gold: annotated; documents without tokens are cut by the default tokeniser.
        predictions: by name.
        costs: of some or all of them, all in one unit.
        train_mentions: surfaces of the training entities, for the scores of seen and unseen mentions.
        allow_extra: leave out predicted documents that gold does not have, instead of refusing them.
        resamples: of the bootstrap, and rounds of the tests.

    Raises:
        DataError: predictions that do not belong to gold; its path is their name.
        ConfigError: no predictions, or a cost of unknown ones, or one below 0.
    """
    costs = dict(costs or {})
    _check(gold, predictions, costs)
    documents = tuple(tokenize_document(document) for document in gold.documents)
    scored = []
    for name, corpus in predictions.items():
        try:
            placed = place_predictions(documents, corpus.documents, allow_extra=allow_extra)
        except DataError as error:
            raise DataError(error.message, code=error.code, path=name) from None
        lost = corpus.ledger.num_unread
        evaluation = evaluate(
            documents,
            placed.documents,
            train_mentions=train_mentions,
            num_unread=gold.ledger.num_unread,
            num_unplaced=lost + placed.account.unplaced,
        )
        scored.append(ScoredPredictions(name, placed, lost, evaluation, costs.get(name)))
    evidence = resample(list(predictions), [one.counts() for one in scored], "gold", resamples)
    return Scored(documents, tuple(scored), evidence, *prefer(evidence, costs))


def _check(gold: Corpus, predictions: Mapping[str, Corpus], costs: Mapping[str, float]) -> None:
    if not predictions:
        raise ConfigError("there are no predictions to score")
    if not gold.documents:
        raise DataError("gold holds no document to score on", code="no-documents")
    for name, cost in costs.items():
        if name not in predictions:
            raise ConfigError(f"a cost for '{name}', which is not scored{did_you_mean(name, predictions)}")
        if not 0 <= cost < float("inf"):
            raise ConfigError(f"the cost of '{name}' is {cost:g}: give a number of 0 or more")


def prefer(evidence: Evidence, costs: Mapping[str, float]) -> tuple[str, str]:
    """Return which model to take, and why: the cheapest of those that cannot be told from the best.

    What has no cost is taken for its score alone.
    """
    best = evidence.best
    if len(evidence.names) == 1:
        return best, ""
    if evidence.intervals[best].score <= 0:
        return best, "nothing in any of the predictions is right: there is nothing to choose by."
    tied = {best, *(other for _, other, _ in evidence.undecided())}
    priced = [name for name in evidence.names if name in tied and name in costs]
    if len(tied) == 1:
        return best, f"{best} is better than all others (p < {LEVEL:g})."
    if best not in costs or len(priced) < 2:
        hint = "costs would decide (--cost NAME=NUMBER)"
        return (
            best,
            f"{best} has the highest F1, but is not surely better than {_others(tied, best)}: {hint}.",
        )
    cheapest = min(priced, key=lambda name: (costs[name], -evidence.intervals[name].score))
    if cheapest == best:
        return best, f"{best} has the highest F1, and nothing that cannot be told from it is cheaper."
    return cheapest, (
        f"{cheapest} costs {costs[cheapest]:g} where {best} costs {costs[best]:g}, and cannot be told from "
        "it by F1."
    )


def _others(names: Collection[str], best: str) -> str:
    return ", ".join(sorted(set(names) - {best}))
