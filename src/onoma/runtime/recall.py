"""A promise about recall: what share of a new document's entities lies within what is given.

The promise is of conformal risk control (`onoma.metrics.risk`): averaged over documents like those of dev, at
least the wanted share of a document's entities is covered, each of its characters within some entity that is
given, whatever that one's label and edges. Documents without an entity have nothing to miss and do not count.
It holds where the next document could as well have been one of dev (exchangeable); it is about the mean, and
not about each document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from onoma.errors import ConfigError, did_you_mean
from onoma.metrics.risk import (
    MAX_RISK_POINTS,
    RiskCurve,
    best_recall,
    choose_point,
    cover_values,
    documents_needed,
    risk_curve,
)
from onoma.metrics.spans import FloatArray
from onoma.readers.label_map import LabelMap
from onoma.text import Document, Span

FLOOR = 1e-4
"""Lowest probability of a candidate."""

_Rates = Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=1, max_length=MAX_RISK_POINTS)]


class StoredCurve(BaseModel):
    """A `RiskCurve` as a bundle stores it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    thresholds: _Rates
    missed: _Rates
    documents: Annotated[int, Field(ge=1, lt=1 << 53)]

    @model_validator(mode="after")
    def _check(self) -> StoredCurve:
        if len(self.thresholds) != len(self.missed):
            raise ValueError("its columns differ in length")
        if self.thresholds[0] < FLOOR or any(low >= high for low, high in pairwise(self.thresholds)):
            raise ValueError("its thresholds do not rise")
        if any(low > high for low, high in pairwise(self.missed)):
            raise ValueError("a higher threshold misses less")
        return self

    @property
    def curve(self) -> RiskCurve:
        """What is missed by threshold."""
        return RiskCurve(self.thresholds, self.missed, self.documents)


class Covering(BaseModel):
    """What dev says about recall.

    Args:
        overall: entities of all labels, covered by candidates of any.
        by_label: entities of a label, covered by candidates of that label.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    overall: StoredCurve
    by_label: Annotated[dict[str, StoredCurve], Field(max_length=10_000)] = {}


def check_promise(promised: bool, labels: LabelMap) -> None:
    """Refuse to drop labels of what is promised to be there.

    Args:
        promised: whether a recall is.
        labels: maps what is found.

    Raises:
        ConfigError: both are asked for.
    """
    if promised and "" in labels.names.values():
        raise ConfigError("--map drops labels, and with them what --min-recall promises: give one of them")


class Point(NamedTuple):
    """Where a promise is kept.

    Args:
        threshold: candidates of at least this probability are given.
        documents: of dev, with an entity.
        missed: mean share of their entities that is missed there.
    """

    threshold: float
    documents: int
    missed: float


class Promise(NamedTuple):
    """A recall, and the threshold for it: one for all labels, or one for each of some.

    Args:
        recall: mean share of a document's entities that is covered.
        overall: for entities of all labels; None where labels were chosen.
        by_label: for entities of each chosen label.
    """

    recall: float
    overall: Point | None
    by_label: Mapping[str, Point]

    @property
    def floor(self) -> float:
        """The lowest threshold."""
        points = self.by_label.values() if self.overall is None else [self.overall]
        return min(point.threshold for point in points)

    def gives(self, label: str, score: float) -> bool:
        """Whether a candidate is given."""
        point = self.by_label.get(label) if self.overall is None else self.overall
        return point is not None and score >= point.threshold

    def lines(self) -> list[str]:
        """Say what is given, and what is promised of it: a line a threshold, and one for all."""
        points = {"": self.overall} if self.overall is not None else self.by_label
        lines = [
            f"candidates{' of ' if label else ''}{label} with a score of {point.threshold:.4g} or more; on "
            f"{point.documents} documents of dev they miss {point.missed:.2%} of a document's entities"
            for label, point in points.items()
        ]
        return [
            *lines,
            f"promised: on average {self.recall:.4g} of the entities of a text lie within what is given, "
            "in texts like those of dev; not in each text",
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        if self.overall is not None:
            return {"recall": self.recall, **self.overall._asdict()}
        labels = {label: point._asdict() for label, point in self.by_label.items()}
        return {"recall": self.recall, "labels": labels}


def make_promise(covering: Covering | None, recall: float, labels: Sequence[str] = ()) -> Promise:
    """Look up from which score on candidates are to be given.

    Args:
        covering: what the bundle says; None in one that does not.
        recall: what is to be promised.
        labels: of the entities that count and are given, each with the promise; all of them without.

    Raises:
        ConfigError: the recall makes no sense, or dev is too small for it, misses too much, or is not known;
            or a label is not.
    """
    if not 0 < recall < 1:
        raise ConfigError(f"--min-recall {recall:g}: a recall that can be promised lies between 0 and 1")
    if covering is None:
        raise ConfigError(
            "the model does not know which scores give a recall: it was trained by an older Onoma, or "
            "dev had no entity, or it found none there; run `onoma calibrate` with labelled data"
        )
    if not labels:
        return Promise(recall, _point(covering.overall.curve, recall, ""), {})
    for label in labels:
        if label not in covering.by_label:
            hint = did_you_mean(label, list(covering.by_label))
            raise ConfigError(f"label '{label}': dev has no entity of it to promise anything by{hint}")
    points = {label: _point(covering.by_label[label].curve, recall, f" of {label}") for label in labels}
    return Promise(recall, None, points)


def _point(curve: RiskCurve, recall: float, of_label: str) -> Point:
    point = choose_point(curve, recall)
    if point is not None:
        return Point(curve.thresholds[point], curve.documents, curve.missed[point])
    have, needed = curve.documents, documents_needed(recall)
    what = f"--min-recall {recall:g}: a recall{of_label} of {recall:g} cannot be promised"
    best = best_recall(curve)
    ask = f"{best:g} can" if best > 0 else "nothing can"
    if have < needed:
        raise ConfigError(f"{what} by {have} documents with entities, it takes {needed} at least; {ask}")
    raise ConfigError(f"{what}: no candidate covers {curve.missed[0]:.1%} of dev's entities; {ask}")


class CoverValues:
    """Gathers at which threshold gold entities are covered.

    Args:
        labels: of the model.

    Attributes:
        overall: what `cover_values` gives for each document.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.overall: list[FloatArray] = []
        self._by_label: dict[str, list[FloatArray]] = {label: [] for label in labels}

    def add(self, document: Document, candidates: Sequence[Span]) -> None:
        """Add a document with gold and all candidates of at least `FLOOR`."""
        self.overall.append(cover_values(document, candidates))
        for label in {span.label for span in document.entities}:
            gold = document.with_entities(span for span in document.entities if span.label == label)
            own = [span for span in candidates if span.label == label]
            self._by_label.setdefault(label, []).append(cover_values(gold, own))

    def covering(self, num_unread: int = 0) -> Covering | None:
        """Return what is missed by threshold; None without an entity.

        Args:
            num_unread: gold entities lost on reading; of each label as of all.
        """
        num_read = sum(map(len, self.overall))
        lost = num_unread / max(1, num_read + num_unread)
        overall = risk_curve(self.overall, FLOOR, lost)
        if overall is None:
            return None
        curves = {label: risk_curve(own, FLOOR, lost) for label, own in sorted(self._by_label.items())}
        by_label = {label: _stored(curve) for label, curve in curves.items() if curve is not None}
        return Covering(overall=_stored(overall), by_label=by_label)


def _stored(curve: RiskCurve) -> StoredCurve:
    return StoredCurve(
        thresholds=list(curve.thresholds), missed=list(curve.missed), documents=curve.documents
    )
