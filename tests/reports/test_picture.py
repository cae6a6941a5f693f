"""The picture of tagged text: well-formed whatever the text, nothing left out, nothing beyond its edge."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.reports.cells import cells_of
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


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("ab", 2),
        ("e\u0301", 1),
        ("東京", 4),
        ("ｶﾞ", 2),
        ("ที่นี่", 2),
        ("हिन्दी", 5),  # vowel signs that stand beside their letter take room
        ("a\u200db\u200c", 2),
        ("👨\u200d👩\u200d👧", 2),
        ("👍🏽", 2),
        ("☀", 1),
        ("☀\ufe0f", 2),
        ("🇩🇪🇫🇷", 4),
        ("\u1112\u1161\u11ab", 2),
    ],
)
def test_cells_are_those_that_are_seen(text: str, cells: int) -> None:
    assert cells_of(text) == cells


def seen(text: str, *entities: str) -> list[str]:
    """Return what stands in the picture's only line, from left to right."""
    spans = [Span(text.index(one), text.index(one) + len(one), "LOC", one) for one in entities]
    root = parsed([Document("d", text, entities=tuple(spans))])
    pieces = sorted(root.iter(f"{SVG}text"), key=lambda one: float(one.get("x", 0)))
    ends = [(float(one.get("x", 0)), float(one.get("textLength", 0))) for one in pieces]
    assert all(x + width <= next_x + 0.2 for (x, width), (next_x, _) in pairwise(ends))
    assert len({one.get("y") for one in pieces}) == 1
    return [one.text or "" for one in pieces]


def test_right_to_left_paragraphs_are_laid_out_from_the_right() -> None:
    assert seen("אני גר בתל אביב.", "תל אביב") == [".", "LOC", "אביב", "תל", "ב", "גר", "אני"]
    assert seen("זה New York City 5 בלילה", "New York") == ["בלילה", "5", "City", "LOC", "New", "York", "זה"]
    assert seen("a שלום 5 עולם b") == ["a", "עולם", "5", "שלום", "b"]
    root = parsed([Document("d", "مرحبا\nhello", entities=(Span(0, 5, "X", "مرحبا"),))])
    by_text = {one.text: one for one in root.iter(f"{SVG}text")}
    assert by_text["مرحبا"].get("direction") == "rtl"
    assert by_text["hello"].get("direction") is None
    (mark,) = [one for one in root.iter(f"{SVG}rect") if one.get("class") != "ground"]
    left, width = float(mark.get("x", 0)), float(mark.get("width", 0))
    assert left < float(by_text["X"].get("x", 0)) < float(by_text["مرحبا"].get("x", 0)) < left + width
