from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape

import pytest
from hypothesis import given
from parsed_pages import Parsed
from reports_documents import document, documents

from onoma.errors import DataError
from onoma.metrics.report import evaluate
from onoma.reports.escapes import visible
from onoma.reports.pages import prediction
from onoma.text import Document, Span

ATTACK = "<script>alert(1)</script>"


def page(*docs: Document, title: str = "T", gold: list[Document | None] | None = None) -> tuple[str, Parsed]:
    html = prediction.PAGE.render(docs, title=title, gold=gold)
    return html, Parsed(html)


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
    assert '<p class="marked" dir="auto">' in html
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

    pieces = prediction.PAGE.pieces(stream(), title="T")
    assert drawn == []
    read = ""
    while "</article>" not in read:
        read += next(pieces)
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

    html = "".join(prediction.PAGE.pieces(predicted(), title="T", gold=gold()))
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
        list(prediction.PAGE.pieces(predicted, title="T", gold=gold))


@given(documents())
def test_tags_balance_and_text_survives(doc: Document):
    html, parsed = page(doc, title=doc.text, gold=[doc])
    html.encode("utf-8")
    assert "script" not in parsed.tags
    assert parsed.texts == ["".join(visible(c) for c in doc.text)] * 2 or "\r\n" in doc.text
