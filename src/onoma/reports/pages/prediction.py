"""Documents with their entities marked, alone or gold beside predicted, made as a stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any

from onoma.errors import DataError
from onoma.reports.kit.marked import mark_entities
from onoma.reports.kit.page import Page
from onoma.reports.outcomes import find_outcomes
from onoma.reports.topics import shows_labels, without_labels
from onoma.text import Document

Shown = dict[str, Any]


def _view(
    documents: Iterable[Document],
    *,
    title: str,
    gold: Iterable[Document | None] | None = None,
    lang: str = "",
    labels: bool | None = True,
) -> Mapping[str, Any]:
    """Return what the template takes; memory is bound by one document (and the set of labels).

    Args:
        documents: what to show, usually predicted.
        title: the page's title and heading.
        gold: the same documents with gold entities, in the same order: both are then shown beside each other,
            with the kind of error at each entity that is not correct. None in place of a document without
            gold, which is then shown alone. It is asked for each document after ``documents`` is.
        lang: the language of the texts (BCP 47), unknown by default.
        labels: whether to show document labels; None for those of documents that are long enough.

    Raises:
        DataError: while the page is made: ``gold`` and ``documents`` are not the same texts in one order.
    """
    legend = Legend()
    articles = _articles(documents, gold, legend, labels)
    return {"title": title, "kicker": "", "lang": lang, "articles": articles, "legend": legend}


PAGE = Page("prediction.html", _view)


class Legend:
    """What has been shown so far, counted; the page asks for it when all documents are written."""

    def __init__(self) -> None:
        self.num_documents = 0
        self.label_counts: Counter[str] = Counter()
        self.gold_counts: Counter[str] | None = None
        self.outcome_counts: Counter[str] = Counter()

    @property
    def summary(self) -> str:
        """How many documents and entities there are."""
        entities = f"{self.label_counts.total()} entities"
        if self.gold_counts is not None:
            entities = f"{self.gold_counts.total()} gold and {self.label_counts.total()} predicted entities"
        return f"{self.num_documents} documents, {entities}"

    @property
    def labels(self) -> list[tuple[str, str]]:
        """The labels with their counts in words, the commonest first."""
        counts = self.gold_counts or self.label_counts
        known = self.label_counts.keys() | (self.gold_counts or Counter()).keys()
        ranked = sorted(known, key=lambda label: (-counts[label], label))
        return [(label, self._count(label)) for label in ranked]

    def _count(self, label: str) -> str:
        if self.gold_counts is None:
            return f"{self.label_counts[label]}"
        return f"{self.gold_counts[label]} gold, {self.label_counts[label]} predicted"

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """The kinds of errors with their counts."""
        return list(self.outcome_counts.items())


def _articles(
    documents: Iterable[Document],
    gold: Iterable[Document | None] | None,
    legend: Legend,
    labels: bool | None,
) -> Iterator[Shown]:
    if gold is None:
        for document in documents:
            yield _single(document, legend, labels)
        return
    # Wrapped, so that a document without gold is not a document that is missing.
    for predicted, reference in zip_longest(documents, ((one,) for one in gold)):
        if predicted is not None and reference == (None,):
            yield _single(predicted, legend, labels)
        else:
            yield _pair(*_same_text(predicted, reference and reference[0]), legend, labels)


def _same_text(predicted: Document | None, gold: Document | None) -> tuple[Document, Document]:
    if predicted is None or gold is None:
        extra = predicted or gold
        raise DataError(
            f"a document is only {'predicted' if gold is None else 'in gold'}: give both the same documents",
            code="gold-mismatch",
            text=extra.id if extra else None,
        )
    if predicted.text != gold.text:
        raise DataError(
            "gold and predicted text differ, so offsets cannot be compared: give both the same documents",
            code="gold-mismatch",
            text=predicted.id if predicted.id == gold.id else f"{gold.id} / {predicted.id}",
        )
    return predicted, gold


def _single(document: Document, legend: Legend, labels: bool | None) -> Shown:
    document = document if shows_labels(document, labels) else without_labels(document)
    legend.num_documents += 1
    legend.label_counts.update(span.label for span in document.entities)
    return {"id": document.id, "gold": None, "predicted": _side(document, {})}


def _pair(predicted: Document, gold: Document, legend: Legend, labels: bool | None) -> Shown:
    if not shows_labels(predicted, labels):
        predicted, gold = without_labels(predicted), without_labels(gold)
    legend.num_documents += 1
    legend.gold_counts = Counter() if legend.gold_counts is None else legend.gold_counts
    legend.gold_counts.update(span.label for span in gold.entities)
    legend.label_counts.update(span.label for span in predicted.entities)
    outcomes = find_outcomes(gold, predicted)
    legend.outcome_counts += outcomes.counts
    return {
        "id": predicted.id,
        "gold": _side(gold, outcomes.gold, predicted.labels, "missed"),
        "predicted": _side(predicted, outcomes.predicted, gold.labels, "spurious"),
    }


def _side(
    document: Document,
    outcome_of: Mapping[tuple[int, int, str], str],
    others: tuple[str, ...] | None = None,
    only_here: str = "",
) -> Shown:
    """One side's text and document labels; those that the other side lacks are named, if it has any."""
    labels = document.labels or ()
    wrong = set(labels) - set(others) if others is not None else set()
    return {
        "marked": mark_entities(document, outcome_of),
        "is_empty": not document.text,
        "labels": [(label, only_here if label in wrong else "") for label in labels],
    }
