"""Making documents fit what a format can hold: tokens, entities on token edges, no nested entities."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import get_args

from onoma.errors import ConfigError, DataError, check_choice
from onoma.readers.log import ReadLog
from onoma.tags.flatten import NESTED_POLICIES, flatten_spans
from onoma.text import Document, Ledger, Span, sort_spans
from onoma.tokenize import Fate, MisalignedPolicy, align_spans, move_spans, tokenize_document

ON_NESTED = (*NESTED_POLICIES, "error", "keep")


class Fitter:
    """Fits documents to a format, one after the other, and keeps the account of their entities.

    Args:
        tagged: whether the format holds one tag a token (`Format.tagged`): text without tokens is tokenised.
        on_tokens: whether entities are on tokens without that (`Format.on_tokens`).
        on_nested: where entities overlap, ``outermost`` keeps the longest, ``innermost`` the shortest,
            ``error`` stops and ``keep`` keeps all. None is ``outermost`` where the format is tagged, else
            ``keep``.
        on_misaligned: what to do with entities that are not on the edges of the tokens made here.

    Raises:
        ConfigError: no such policy, or ``keep`` for a format that cannot.
    """

    def __init__(
        self,
        *,
        tagged: bool,
        on_tokens: bool = False,
        on_nested: str | None = None,
        on_misaligned: MisalignedPolicy = "expand",
    ) -> None:
        self._on_tokens = tagged or on_tokens
        self._on_nested = on_nested or ("outermost" if tagged else "keep")
        self._on_misaligned = on_misaligned
        self._log = ReadLog()
        check_choice("on-nested", self._on_nested, ON_NESTED)
        check_choice("on-misaligned", on_misaligned, get_args(MisalignedPolicy))
        if tagged and self._on_nested == "keep":
            raise ConfigError(
                "a format with one tag a token cannot keep nested entities: --on-nested outermost or "
                "innermost, or write spans-jsonl"
            )

    @property
    def ledger(self) -> Ledger:
        """What became of the entities of all documents so far."""
        return self._log.ledger()

    def fit(self, document: Document) -> Document:
        """Return a document that the format can hold.

        Raises:
            DataError: overlapping or misaligned entities, under the policy ``error``; one outside the text.
        """
        for span in document.entities:
            if not 0 <= span.start <= span.end <= len(document.text):
                what = f"document '{document.id}': {span.label} {span.start}-{span.end} lies outside its text"
                raise DataError(what, code="span-out-of-range", text=span.text)
        spans: Sequence[Span] = document.entities
        fates = [Fate.KEPT] * len(spans)
        is_off = bool(document.tokens) and not _on_edges(document)
        if self._on_tokens and (is_off or not document.tokens):
            document = document if document.tokens else tokenize_document(document)
            spans, fates = self._align(document)
        elif is_off:  # such tokens were made here: beside these entities no reader would take them
            document = document.with_tokens((), ())
        if self._on_nested != "keep" and _overlap(spans):
            spans, fates = self._flatten(document, spans, fates)
        self._log.keep(fates.count(Fate.KEPT))
        for fate in fates:
            if fate is not Fate.KEPT:
                self._log.adjust(fate.value)
        return document if spans is document.entities else document.with_entities(spans)

    def _align(self, document: Document) -> tuple[list[Span], list[Fate]]:
        """Return the entities on token edges, with the fate of each."""
        if self._on_misaligned == "error":
            _check_edges(document)
        spans, fates = [], []
        moved = move_spans(document.text, document.tokens, document.entities, self._on_misaligned)
        for span, fate in moved:
            if span is None:
                self._log.drop(fate.value)
            else:
                spans.append(span)
                fates.append(fate)
        return spans, fates

    def _flatten(
        self, document: Document, spans: Sequence[Span], fates: Sequence[Fate]
    ) -> tuple[list[Span], list[Fate]]:
        """Return the entities of which no two overlap, with the fate of each."""
        if self._on_nested == "error":
            ordered = sort_spans(spans)
            one, two = next(pair for pair in pairwise(ordered) if _overlap(pair))
            raise DataError(
                f"document '{document.id}': '{one.text}' ({one.label}) and '{two.text}' ({two.label}) "
                "overlap; choose --on-nested outermost, innermost or, for spans-jsonl, keep",
                code="nested-entity",
                text=one.text,
            )
        kept = flatten_spans([(span.start, span.end, span.label) for span in spans], self._on_nested)
        left = [spans[index] for index in kept]
        for index in set(range(len(spans))).difference(kept):
            around = any(_contains(spans[index], span) or _contains(span, spans[index]) for span in left)
            self._log.flatten("nested" if around else "crossing")
        return left, [fates[index] for index in kept]


def _check_edges(document: Document) -> None:
    try:
        align_spans(document.tokens, document.entities, "error")
    except DataError as error:
        message = f"document '{document.id}': {error.message}"
        raise DataError(message, code=error.code, text=error.text) from None


def _on_edges(document: Document) -> bool:
    """Whether no entity begins or ends within a token."""
    if not document.entities:
        return True
    starts = dict(document.token_places())  # with their ends
    ends = set(starts.values())
    return all(span.start in starts and span.end in ends for span in document.entities)


def _overlap(spans: Sequence[Span]) -> bool:
    """Whether any two spans share a character."""
    if len(spans) < 2:
        return False
    return any(one.end > two.start for one, two in pairwise(sort_spans(spans)))


def _contains(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
