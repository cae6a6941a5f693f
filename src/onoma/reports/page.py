"""A standalone web page of documents with their entities marked, made as a stream.

The page needs no network and no script, and its Content-Security-Policy forbids both. Everything that comes
from data is written through `_escaped`.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import zip_longest
from string import Template

from onoma.errors import DataError
from onoma.reports.differences import Difference, compare_spans
from onoma.reports.escapes import visible
from onoma.reports.marks import Closing, Mark, Opening, lay_out, part_suffix
from onoma.reports.palette import color_slot
from onoma.text import Document, Span

_DOCUMENTS_PLACE = "<!-- documents -->\n"


def html_page(
    documents: Iterable[Document], *, title: str, gold: Iterable[Document] | None = None, lang: str = ""
) -> Iterator[str]:
    """Yield the pieces of the page; memory is bound by one document (and the set of labels).

    The legend with the counts comes at the end of the page's source, and is shown at its top.

    Args:
        documents: what to show, usually predicted.
        title: the page's title and heading.
        gold: the same documents with gold entities, in the same order: both are then shown beside each
            other, each
            entity that is not exact with its `Difference`.
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
        for predicted, reference in zip_longest(documents, gold):
            yield writer.pair(*_same_text(predicted, reference))
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
        self.differences: Counter[Difference] = Counter()

    def single(self, document: Document) -> str:
        self.num_documents += 1
        self.label_counts.update(span.label for span in document.entities)
        return f"<article>\n{_heading(document)}{self._text(document)}</article>\n"

    def pair(self, predicted: Document, gold: Document) -> str:
        self.num_documents += 1
        self.gold_counts = Counter() if self.gold_counts is None else self.gold_counts
        self.gold_counts.update(span.label for span in gold.entities)
        self.label_counts.update(span.label for span in predicted.entities)
        in_gold, in_predicted = compare_spans(gold.entities, predicted.entities)
        # Gold entities and what was predicted besides: each difference once where its gold entity stands.
        self.differences.update(in_gold)
        self.differences.update(kind for kind in in_predicted if kind is Difference.SPURIOUS)
        return (
            f'<article>\n{_heading(predicted)}<div class="pair">\n'
            f"<section>\n<h3>Gold</h3>\n{self._text(gold, in_gold)}</section>\n"
            f"<section>\n<h3>Predicted</h3>\n{self._text(predicted, in_predicted)}</section>\n"
            "</div>\n</article>\n"
        )

    def _text(self, document: Document, kinds: Sequence[Difference] = ()) -> str:
        kind_of = {id(span): kind for span, kind in zip(document.entities, kinds, strict=False)}
        events, left_over = lay_out(document.text, document.entities)
        pieces = [f'<p class="text" dir="auto" lang="{_escaped(self.lang)}">']
        for event in events:
            if isinstance(event, str):
                pieces.append(_escaped(event, one_line=False))
            elif isinstance(event, Opening):
                pieces.append(_opening_tag(event, kind_of.get(id(event.mark.span), Difference.EXACT)))
            else:
                pieces.append(_closing_tag(event, kind_of.get(id(event.mark.span), Difference.EXACT)))
        pieces.append("</p>\n" if document.text else '</p>\n<p class="note">(empty text)</p>\n')
        if left_over:
            shown = ", ".join(f"{_escaped(span.text)} ({_escaped(_described(span))})" for span in left_over)
            pieces.append(f'<p class="note" dir="auto">Not shown in place: {shown}</p>\n')
        if document.labels:
            shown = ", ".join(f"<bdi>{_escaped(label)}</bdi>" for label in document.labels)
            pieces.append(f'<p class="note">Document labels: {shown}</p>\n')
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
        if self.differences:
            kinds = [kind for kind in Difference if self.differences[kind]]
            items = (f"<li>{kind} {self.differences[kind]}</li>" for kind in kinds)
            lines += ['<ul aria-label="Differences">', *items, "</ul>"]
        return "\n".join(lines)

    def _legend_item(self, label: str) -> str:
        count = f"{self.label_counts[label]}"
        if self.gold_counts is not None:
            count = f"{self.gold_counts[label]} gold, {count} predicted"
        return f'<li><mark class="l{color_slot(label)}"><bdi>{_escaped(label)}</bdi></mark> {count}</li>'


def _heading(document: Document) -> str:
    return f'<h2 dir="auto">{_escaped(document.id)}</h2>\n'


def _opening_tag(opening: Opening, kind: Difference) -> str:
    span = opening.mark.span
    classes = f"l{color_slot(span.label)}"
    classes += " resumed" if opening.resumed else ""
    classes += " different" if kind is not Difference.EXACT else ""
    return f'<mark class="{classes}" title="{_escaped(_described(span))}">'


def _closing_tag(closing: Closing, kind: Difference) -> str:
    if closing.paused:
        return "</mark>"
    different = f" <em>{kind}</em>" if kind is not Difference.EXACT else ""
    return f'<bdi class="label"> {_shown_label(closing.mark)}{different}</bdi></mark>'


def _shown_label(mark: Mark) -> str:
    return _escaped(mark.span.label) + part_suffix(mark)


def _described(span: Span) -> str:
    """Return an entity in words: label, score, place."""
    scored = "" if span.score is None else f", score {span.score:.3f}"
    return f"{span.label}{scored}, characters {span.start}–{span.end}"
