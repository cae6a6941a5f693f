"""Documents to show, made by hand and by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from onoma.text import Document, Span, sort_spans


def document(text: str, *entities: tuple[int, int, str], id: str = "d") -> Document:
    return Document(id, text, entities=sort_spans(Span(a, b, label, text[a:b]) for a, b, label in entities))


LABELS = st.sampled_from(["PER", "LOC", "ORG", "<script>alert(1)</script>", "\x1b[31m", '"&'])


@st.composite
def documents(draw: st.DrawFn, max_spans: int = 12) -> Document:
    """Any text with any spans in it: nested, crossing, equal, discontinuous."""
    # Surrogates too: they come from broken JSON escapes.
    text = draw(
        st.text(alphabet=st.one_of(st.characters(), st.sampled_from("ab <>&\x1b\n\u202e\ud800")), min_size=1)
    )
    places = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(lambda p: p[0] < p[1])
    spans = []
    for fragments in draw(st.lists(st.lists(places, min_size=1, max_size=2), max_size=max_spans)):
        start, end = min(a for a, _ in fragments), max(b for _, b in fragments)
        score = draw(st.none() | st.floats(0, 1))
        parts = tuple(sorted(fragments)) if len(fragments) > 1 else ()
        spans.append(Span(start, end, draw(LABELS), text[start:end], score, parts))
    return Document("d", text, entities=sort_spans(spans))
