import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.text import Document, Ledger, Link, Relation, Span, Token, document_from_sentences


def test_document_from_sentences_keeps_tokens_and_joins_them() -> None:
    document = document_from_sentences("d", [["EU", "rejects"], ["in", "New", "York"]], [(1, 1, 3, "LOC")])
    assert document.text == "EU rejects\nin New York"
    assert [document.text[token.start : token.end] for token in document.tokens] == document.words
    assert document.sentences == ((0, 2), (2, 5))
    assert document.entities[0].text == "New York"


def test_relations_and_links_go_with_their_entities() -> None:
    one, two, three = (Span(at, at + 1, "X", char, id=char) for at, char in enumerate("abc"))
    relations = (Relation("R", "a", "b"), Relation("R", "c", "a"))
    links = (Link("b", "Q1"), Link("c", "Q2"))
    document = Document("d", "abc", entities=(one, two, three), relations=relations, links=links)
    left = document.with_entities([three, one])
    assert left.entities == (one, three)
    assert (left.relations, left.links) == (relations[1:], links[1:])
    assert document.with_entities([one._replace(id=None)]).relations == ()


counts = st.dictionaries(st.sampled_from("abc"), st.integers(1, 9))


@given(st.integers(0, 50), counts, counts, counts, counts)
def test_ledger_balances_exactly_when_every_entity_has_a_fate(
    kept, adjusted, dropped, flattened, unreachable
) -> None:
    read = kept + sum(sum(part.values()) for part in (adjusted, dropped, flattened, unreachable))
    ledger = Ledger(read, kept, adjusted, dropped, flattened, unreachable)
    assert ledger.balanced
    assert (ledger + ledger).balanced
    assert (ledger + ledger).read == 2 * read
    assert not Ledger(read + 1, kept, adjusted, dropped, flattened, unreachable).balanced
    assert str(read) in str(ledger)


def test_documents_go_through_plain_values() -> None:
    spans = (
        Span(0, 3, "PER", "Ann", 0.5, (), "T1"),
        Span(9, 13, "LOC", "Oslo", None, ((9, 10), (12, 13)), "T2"),
    )
    tokens = (Token("Ann", 0, 3), Token("left", 4, 8), Token("Oslo", 9, 13))
    document = Document(
        "d", "Ann left Oslo", tokens, ((0, 3),), spans, ("news",),
        (Relation("LEFT", "T1", "T2"),), (Link("T2", "Wikidata:Q585", "Oslo"),),
    )  # fmt: skip
    values = json.loads(json.dumps(document.to_dict()))
    assert Document.from_dict(values) == document
    assert Document.from_dict({"text": "a"}) == Document("", "a")
    with pytest.raises(ValueError, match="0-9 is not within"):
        Document.from_dict({"text": "a", "entities": [{"start": 0, "end": 9, "label": "X"}]})


def test_documents_show_themselves() -> None:
    document = Document("d", "<b> left", entities=(Span(0, 3, "P&R", "<b>"),))
    assert repr(document) == "<Document 'd' '<b> left': '<b>' P&R>"
    page = document._repr_html_()
    assert "&lt;b&gt;<bdi> <sub>P&amp;R</sub></bdi></mark> left</div>" in page
    assert "<b>" not in page
