"""A standalone web page of documents with their entities marked, made as a stream.

The page needs no network and no script, and its Content-Security-Policy forbids both. Everything that comes
from data is written through `_escaped`.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import zip_longest
from string import Template

from onoma.errors import DataError
from onoma.reports.escapes import visible
from onoma.reports.marks import Closing, Opening, lay_out, part_suffix
from onoma.reports.outcomes import CORRECT, find_outcomes
from onoma.reports.palette import color_slot
from onoma.text import Document, Span

_DOCUMENTS_PLACE = "<!-- documents -->\n"


def html_page(
    documents: Iterable[Document],
    *,
    title: str,
    gold: Iterable[Document | None] | None = None,
    lang: str = "",
) -> Iterator[str]:
    """Yield the pieces of the page; memory is bound by one document (and the set of labels).

    The legend with the counts comes at the end of the page's source, and is shown at its top.

    Args:
        documents: what to show, usually predicted.
        title: the page's title and heading.
        gold: the same documents with gold entities, in the same order: both are then shown beside each other,
            with the kind of error at each entity that is not correct. None in place of a document without
            gold, which is then shown alone. It is asked for each document after ``documents`` is.
        lang: the language of the texts (BCP 47), unknown by default.

    Raises:
        DataError: ``gold`` and ``documents`` are not the same texts in the same order.
    """
    page = files("onoma.reports").joinpath("html")
    style = page.joinpath("prediction.css").read_text(encoding="utf-8")
    head, foot = page.joinpath("prediction.html").read_text(encoding="utf-8").split(_DOCUMENTS_PLACE)
    style_hash = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    yield Template(head).substitute(title=_escaped(title), style=style, style_hash=style_hash)
    writer = _ArticleWriter(lang)
    if gold is None:
        for document in documents:
            yield writer.single(document)
    else:
        # Wrapped, so that a document without gold is not a document that is missing.
        for predicted, reference in zip_longest(documents, ((one,) for one in gold)):
            if predicted is not None and reference == (None,):
                yield writer.single(predicted)
            else:
                yield writer.pair(*_same_text(predicted, reference and reference[0]))
    yield Template(foot).substitute(legend=writer.legend())


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


def _escaped(text: str, *, one_line: bool = True) -> str:
    """Return data safe to stand in element content and in quoted attributes."""
    return escape(visible(text, one_line=one_line), quote=True)


class _ArticleWriter:
    """Writes documents, and counts what it has written for the legend."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.num_documents = 0
        self.label_counts: Counter[str] = Counter()
        self.gold_counts: Counter[str] | None = None
        self.outcome_counts: Counter[str] = Counter()

    def single(self, document: Document) -> str:
        self.num_documents += 1
        self.label_counts.update(span.label for span in document.entities)
        return (
            f"<article>\n{_heading(document)}{self._text(document, {})}{_labels(document.labels)}</article>\n"
        )

    def pair(self, predicted: Document, gold: Document) -> str:
        self.num_documents += 1
        self.gold_counts = Counter() if self.gold_counts is None else self.gold_counts
        self.gold_counts.update(span.label for span in gold.entities)
        self.label_counts.update(span.label for span in predicted.entities)
        outcomes = find_outcomes(gold, predicted)
        self.outcome_counts += outcomes.counts
        return (
            f'<article>\n{_heading(predicted)}<div class="pair">\n'
            f"<section>\n<h3>Gold</h3>\n{self._text(gold, outcomes.gold)}"
            f"{_labels(gold.labels, predicted.labels, 'missed')}</section>\n"
            f"<section>\n<h3>Predicted</h3>\n{self._text(predicted, outcomes.predicted)}"
            f"{_labels(predicted.labels, gold.labels, 'spurious')}</section>\n"
            "</div>\n</article>\n"
        )

    def _text(self, document: Document, outcome_of: Mapping[tuple[int, int, str], str]) -> str:
        events, left_over = lay_out(document.text, document.entities)
        pieces = [f'<p class="text" dir="auto" lang="{_escaped(self.lang)}">']
        for event in events:
            if isinstance(event, str):
                pieces.append(_escaped(event, one_line=False))
            elif isinstance(event, Opening):
                pieces.append(_opening_tag(event, outcome_of.get(event.mark.span.key, CORRECT)))
            else:
                pieces.append(_closing_tag(event, outcome_of.get(event.mark.span.key, CORRECT)))
        pieces.append("</p>\n" if document.text else '</p>\n<p class="note">(empty text)</p>\n')
        if left_over:
            shown = ", ".join(f"{_escaped(span.text)} ({_escaped(_described(span))})" for span in left_over)
            pieces.append(f'<p class="note" dir="auto">Not shown in place: {shown}</p>\n')
        return "".join(pieces)

    def legend(self) -> str:
        entities = f"{self.label_counts.total()} entities"
        if self.gold_counts is not None:
            entities = f"{self.gold_counts.total()} gold and {self.label_counts.total()} predicted entities"
        lines = [f"<p>{self.num_documents} documents, {entities}</p>"]
        labels = self.label_counts.keys() | (self.gold_counts or Counter()).keys()
        if labels:
            counts = self.gold_counts or self.label_counts
            ranked = sorted(labels, key=lambda label: (-counts[label], label))
            lines += ["<ul>", *(self._legend_item(label) for label in ranked), "</ul>"]
        if self.outcome_counts:
            items = (f"<li>{outcome} {count}</li>" for outcome, count in self.outcome_counts.items())
            lines += ['<ul aria-label="Outcomes">', *items, "</ul>"]
        return "\n".join(lines)

    def _legend_item(self, label: str) -> str:
        count = f"{self.label_counts[label]}"
        if self.gold_counts is not None:
            count = f"{self.gold_counts[label]} gold, {count} predicted"
        return f'<li><mark class="l{color_slot(label)}"><bdi>{_escaped(label)}</bdi></mark> {count}</li>'


def _heading(document: Document) -> str:
    return f'<h2 dir="auto">{_escaped(document.id)}</h2>\n'


def _labels(
    labels: tuple[str, ...] | None, others: tuple[str, ...] | None = None, only_here: str = ""
) -> str:
    """Return the line of document labels; those that the other side lacks are named, if it has any."""
    if not labels:
        return ""
    wrong = set(labels) - set(others) if others is not None else set()
    shown = ", ".join(
        f"<bdi>{_escaped(label)}{f' <em>{only_here}</em>' if label in wrong else ''}</bdi>"
        for label in labels
    )
    return f'<p class="note">Document labels: {shown}</p>\n'


def _opening_tag(opening: Opening, outcome: str) -> str:
    span = opening.mark.span
    classes = f"l{color_slot(span.label)}"
    classes += " resumed" if opening.resumed else ""
    classes += " wrong" if outcome != CORRECT else ""
    return f'<mark class="{classes}" title="{_escaped(_described(span))}">'


def _closing_tag(closing: Closing, outcome: str) -> str:
    if closing.paused:
        return "</mark>"
    label = _escaped(closing.mark.span.label) + part_suffix(closing.mark)
    wrong = f" <em>{outcome}</em>" if outcome != CORRECT else ""
    return f'<bdi class="label"> {label}{wrong}</bdi></mark>'


def _described(span: Span) -> str:
    """Return an entity in words: label, score, place."""
    scored = "" if span.score is None else f", score {span.score:.3f}"
    return f"{span.label}{scored}, characters {span.start}–{span.end}"
