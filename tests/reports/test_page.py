from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from reports_documents import document, documents

from onoma.errors import DataError
from onoma.metrics.report import evaluate
from onoma.reports.escapes import visible
from onoma.reports.page import html_page
from onoma.text import Document, Span

VOID = {"meta"}
ATTACK = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Checks that tags balance; collects tags, attributes, and the texts of documents without labels."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.deepest = 0
        self.style = ""
        self.feed(html)
        self.close()
        assert not self.stack, self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        css_class = dict(attrs).get("class") or ""
        if css_class == "text":
            self.texts.append("")
        if tag not in VOID:
            self.stack.append((tag, css_class))
        self.deepest = max(self.deepest, sum(tag == "mark" for tag, _ in self.stack))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.stack.pop()
        assert opened == tag, (opened, tag)

    def handle_data(self, data: str) -> None:
        classes = [css_class for _, css_class in self.stack]
        if "text" in classes and "label" not in classes:
            self.texts[-1] += data
        if self.stack and self.stack[-1][0] == "style":
            self.style += data


def page(*docs: Document, title: str = "T", gold: list[Document | None] | None = None) -> tuple[str, Page]:
    html = "".join(html_page(docs, title=title, gold=gold))
    return html, Page(html)


def test_a_page_stands_alone():
    html, parsed = page(document("New York is big", (0, 8, "LOC")))
    assert html.startswith("<!doctype html>")
    assert '<html lang="en">' in html
    assert not {"script", "link", "img", "iframe"} & set(parsed.tags)
    assert not {"src", "href", "style"} & {name for name, _ in parsed.attributes}
    assert "url(" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in parsed.style
    assert "@media print" in parsed.style
    assert 'name="viewport"' in html


def test_policy_allows_exactly_the_style_that_is_there():
    html, parsed = page(document("a"))
    digest = b64encode(sha256(parsed.style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}';" in html


def test_markup_in_data_stays_text():
    text = f"x {ATTACK} y"
    doc = Document(
        f'"{ATTACK}',
        text,
        entities=(Span(2, 2 + len(ATTACK), f'{ATTACK}" onclick="', ATTACK, 0.5),),
        labels=(ATTACK,),
    )
    unplaced = replace(doc, entities=(Span(50, 99, ATTACK, ATTACK),))
    html, parsed = page(doc, unplaced, title=f"</title>{ATTACK}", gold=[doc, unplaced])
    assert "script" not in parsed.tags
    assert not any(name.startswith("on") for name, _ in parsed.attributes)
    assert ATTACK not in html
    assert parsed.texts[0] == text


def test_nested_marks_scores_and_labels():
    doc = Document(
        "d", "Bank of England", entities=(Span(0, 15, "ORG", "", 0.9), Span(8, 15, "LOC", "", 0.25))
    )
    html, parsed = page(doc)
    assert parsed.deepest == 2
    titles = [value for name, value in parsed.attributes if name == "title"]
    assert titles == ["ORG, score 0.900, characters 0–15", "LOC, score 0.250, characters 8–15"]
    assert 'England<bdi class="label"> LOC</bdi></mark><bdi class="label"> ORG</bdi></mark>' in html


def test_crossing_marks_are_split():
    html, parsed = page(document("New York City", (0, 8, "LOC"), (4, 13, "MISC")))
    assert parsed.texts == ["New York City"]
    assert html.count("> MISC</bdi>") == 1
    assert "resumed" in html


def test_right_to_left_text_sets_its_own_direction():
    html, _ = page(document("زار محمد مدينة New York", (4, 8, "PER")))
    assert '<p class="text" dir="auto" lang="">' in html
    assert '<bdi class="label"> PER</bdi>' in html


def test_no_documents_no_entities_no_text():
    html, _ = page()
    assert "0 documents, 0 entities" in html
    html, parsed = page(document("plain"), document(""))
    assert "mark" not in parsed.tags
    assert "(empty text)" in html


def test_legend_counts_labels():
    html, _ = page(document("a b", (0, 1, "PER"), (2, 3, "PER")), document("c", (0, 1, "LOC")))
    assert "2 documents, 3 entities" in html
    assert re.search(r"<bdi>PER</bdi></mark> 2</li>\n<li>.*<bdi>LOC</bdi></mark> 1</li>", html)


def test_documents_are_drawn_one_by_one():
    drawn = []

    def stream() -> Iterator[Document]:
        for index in range(3):
            drawn.append(index)
            yield document("a", id=str(index))

    pieces = html_page(stream(), title="T")
    next(pieces)
    assert drawn == []
    assert "<article>" in next(pieces)
    assert drawn == [0]


def test_a_huge_document():
    words = 20_000
    doc = document("word " * words, *((5 * i, 5 * i + 4, "PER") for i in range(0, words, 2)))
    html, parsed = page(doc)
    assert parsed.tags.count("mark") == words // 2 + 1
    assert parsed.texts == [doc.text]
    assert f"<bdi>PER</bdi></mark> {words // 2}</li>" in html


def test_gold_beside_predicted_names_the_kind_of_error():
    text = "Ann met Bob in New York City at Sun Inc today"
    gold = document(text, (0, 3, "PER"), (8, 11, "PER"), (15, 28, "LOC"), (32, 39, "ORG"))
    predicted = document(text, (0, 3, "PER"), (8, 11, "ORG"), (15, 23, "LOC"), (40, 45, "DATE"))
    html, parsed = page(predicted, gold=[gold])
    assert parsed.texts == [text, text]
    for kind in ("wrong label", "wrong boundary"):
        assert html.count(f"<em>{kind}</em>") == 2
    for kind in ("missed", "spurious"):
        assert html.count(f"<em>{kind}</em>") == 1
    assert "<em>correct</em>" not in html
    # The page and the score table of the same documents never disagree.
    for name, count in evaluate([gold], [predicted]).errors.as_dict().items():
        assert (f"<li>{name.replace('_', ' ')} {count}</li>" in html) == (count > 0)


def test_a_document_without_gold_stands_alone():
    ann, bob = document("Ann", (0, 3, "PER")), document("Bob", (0, 3, "PER"), id="b")
    html, parsed = page(ann, bob, gold=[None, document("Bob", id="b")])
    assert parsed.texts == ["Ann", "Bob", "Bob"]
    assert html.count("<h3>Gold</h3>") == 1
    assert html.count("<em>spurious</em>") == 1
    assert "<p>2 documents, 0 gold and 2 predicted entities</p>" in html


def test_gold_may_come_only_as_it_is_shown():
    waiting: list[Document] = []

    def predicted() -> Iterator[Document]:
        for number in range(3):
            waiting.append(document("Ann", id=str(number)))
            yield document("Ann", (0, 3, "PER"), id=str(number))

    def gold() -> Iterator[Document]:
        while waiting:
            yield waiting.pop(0)

    html = "".join(html_page(predicted(), title="T", gold=gold()))
    assert html.count("<h3>Gold</h3>") == 3


def test_document_labels_beside_each_other():
    gold = replace(document("x"), labels=("a", ATTACK))
    html, _ = page(replace(document("x"), labels=("a", "b")), gold=[gold])
    assert "Document labels: <bdi>a</bdi>, <bdi>b <em>spurious</em></bdi>" in html
    assert f"<bdi>{escape(ATTACK)} <em>missed</em></bdi>" in html
    assert ATTACK not in html
    # A model that gives no document labels misses none.
    html, _ = page(document("x"), gold=[gold])
    assert "missed" not in html


@pytest.mark.parametrize(
    ("predicted", "gold", "said"),
    [
        ([document("a")], [document("b")], "text differ"),
        ([document("a")], [], "only predicted"),
        ([], [document("a")], "only in gold"),
    ],
)
def test_gold_must_be_the_same_documents(predicted: list[Document], gold: list[Document], said: str):
    with pytest.raises(DataError, match=said):
        list(html_page(predicted, title="T", gold=gold))


@given(documents())
def test_tags_balance_and_text_survives(doc: Document):
    html, parsed = page(doc, title=doc.text, gold=[doc])
    html.encode("utf-8")
    assert "script" not in parsed.tags
    assert parsed.texts == ["".join(visible(c) for c in doc.text)] * 2 or "\r\n" in doc.text
