"""Judging whether a retrained model is to be used: by all that it finds, on the documents of the old one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.taggers import as_tagger
from onoma.errors import ConfigError
from onoma.text import Corpus

if TYPE_CHECKING:
    from onoma.comparison.decision import Decision
    from onoma.comparison.evidence import Evidence
    from onoma.metrics.exact import DocumentCounts

_LOG = logging.getLogger("onoma")
NEW, OLD = "the new model", "the old one"
ENTITIES, DOCUMENT_LABELS = "entities", "document labels"
_SCORES = {ENTITIES: "F1", DOCUMENT_LABELS: "micro F1 of document labels"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """Two models on the same documents, by one thing that they find.

    Args:
        what: `ENTITIES` or `DOCUMENT_LABELS`.
        evidence: intervals of both, and how they compare.
        decision: by the rule of ``onoma decide``.
    """

    what: str
    evidence: Evidence
    decision: Decision

    @property
    def taken(self) -> bool:
        """Whether the new model is not worse."""
        return next(one.qualifies for one in self.decision.verdicts if one.name == NEW)

    @property
    def said(self) -> str:
        """How the two compare, in words."""
        found = self.evidence.difference(NEW, OLD)
        scores = [100 * self.evidence.intervals[name].score for name in (NEW, OLD)]
        return (
            f"{_SCORES[self.what]} {scores[0]:.2f} on {self.evidence.split} "
            f"({self.evidence.num_documents:,} documents) where {OLD} has {scores[1]:.2f}: "
            f"{100 * found.value:+.2f} points, between {100 * found.low:+.2f} and {100 * found.high:+.2f}, "
            f"p = {found.p_value:.2f}; the margin is {self.decision.constraints.margin:g}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        return {
            "f1": {"new": self.evidence.intervals[NEW].score, "old": self.evidence.intervals[OLD].score},
            "difference": asdict(self.evidence.difference(NEW, OLD)),
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """Two models on the same documents, by all that both find.

    Args:
        split: of the data that they were judged on.
        judgements: of entities, of document labels, or of both in this order.
        learned: annotated documents that were learned from.
        left_out: annotated documents whose text the models are chosen or judged by.
        replaced: documents of train whose text was annotated anew.
    """

    split: str
    judgements: tuple[Judgement, ...]
    learned: int
    left_out: int
    replaced: int

    @property
    def evidence(self) -> Evidence:
        """That of entities, or of document labels where the models find no entities."""
        return self.judgements[0].evidence

    @property
    def decision(self) -> Decision:
        """That on the same."""
        return self.judgements[0].decision

    @property
    def taken(self) -> bool:
        """Whether the new model is to be used: it is not worse in anything."""
        return all(one.taken for one in self.judgements)

    @property
    def reason(self) -> str:
        """In one sentence."""
        said = "; ".join(one.said for one in self.judgements)
        return f"{NEW} {'is taken' if self.taken else 'is not taken'}: {said}"

    @property
    def undecided(self) -> list[str]:
        """Whether the documents can tell the two apart, and how many would."""
        from onoma.comparison.cautions import undecided

        return [
            sentence if one.what == ENTITIES else f"By {one.what}: {sentence}"
            for one in self.judgements
            for sentence in undecided(one.evidence)
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        first, *others = self.judgements
        return {
            "taken": self.taken,
            "reason": self.reason,
            "undecided": self.undecided,
            "split": self.split,
            "documents": self.evidence.num_documents,
            "by": first.what,
            **first.as_dict(),
            **{one.what.replace(" ", "_"): one.as_dict() for one in others},
            "margin": self.decision.constraints.margin,
            "learned": self.learned,
            "left_out": self.left_out,
            "replaced": self.replaced,
        }


def judge_models(
    gold: Corpus, new: str | Path, old: str | Path, split: str, margin: float
) -> tuple[Judgement, ...]:
    """Compare two models on gold, by the rule of ``onoma decide``.

    Args:
        gold: documents with what they find.
        new: run or bundle.
        old: likewise.
        split: what gold is.
        margin: F1 points that may be lost.

    Raises:
        ConfigError: there is nothing that both find and gold has.
    """
    from onoma.metrics.documents import label_counts
    from onoma.metrics.report import evaluate

    entities, labels = [], []
    for model in (new, old):
        tagger = as_tagger(model)
        documents = [tagger.tokenizer.document(document) for document in gold.documents]
        found = tagger.tag(documents)
        if tagger.decoder is not None:
            entities.append(evaluate(documents, found, num_unread=gold.ledger.num_unread).all_counts())
        if tagger.of_documents and (counts := label_counts(documents, found)) is not None:
            labels.append(counts)
        elif tagger.of_documents:
            _LOG.warning(f"warning: {split} has no document labels, so that models are not judged by them")
    by = {ENTITIES: entities, DOCUMENT_LABELS: labels}
    for what in (what for what, counts in by.items() if len(counts) == 1):
        _LOG.warning(f"warning: one of the models gives no {what}, so that they are not judged by these")
    found_by = tuple(_judge(what, counts, split, margin) for what, counts in by.items() if len(counts) == 2)
    if not found_by:
        raise ConfigError(
            f"{split} has nothing to judge the new model by: both find other things than it has"
        )
    return found_by


def _judge(what: str, counts: Sequence[DocumentCounts], split: str, margin: float) -> Judgement:
    from onoma.comparison.decision import Candidate, Constraints, decide
    from onoma.comparison.evidence import resample
    from onoma.metrics.significance import stack_counts

    evidence = resample((NEW, OLD), [stack_counts([one]) for one in counts], split)
    candidates = [Candidate(name, evidence.intervals[name].score, None) for name in (NEW, OLD)]
    return Judgement(what, evidence, decide(candidates, evidence.difference, Constraints(margin=margin)))
