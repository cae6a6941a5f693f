"""Predictions as entities of the gold documents, with an account of what had to be done for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from onoma.errors import DataError, excerpt
from onoma.placing.cuts import cut_like
from onoma.placing.documents import match_documents
from onoma.placing.texts import align_texts
from onoma.text import Document, Span

_SHOWN = 5
CUT = "text cut otherwise"


@dataclass(slots=True)
class Account:
    """What laying predictions on gold came across.

    Args:
        documents: of gold.
        ways: how many of them found their prediction in which way.
        missing: ids of gold documents without a prediction, whose entities all count as missed.
        extra: ids of predicted documents that gold does not have; they are left out.
        respaced: documents that differ in white space, or the encoding of letters, alone.
        altered: documents that differ in other characters.
        altered_characters: how many those are, in both texts together.
        entities: predictions for gold's documents.
        moved: of these, whose offsets are others in gold's text.
        unplaced: of these, whose text gold does not have; they count as spurious.
        off_tokens: of these, that begin or end within a token of gold.
        repeated: of these, that are the same as another in gold's text and by mapped labels; they count once.
        unscored: of these, whose score is no probability, so that it is left out.
    """

    documents: int = 0
    ways: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    respaced: int = 0
    altered: int = 0
    altered_characters: int = 0
    entities: int = 0
    moved: int = 0
    unplaced: int = 0
    off_tokens: int = 0
    repeated: int = 0
    unscored: int = 0

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON-ready values."""
        names = ("respaced", "altered", "altered_characters", "entities", "moved", "unplaced", "off_tokens")
        return {
            "documents": self.documents,
            "matched_by": dict(self.ways),
            "missing": list(self.missing),
            "extra": list(self.extra),
            **{name: getattr(self, name) for name in (*names, "repeated", "unscored")},
        }

    def lines(self) -> Iterator[str]:
        """Yield what a reader of the scores has to know, in sentences."""
        if self.missing:
            yield (
                f"no prediction for {len(self.missing):,} of {self.documents:,} documents, whose entities "
                f"count as missed: {_listed(self.missing)}"
            )
        if self.extra:
            number = f"{len(self.extra):,} predicted documents"
            yield f"left out: {number} that gold does not have: {_listed(self.extra)}"
        others = [f"{count:,} by {way}" for way, count in self.ways.items() if way != "id"]
        if others:
            yield f"documents not matched by id: {', '.join(others)}"
        if self.respaced or self.altered:
            yield (
                f"texts differ from gold: {self.respaced:,} documents in white space or the encoding "
                f"of letters alone, {self.altered:,} "
                f"in {self.altered_characters:,} other characters; {self.moved:,} entities were moved"
            )
        if self.unplaced:
            yield f"{self.unplaced:,} predicted entities have no place in gold's text, and count as spurious"
        if self.off_tokens:
            yield f"{self.off_tokens:,} predicted entities begin or end within a token of gold"
        if self.repeated:
            yield f"{self.repeated:,} predicted entities say the same as another, and count once"
        if self.unscored:
            yield f"{self.unscored:,} scores are not within 0 and 1, and are left out"


@dataclass(frozen=True, slots=True)
class Placed:
    """Predictions laid on gold.

    Args:
        documents: gold's documents in gold's order, with the predicted entities and document labels.
        unplaced: [D] predictions of each that have no place in its text.
        lost: predictions without a place that belong to no single document.
        account: of all this.
    """

    documents: tuple[Document, ...]
    unplaced: tuple[int, ...]
    lost: int
    account: Account


def place_predictions(
    gold: Sequence[Document], predicted: Sequence[Document], *, allow_extra: bool = False
) -> Placed:
    """Lay predictions on gold documents; see `onoma.placing.documents` for how they are matched.

    Args:
        gold: tokenised documents.
        predicted: the predictions, in any order.
        allow_extra: leave out predicted documents that gold does not have, instead of refusing them.

    Raises:
        DataError: no document is common to both, or gold does not have one that is predicted.
    """
    account = Account(documents=len(gold))
    matching = match_documents(gold, predicted)
    partners = {index: predicted[one] for index, one in enumerate(matching.partners) if one is not None}
    account.ways.update(matching.ways)
    missing, extra, lost = matching.missing, [predicted[index] for index in matching.extra], 0
    if missing and extra and (found := cut_like([gold[index] for index in missing], extra)):
        cut, lost = found
        partners |= zip(missing, cut, strict=True)
        account.ways[CUT] += len(missing)
        missing, extra = [], []
    account.missing, account.extra = [gold[index].id for index in missing], [one.id for one in extra]
    _check(gold, predicted, account, matched=bool(partners), allow_extra=allow_extra)
    account.entities = account.unplaced = lost
    documents, unplaced = [], []
    for index, document in enumerate(gold):
        before = account.unplaced
        documents.append(_lay(document, partners.get(index), account))
        unplaced.append(account.unplaced - before)
    return Placed(tuple(documents), tuple(unplaced), lost, account)


def _check(
    gold: Sequence[Document],
    predicted: Sequence[Document],
    account: Account,
    *,
    matched: bool,
    allow_extra: bool,
) -> None:
    if gold and predicted and not matched:
        raise DataError(
            f"none of its {len(predicted):,} documents is in gold, neither by id nor by text; its first text "
            f"is '{excerpt(predicted[0].text, 40)}', gold's is '{excerpt(gold[0].text, 40)}'",
            code="no-common-document",
        )
    if account.extra and not allow_extra:
        raise DataError(
            f"predicts for {len(account.extra):,} documents that gold does not have: "
            f"{_listed(account.extra)}; score without them with --allow-extra",
            code="extra-documents",
        )


def _lay(gold: Document, predicted: Document | None, account: Account) -> Document:
    """Return a gold document with what is predicted for it."""
    if predicted is None:
        return gold.with_predicted(())
    alignment = align_texts(predicted.text, gold.text)
    account.respaced += alignment.difference in ("spaces", "forms")
    if alignment.difference == "characters":
        account.altered += 1
        account.altered_characters += alignment.changed
    entities: dict[tuple[object, ...], Span] = {}
    starts, ends = {token.start for token in gold.tokens}, {token.end for token in gold.tokens}
    for span in predicted.entities:
        account.entities += 1
        place = alignment.place(span.start, span.end)
        if place is None:
            account.unplaced += 1
            continue
        account.moved += place != (span.start, span.end)
        account.off_tokens += place[0] not in starts or place[1] not in ends
        fragments = tuple(alignment.place(*pair) or (-1, -1) for pair in span.fragments)
        fragments = () if (-1, -1) in fragments else fragments
        text, score = gold.text[slice(*place)], _score(span, account)
        account.repeated += (*place, span.label, fragments) in entities
        entities[*place, span.label, fragments] = Span(*place, span.label, text, score, fragments)
    placed = gold.with_predicted(entities.values())
    return placed if predicted.labels is None else replace(placed, labels=predicted.labels)


def _score(span: Span, account: Account) -> float | None:
    if span.score is None or 0 <= span.score <= 1:
        return span.score
    account.unscored += 1
    return None


def _listed(ids: Sequence[str]) -> str:
    shown = ", ".join(excerpt(one, 40) for one in ids[:_SHOWN])
    return f"{shown} and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else shown
