"""Label suspects: gold that a model which has not seen it contradicts.

Confident learning (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset
labels", JAIR 2021) on entities. An example is a place in a text; its classes are the labels, and "no entity".
Where its gold class is ``y``, another class ``j`` is suggested when its probability reaches ``t_j``, the mean
probability of ``j`` over the examples whose gold class is ``j`` (so that a class the model is never sure of
needs less), and is the largest of those that do.

Suspects are ranked by their margin ``p(j) - p(y)``, which `onoma.inspection.suspect_ranking` weighs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from onoma.inspection.precedents import NOTHING
from onoma.text import Document, Span

Kind = Literal["wrong_label", "wrong_boundary", "missing", "spurious"]
KINDS: tuple[str, ...] = get_args(Kind)
CONTEXT = 40
"""Characters of text shown before and after a suspect."""


@dataclass(frozen=True, slots=True)
class JudgedEntity:
    """A gold entity as a model sees it, all probabilities those of the model.

    Args:
        gold: the entity.
        score: of just this span and label.
        nothing: of no entity here.
        rivals: other labels of this span, and predicted entities that overlap with it, scored.
    """

    gold: Span
    score: float
    nothing: float
    rivals: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedDocument:
    """A document as a model sees it that was not trained on it.

    Args:
        document: with its gold entities.
        entities: those that could be judged.
        extra: predicted entities, scored, that stand against no gold entity but are not in gold.
        extra_nothing: probability of no entity at each of them.
        outside: tokens outside of all gold entities.
        outside_sum: of their probabilities of being outside.
        unjudged: gold entities that the model cannot express, by reason.
        split: that it is in.
    """

    document: Document
    entities: tuple[JudgedEntity, ...]
    extra: tuple[Span, ...]
    extra_nothing: tuple[float, ...]
    outside: int
    outside_sum: float
    unjudged: Mapping[str, int]
    split: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A place where gold is probably wrong.

    Args:
        document: its id.
        kind: ``wrong_label`` (same place), ``wrong_boundary`` (another place that overlaps, whatever the
            label), ``missing`` (gold has nothing), ``spurious`` (there is nothing).
        gold: the entity in gold; None where it is missing.
        suggested: what the model puts in its place, with its score; None where gold is spurious.
        gold_score: probability (0..1) of gold being right here.
        confidence: probability (0..1) of the suggestion.
        before, text, after: what both cover together, and up to 40 characters around it.
        split: that the document is in, where it was said.
        path: of the file, where it is known.
        line: of its sentence in the file, where it is known (see `LocatedReader.line`).
        precedent: which of the two readings train gives the same text: ``both``, ``suggested`` alone,
            ``gold`` alone, ``none``; empty where that was not looked at.
        weight: of its margin (0..1), by such precedents.
        agreement: share (0..1) of the models that suspect it.
    """

    document: str
    kind: Kind
    gold: Span | None
    suggested: Span | None
    gold_score: float
    confidence: float
    before: str
    text: str
    after: str
    split: str = ""
    path: str = ""
    line: int | None = None
    precedent: str = ""
    weight: float = 1.0
    agreement: float = 1.0

    @property
    def margin(self) -> float:
        """By how much the suggestion is more probable than gold, 0..1."""
        return self.confidence - self.gold_score

    @property
    def rank(self) -> float:
        """How suspect it is, 0..1: the margin, weighed; the most suspect come first."""
        return self.margin * self.weight * self.agreement

    @property
    def start(self) -> int:
        """First character of the place."""
        return min(span.start for span in (self.gold, self.suggested) if span is not None)

    def as_dict(self) -> dict[str, object]:
        """Return plain values; entities as ``{"start", "end", "label", "text"}`` or None."""
        return {
            "split": self.split,
            "document": self.document,
            "path": self.path,
            "line": self.line,
            "kind": self.kind,
            "gold": _plain(self.gold),
            "suggested": _plain(self.suggested),
            "gold_score": self.gold_score,
            "confidence": self.confidence,
            "margin": self.margin,
            "precedent": self.precedent,
            "agreement": self.agreement,
            "rank": self.rank,
            "before": self.before,
            "text": self.text,
            "after": self.after,
        }


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What is suspect in some documents.

    Args:
        suspects: the most suspect first; perhaps not all.
        kinds: how many there are of each kind.
        thresholds: probability that a class must reach to be suggested, by label; `NOTHING` for no entity.
        documents: that were judged.
        judged: gold entities that were judged.
        unjudged: gold entities that were not, by reason.
    """

    suspects: tuple[Suspect, ...]
    kinds: Mapping[str, int]
    thresholds: Mapping[str, float]
    documents: int
    judged: int
    unjudged: Mapping[str, int]

    def with_suspects(self, suspects: Iterable[Suspect]) -> Suspicion:
        """Return the same with other suspects, ranked."""
        ranked = sorted(suspects, key=lambda one: (-one.rank, one.split, one.document, one.start))
        counts = Counter(suspect.kind for suspect in ranked)
        return replace(self, suspects=tuple(ranked), kinds={kind: counts[kind] for kind in get_args(Kind)})

    def as_dict(self) -> dict[str, object]:
        """Return the counts as plain values, without the suspects."""
        thresholds = {label or "no entity": value for label, value in self.thresholds.items()}
        return {
            "documents": self.documents,
            "judged": self.judged,
            "unjudged": dict(self.unjudged),
            "kinds": dict(self.kinds),
            "thresholds": thresholds,
        }


def find_suspects(documents: Iterable[JudgedDocument]) -> Suspicion:
    """Return the gold that is contradicted with confidence, ranked.

    Args:
        documents: whose ids differ within a split.
    """
    judged = list(documents)
    thresholds = class_thresholds(judged)
    suspects = [
        suspect
        for one in judged
        for suspect in (*_among_gold(one, thresholds), *_among_extra(one, thresholds))
    ]
    unjudged: Counter[str] = Counter()
    for one in judged:
        unjudged.update(one.unjudged)
    entities = sum(len(one.entities) for one in judged)
    return Suspicion((), {}, thresholds, len(judged), entities, dict(unjudged)).with_suspects(suspects)


def class_thresholds(documents: Sequence[JudgedDocument]) -> dict[str, float]:
    """Return the mean probability of each class where gold has it.

    For labels the examples are gold entities, for `NOTHING` they are the tokens outside of all.
    """
    sums: dict[str, float] = {NOTHING: sum(one.outside_sum for one in documents)}
    counts = Counter({NOTHING: sum(one.outside for one in documents)})
    for one in documents:
        for entity in one.entities:
            label = entity.gold.label
            sums[label] = sums.get(label, 0.0) + entity.score
            counts[label] += 1
    return {label: sums[label] / count for label, count in sorted(counts.items()) if count}


def _among_gold(one: JudgedDocument, thresholds: Mapping[str, float]) -> Iterable[Suspect]:
    for entity in one.entities:
        rivals = [rival for rival in entity.rivals if _reaches(rival.label, rival.score or 0.0, thresholds)]
        best = max(rivals, key=lambda rival: rival.score or 0.0, default=None)
        confidence = 0.0 if best is None else best.score or 0.0
        # Other entities first: where a model scores each span by itself, nothing here says nothing of there.
        if best is None and _reaches(NOTHING, entity.nothing, thresholds):
            confidence = entity.nothing
        if confidence <= entity.score:
            continue
        yield _suspect(one, entity.gold, best, entity.score, confidence)


def _among_extra(one: JudgedDocument, thresholds: Mapping[str, float]) -> Iterable[Suspect]:
    for span, nothing in zip(one.extra, one.extra_nothing, strict=True):
        score = span.score or 0.0
        if _reaches(span.label, score, thresholds) and score > nothing:
            yield _suspect(one, None, span, nothing, score)


def _reaches(label: str, score: float, thresholds: Mapping[str, float]) -> bool:
    return label in thresholds and score >= thresholds[label]


def _suspect(
    judged: JudgedDocument, gold: Span | None, suggested: Span | None, gold_score: float, confidence: float
) -> Suspect:
    sides = [span for span in (gold, suggested) if span is not None]
    start, end = min(span.start for span in sides), max(span.end for span in sides)
    kind: Kind
    if gold is None:
        kind = "missing"
    elif suggested is None:
        kind = "spurious"
    else:
        same_place = (gold.start, gold.end) == (suggested.start, suggested.end)
        kind = "wrong_label" if same_place else "wrong_boundary"
    text = judged.document.text
    return Suspect(
        document=judged.document.id,
        kind=kind,
        gold=gold,
        suggested=suggested,
        gold_score=gold_score,
        confidence=confidence,
        before=text[max(0, start - CONTEXT) : start],
        text=text[start:end],
        after=text[end : end + CONTEXT],
        split=judged.split,
    )


def _plain(span: Span | None) -> dict[str, object] | None:
    if span is None:
        return None
    return {"start": span.start, "end": span.end, "label": span.label, "text": span.text}
