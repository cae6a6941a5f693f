import copy
import json
import pickle
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.text import Document, Ledger, Link, Relation, Span, Token, Tokens, document_from_sentences


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


LINE = Tokens(["Ann", "left", "Oslo"], [0, 4, 9])


def lean() -> Document:
    return Document("d", "Ann left Oslo").with_tokens(LINE, ((0, 3),))


def test_tokens_in_columns_are_the_tokens() -> None:
    plain = [Token("Ann", 0, 3), Token("left", 4, 8), Token("Oslo", 9, 13)]
    assert list(LINE) == plain
    assert all(type(token) is Token for token in LINE)
    assert [LINE[index] for index in (0, 1, -1)] == plain
    assert list(LINE[1:]) == plain[1:]
    assert list(reversed(LINE)) == plain[::-1]
    assert list(Tokens.of(plain)) == plain
    assert Tokens.of(LINE) is LINE
    with pytest.raises(IndexError):
        LINE[3]


USES = {
    "==": lambda one: one == replace(one),
    "hash": hash,
    "tokens": lambda one: one.tokens,
    "words": lambda one: one.words,
    "num_tokens": lambda one: one.num_tokens,
    "sentence_words": lambda one: list(one.sentence_words()),
    "to_dict": lambda one: one.to_dict(),
    "replace": lambda one: replace(one, id="e"),
    "with_entities": lambda one: one.with_entities([one.span_of_tokens(2, 3, "LOC", 0.5)]),
    "with_predicted": lambda one: one.with_predicted([one.span_of_tokens(0, 3, "X")]),
    "pickle": lambda one: pickle.loads(pickle.dumps(one)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "repr": repr,
}


@pytest.mark.parametrize("use", USES)
def test_a_document_with_columns_is_as_any_other(use) -> None:
    plain = Document("d", "Ann left Oslo", tuple(LINE), ((0, 3),))
    document = lean()
    if use != "tokens":
        assert USES[use](document) == USES[use](plain)
    assert document.tokens == plain.tokens
    assert type(document.tokens) is tuple
    assert document.tokens is document.tokens
    assert USES[use](document) == USES[use](plain)


def test_a_document_with_columns_is_as_immutable() -> None:
    document = lean()
    document.words.append("more")
    assert document.words == ["Ann", "left", "Oslo"]
    for name, value in (("tokens", ()), ("_columns", None), ("text", "")):
        with pytest.raises((FrozenInstanceError, TypeError)):
            setattr(document, name, value)
    with pytest.raises(AttributeError, match="no attribute 'token'"):
        _ = document.token


def test_tokens_are_made_only_when_single_ones_are_wanted() -> None:
    document = lean()
    _ = document.words, document.num_tokens, document.to_dict(), list(document.sentence_words())
    tagged = document.with_predicted([document.span_of_tokens(0, 1, "PER")])
    slot = vars(Document)["tokens"]
    for one in (document, tagged):
        with pytest.raises(AttributeError):
            slot.__get__(one)
        assert slot.__get__(one) if one.tokens else None


def test_new_tokens_leave_relations_and_links_alone() -> None:
    document = Document("d", "Ann", relations=(Relation("R", "a", "b"),), links=(Link("a", "Q1"),))
    tagged = document.with_tokens(Tokens(["Ann"], [0]), ((0, 1),))
    assert (tagged.relations, tagged.links) == (document.relations, document.links)


def test_a_span_is_moved_with_its_fragments() -> None:
    span = Span(2, 9, "LOC", "a bc de", 0.5, ((2, 3), (7, 9)), "T1")
    assert span.moved(3) == Span(5, 12, "LOC", "a bc de", 0.5, ((5, 6), (10, 12)), "T1")
    assert span.moved(3).moved(-3) == span
