"""All scores of a set of documents at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from onoma.errors import ModelError, excerpt
from onoma.metrics.calibration import Calibration, calibrate
from onoma.metrics.confusion import Confusion, ErrorCounts, count_errors, entity_confusion, tag_confusion
from onoma.metrics.documents import DocumentScores, document_scores
from onoma.metrics.exact import DocumentCounts, EntityScores, document_counts, entity_scores, match_exact
from onoma.metrics.pairing import pair_spans
from onoma.metrics.partial import PartialScores, partial_scores
from onoma.metrics.rates import Score
from onoma.metrics.seen import seen_split
from onoma.metrics.spans import spans_from_documents
from onoma.metrics.tagging import tag_ids_of_spans, tokens_of_documents
from onoma.metrics.tokens import TokenScores, token_scores
from onoma.tags import get_scheme
from onoma.text import Document


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What `evaluate` finds.

    Args:
        entity: exact match, micro and per label.
        token: token-level scores.
        partial: SemEval'13 scores by reading: strict, exact, partial, type.
        seen: mentions whose surface is an entity in train; None when train was not given.
        unseen: the other mentions; None when train was not given.
        documents: scores of document labels; None where there are none.
        calibration: of entity scores; None where there are none.
        errors: kinds of errors.
        document_ids: the documents' names, [D].
        document_counts: correct, gold and predicted entities of each document, [D] each, as they were read.
        tag_confusion: [K, K], all tags of the scheme for the labels that occur.
        entity_confusion: [L+1, L+1] with missed and spurious.
    """

    entity: EntityScores
    token: TokenScores
    partial: dict[str, PartialScores]
    seen: Score | None
    unseen: Score | None
    documents: DocumentScores | None
    calibration: Calibration | None
    errors: ErrorCounts
    document_ids: tuple[str, ...]
    document_counts: DocumentCounts
    tag_confusion: Confusion
    entity_confusion: Confusion

    @property
    def gold_entities(self) -> int:
        """All gold entities of the file, also those lost on reading."""
        return self.entity.micro.gold

    def all_counts(self, unplaced: Sequence[int] = ()) -> DocumentCounts:
        """Return the counts of each document, of all that the scores count: their sums are the scores'.

        Args:
            unplaced: [D] predictions without a place in gold's text, where they are known by document; what
                else was lost is spread evenly.
        """
        counts, micro = self.document_counts, self.entity.micro
        if len(unplaced):
            counts = counts._replace(predicted=counts.predicted + np.asarray(unplaced, dtype=np.int64))
        return counts.with_lost(
            micro.gold - int(counts.gold.sum()), micro.predicted - int(counts.predicted.sum())
        )

    def document_counts_as_dict(self, unplaced: Sequence[int] = ()) -> dict[str, list[str] | list[int]]:
        """Return what ``counts.json`` stores: ids, and correct, gold and predicted entities of each document.

        Args:
            unplaced: see `all_counts`.
        """
        counts = self.all_counts(unplaced)
        return {
            "documents": list(self.document_ids),
            "correct": counts.correct.tolist(),
            "gold": counts.gold.tolist(),
            "predicted": counts.predicted.tolist(),
        }

    def as_dict(self) -> dict[str, object]:
        """Return the object that ``metrics.json`` stores: plain values, rates in 0..1, nothing rounded.

        ``seen``, ``unseen`` and ``calibration.ece`` are None where they were not measured; ``documents``
        is there only for documents with labels.
        """
        scores: dict[str, object] = {
            "entity": self.entity.as_dict(),
            "token": self.token.as_dict(),
            "partial": {reading: scores.as_dict() for reading, scores in self.partial.items()},
            "seen": None if self.seen is None else self.seen.as_dict(),
            "unseen": None if self.unseen is None else self.unseen.as_dict(),
            "calibration": {"ece": None if self.calibration is None else self.calibration.ece},
            "gold_entities": self.gold_entities,
            "errors": self.errors.as_dict(),
        }
        if self.documents is not None:
            scores["documents"] = self.documents.as_dict()
        return scores


def evaluate(
    gold: Sequence[Document],
    predicted: Sequence[Document],
    *,
    train_mentions: Collection[str] | None = None,
    scheme: str = "BIO",
    num_unread: int = 0,
    num_unplaced: int = 0,
) -> Evaluation:
    """Score predicted documents against gold ones; every gold entity counts.

    Token-level scores are of the gold document's tokens (the predicted document's where gold is not
    tokenised), with tags written for outermost entities: see `onoma.metrics.tagging`. Discontinuous entities
    are compared by their hulls.

    Args:
        gold: the annotated documents.
        predicted: the same documents, in the same order, with predicted entities.
        train_mentions: surfaces of the training entities, for the scores of seen and unseen mentions.
        scheme: the tag scheme of token scores and of the tag confusion: the same for all models, whatever
            scheme each was trained in, or the figures would not compare.
        num_unread: gold entities of the file that were lost on reading (`Ledger.num_unread`). They count as
            missed in the overall entity scores, whose gold is then larger than the sum over labels.
        num_unplaced: predictions that are not among the documents' entities: lost on reading, or of a text
            that gold does not have. They count as spurious in the overall entity scores.

    Raises:
        ModelError: the predicted documents are not the gold documents.
        ConfigError: no such scheme.
    """
    _check_same(gold, predicted)
    tag_scheme = get_scheme(scheme)
    match = match_exact(spans_from_documents(gold), spans_from_documents(predicted))
    pairing = pair_spans(match.gold, match.predicted)
    seen, unseen = None, None
    if train_mentions is not None:
        seen, unseen = seen_split(match, gold, predicted, train_mentions)

    tokens = tokens_of_documents(
        [one if one.tokens else other for one, other in zip(gold, predicted, strict=True)]
    )
    gold_tags, predicted_tags = (
        tag_ids_of_spans(spans, tokens, tag_scheme) for spans in (match.gold, match.predicted)
    )
    tags = tag_scheme.tags(match.gold.labels)
    return Evaluation(
        entity=entity_scores(match, num_unread, num_unplaced),
        token=token_scores(gold_tags, predicted_tags, tokens.sentence_offsets, len(tags)),
        partial=partial_scores(pairing),
        seen=seen,
        unseen=unseen,
        documents=document_scores(gold, predicted),
        calibration=calibrate(match),
        errors=count_errors(pairing),
        document_ids=tuple(document.id for document in gold),
        document_counts=document_counts(match),
        tag_confusion=tag_confusion(gold_tags, predicted_tags, tags),
        entity_confusion=entity_confusion(pairing),
    )


def _check_same(gold: Sequence[Document], predicted: Sequence[Document]) -> None:
    """Raise ModelError unless both are the same documents in the same order."""
    if len(gold) != len(predicted):
        raise ModelError(
            f"{len(gold)} gold documents, but {len(predicted)} predicted; predict for the same file"
        )
    for index, (one, other) in enumerate(zip(gold, predicted, strict=True)):
        if one.id != other.id:
            raise ModelError(
                f"document {index}: gold is '{excerpt(one.id)}', predicted is '{excerpt(other.id)}'; "
                "give both in the same order"
            )
        if one.text != other.text:
            raise ModelError(
                f"document {index} '{excerpt(one.id)}': gold and predicted text differ "
                f"{_difference(one.text, other.text)}; predict for the text that is annotated"
            )


def _difference(one: str, other: str) -> str:
    """Say where two texts first differ, and how."""
    place = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if place is None:
        place = min(len(one), len(other))
    shown = [excerpt(text[place : place + 40], 30) for text in (one, other)]
    return f"from character {place}: '{shown[0]}' and '{shown[1]}'"
