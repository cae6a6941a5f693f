"""The picture of tagged text: well-formed whatever the text, nothing left out, nothing beyond its edge."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from onoma.reports.escapes import visible
from onoma.reports.picture import picture
from onoma.text import Document, Span

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            ["<script>", "]]>", "&amp;", '"', "\ufffe\uffff", "\x00\x1b", "\n", " ", "日本", "e\u0301"]
        ),
        st.text(max_size=30),
    ),
    max_size=8,
).map("".join)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(HOSTILE)
    spans = []
    for _ in range(draw(st.integers(0, 4)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        spans.append(Span(start, end, draw(st.sampled_from(["PER", "<b>", "\x00"])), text[start:end]))
    return Document("d", text, entities=tuple(spans))


def parsed(documents: list[Document], columns: int = 84) -> ElementTree.Element:
    return ElementTree.fromstring(picture(documents, columns).encode())


def words(root: ElementTree.Element) -> str:
    return "".join(one.text or "" for one in root.iter(f"{SVG}text") if one.get("class") == "word")


@given(document=documents(), columns=st.integers(5, 60))
def test_any_text_is_well_formed_and_whole(document: Document, columns: int) -> None:
    root = parsed([document], columns)
    assert {one.tag for one in root.iter()} <= {f"{SVG}{name}" for name in ("svg", "style", "rect", "text")}
    shown = visible(document.text)
    # XML has one kind of line end, and words carry no white space.
    assert re.sub(r"\s", "", words(root)) == re.sub(r"\s", "", shown).replace("\t", "")
    width = float(root.get("width", 0))
    for one in root.iter(f"{SVG}text"):
        assert float(one.get("x", 0)) + float(one.get("textLength", 0)) <= width
    labels = [one.text for one in root.iter(f"{SVG}text") if one.get("class") == "label"]
    assert len(labels) == len(document.entities)


def test_marks_nest_and_go_on_in_the_next_line() -> None:
    text = "University of New York"
    inner, outer = Span(14, 22, "LOC", "New York"), Span(0, 22, "ORG", text)
    document = Document("d", text, entities=(outer, inner))
    marks = [one for one in parsed([document]).iter(f"{SVG}rect") if one.get("class") != "ground"]
    assert len(marks) == 2
    wide, narrow = sorted(marks, key=lambda one: -float(one.get("width", 0)))
    assert float(narrow.get("height", 0)) < float(wide.get("height", 0))
    assert float(wide.get("x", 0)) < float(narrow.get("x", 0))
    broken = [one for one in parsed([document], 16).iter(f"{SVG}rect") if one.get("class") != "ground"]
    assert len(broken) > 2
    assert len({one.get("y") for one in broken}) > 1
