"""Examples of errors by kind: what was annotated, what was found, and where in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from onoma.metrics.pairing import Pairing, pair_spans
from onoma.metrics.spans import IntArray, SpanTable, spans_from_documents
from onoma.text import Document

CONTEXT = 40
"""Characters of text shown before and after an error."""


class Side(NamedTuple):
    """An entity on one side of an error; ``score`` is None for gold."""

    start: int
    end: int
    label: str
    text: str
    score: float | None


@dataclass(frozen=True, slots=True)
class ErrorExample:
    """One error: ``gold`` is None where it is spurious, ``predicted`` where it is missed.

    Args:
        document: id of the document.
        before, text, after: the text that both sides cover together, and up to 40 characters around it.
    """

    document: str
    gold: Side | None
    predicted: Side | None
    before: str
    text: str
    after: str

    def as_dict(self) -> dict[str, object]:
        """Return plain values; sides as ``{"start", "end", "label", "text"[, "score"]}`` or None."""
        return {
            "document": self.document,
            "gold": _plain(self.gold),
            "predicted": _plain(self.predicted),
            "before": self.before,
            "text": self.text,
            "after": self.after,
        }


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """Errors of one kind, named as in `onoma.metrics.confusion.ErrorCounts`: how many, and some of them."""

    name: str
    count: int
    examples: tuple[ErrorExample, ...]

    def as_dict(self) -> dict[str, object]:
        """Return ``count`` and ``examples``."""
        return {"count": self.count, "examples": [one.as_dict() for one in self.examples]}


def error_examples(
    gold: Sequence[Document], predicted: Sequence[Document], limit: int
) -> tuple[ErrorKind, ...]:
    """Return every kind of error with up to ``limit`` examples, spread evenly over the documents.

    Pairs of gold and predicted entities are those that the counts of errors are made of
    (`onoma.metrics.pairing`), so that discontinuous entities are their hulls.
    """
    pairing = pair_spans(spans_from_documents(gold), spans_from_documents(predicted))
    return tuple(
        ErrorKind(
            name, len(rows), tuple(_example(gold, pairing, *rows[i]) for i in _spread(len(rows), limit))
        )
        for name, rows in _errors(pairing).items()
    )


_Rows = list[tuple[int | None, int | None]]


def _errors(pairing: Pairing) -> dict[str, _Rows]:
    """Rows of gold and of predicted for each error, by kind, in the order of the text."""
    place, label = pairing.same_place, pairing.same_label  # [M]

    def pairs(chosen: IntArray) -> _Rows:
        ordered = chosen[np.argsort(pairing.gold_ids[chosen])]
        return list(
            zip(pairing.gold_ids[ordered].tolist(), pairing.predicted_ids[ordered].tolist(), strict=True)
        )

    return {
        "missed": [(row, None) for row in pairing.missed.tolist()],
        "spurious": [(None, row) for row in pairing.spurious.tolist()],
        "wrong_label": pairs(np.flatnonzero(place & ~label)),
        "wrong_boundary": pairs(np.flatnonzero(~place & label)),
        "wrong_label_and_boundary": pairs(np.flatnonzero(~place & ~label)),
    }


def _spread(total: int, limit: int) -> list[int]:
    shown = min(total, limit)
    return [index * total // shown for index in range(shown)]


def _example(
    documents: Sequence[Document], pairing: Pairing, gold_row: int | None, predicted_row: int | None
) -> ErrorExample:
    tables = ((pairing.gold, gold_row), (pairing.predicted, predicted_row))
    document = next(documents[int(table.document_ids[row])] for table, row in tables if row is not None)
    gold = None if gold_row is None else _side(pairing.gold, gold_row, document.text)
    predicted = None if predicted_row is None else _side(pairing.predicted, predicted_row, document.text)
    sides = [side for side in (gold, predicted) if side is not None]
    start, end = min(side.start for side in sides), max(side.end for side in sides)
    return ErrorExample(
        document.id,
        gold,
        predicted,
        document.text[max(0, start - CONTEXT) : start],
        document.text[start:end],
        document.text[end : end + CONTEXT],
    )


def _side(table: SpanTable, row: int, text: str) -> Side:
    start, end = int(table.starts[row]), int(table.ends[row])
    score = None if table.scores is None or np.isnan(table.scores[row]) else float(table.scores[row])
    return Side(start, end, table.labels[int(table.label_ids[row])], text[start:end], score)


def _plain(side: Side | None) -> dict[str, object] | None:
    if side is None:
        return None
    values = side._asdict()
    if side.score is None:
        del values["score"]
    return values
