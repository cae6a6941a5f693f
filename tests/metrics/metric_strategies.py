"""Hypothesis strategies and short constructors for spans, tags and documents."""

from __future__ import annotations

from hypothesis import strategies as st

from onoma.metrics.spans import SpanTable, spans_from_tokens
from onoma.tags import Scheme
from onoma.text import Document, Span, document_from_sentences, sort_spans

LABELS = ("LOC", "ORG", "PER")


def any_tags(scheme: Scheme, max_length: int = 8) -> st.SearchStrategy[list[str]]:
    """Tags of the scheme in any order, mostly illegal."""
    return st.lists(st.sampled_from(scheme.tags(LABELS)), max_size=max_length)


@st.composite
def tag_pairs(draw: st.DrawFn, scheme: Scheme) -> tuple[list[list[str]], list[list[str]]]:
    """Gold and predicted tags of the same sentences, in any order."""
    lengths = draw(st.lists(st.integers(1, 8), min_size=1, max_size=5))
    tags = st.sampled_from(scheme.tags(LABELS))
    gold, predicted = (
        [draw(st.lists(tags, min_size=length, max_size=length)) for length in lengths] for _ in range(2)
    )
    return gold, predicted


@st.composite
def span_rows(draw: st.DrawFn, num_documents: int) -> list[list[tuple[int, int, str]]]:
    """Spans of each document: nested, crossing and repeated ones too."""
    span = st.builds(
        lambda start, length, label: (start, start + length, label),
        st.integers(0, 9),
        st.integers(1, 5),
        st.sampled_from(LABELS),
    )
    return [draw(st.lists(span, max_size=6)) for _ in range(num_documents)]


@st.composite
def table_pairs(draw: st.DrawFn) -> tuple[SpanTable, SpanTable]:
    """Gold and predicted spans of the same documents."""
    size = draw(st.integers(1, 3))
    return spans_from_tokens(draw(span_rows(size))), spans_from_tokens(draw(span_rows(size)))


def document(
    words: str, spans: list[tuple[int, int, str]], *, id: str = "d", labels: tuple[str, ...] | None = None
) -> Document:
    """A document of one sentence with (first token, end token, label) entities."""
    return document_from_sentences(id, [words.split(" ")], [(0, *span) for span in spans], labels)


def with_characters(
    source: Document, spans: list[tuple[int, int, str]], score: float | None = None
) -> Document:
    """The document with (start, end, label) entities in characters."""
    entities = [Span(start, end, label, source.text[start:end], score) for start, end, label in spans]
    return Document(
        source.id, source.text, source.tokens, source.sentences, sort_spans(entities), source.labels
    )
