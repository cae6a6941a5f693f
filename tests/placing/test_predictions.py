"""Predicted documents beside gold: which is which, what is moved, and what is told about it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.placing.documents import match_documents
from onoma.placing.predictions import CUT, place_predictions
from onoma.text import Document, Span
from onoma.tokenize import tokenize_document

TEXTS = (
    "Ann left Oslo.",
    "Ann left Oslo .",
    "Bo came.",
    "Bo  came.",
    "Nobody knows why.",
    "",
    "Ann left Rome.",
)


def make(id: str, text: str, *surfaces: str, score: float | None = None) -> Document:
    starts = [(text.index(one), one) for one in surfaces]
    spans = [Span(start, start + len(one), "PER", one, score) for start, one in starts]
    return tokenize_document(Document(id, text)).with_entities(spans)


def place(gold, predicted, **options):
    return place_predictions(gold, predicted, **options)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(TEXTS)), max_size=8),
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(TEXTS)), max_size=8),
)
def test_each_document_is_matched_once_at_most_and_none_vanishes(one, other) -> None:
    gold, predicted = ([Document(*pair) for pair in side] for side in (one, other))
    found = match_documents(gold, predicted)
    partners = [partner for partner in found.partners if partner is not None]
    assert sorted([*partners, *found.extra]) == list(range(len(predicted)))
    assert found.ways.total() == len(partners)
    assert len(found.missing) + len(partners) == len(gold)
    # Nothing is left over on both sides that has the same text.
    left = {"".join(predicted[index].text.split()) for index in found.extra}
    assert not left & {"".join(gold[index].text.split()) for index in found.missing}


@given(
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=8).flatmap(
        lambda texts: st.tuples(st.just(texts), st.permutations(range(len(texts))))
    )
)
def test_any_order_is_found_by_id(drawn) -> None:
    texts, order = drawn
    gold = [Document(str(index), text) for index, text in enumerate(texts)]
    found = match_documents(gold, [gold[index] for index in order])
    assert [order[partner] for partner in found.partners] == list(range(len(texts)))
    assert dict(found.ways) == {"id": len(texts)}


def test_numbers_as_ids_do_not_mislead() -> None:
    gold = [make("1", "Ann left."), make("2", "Bo came."), make("3", "Cy slept.")]
    predicted = [make("1", "Bo came.", "Bo"), make("2", "Cy slept.", "Cy")]  # the first is not there
    placed = place(gold, predicted)
    assert [[span.text for span in one.entities] for one in placed.documents] == [[], ["Bo"], ["Cy"]]
    assert placed.account.missing == ["1"]
    assert placed.account.ways == {"text": 2}
    assert "no prediction for 1 of 3 documents" in next(placed.account.lines())


def test_spaces_and_characters_are_aligned_and_counted() -> None:
    gold = [make("a", "Ann's dog (Rex) left."), make("b", "It is “Bo” who came.")]
    predicted = [
        make("x", "Ann 's dog ( Rex ) left .", "Rex", "Ann"),
        make("b", "It is `` Bo '' who came .", "Bo"),
    ]
    placed = place(gold, predicted)
    spans = [[(span.start, span.text) for span in one.entities] for one in placed.documents]
    assert spans == [[(0, "Ann"), (11, "Rex")], [(7, "Bo")]]
    account = placed.account
    assert (account.respaced, account.altered, account.altered_characters) == (1, 1, 6)
    assert (account.entities, account.moved, account.unplaced) == (3, 2, 0)


def test_a_prediction_without_a_place_stays_one() -> None:
    gold = [make("a", "Ann left Oslo early this morning.")]
    placed = place(gold, [make("a", "Sent by Bo: Ann left Oslo early this morning.", "Bo", "Ann")])
    assert [span.text for span in placed.documents[0].entities] == ["Ann"]
    assert placed.unplaced == (1,)
    assert (placed.account.entities, placed.account.unplaced) == (2, 1)


def test_gold_that_is_not_there_is_refused_or_told() -> None:
    gold = [make("a", "Ann left."), make("b", "Bo came.")]
    predicted = [make("a", "Ann left."), make("c", "Nobody asked for this one.")]
    with pytest.raises(DataError, match=r"1 documents that gold does not have: c; .*--allow-extra"):
        place(gold, predicted)
    placed = place(gold, predicted, allow_extra=True)
    assert (placed.account.missing, placed.account.extra) == (["b"], ["c"])
    with pytest.raises(DataError, match="none of its 1 documents is in gold"):
        place(gold, predicted[1:], allow_extra=True)


def test_sentences_beside_articles() -> None:
    gold = [make("a", "Ann left. Bo came."), make("b", "Cy slept. Di woke.")]
    sentences = [
        make(str(i), text, name)
        for i, (text, name) in enumerate(
            [("Ann left.", "Ann"), ("Bo came .", "Bo"), ("Cy slept.", "Cy"), ("Di woke.", "Di")]
        )
    ]
    placed = place(gold, sentences)
    assert [[(one.start, one.text) for one in document.entities] for document in placed.documents] == [
        [(0, "Ann"), (10, "Bo")],
        [(0, "Cy"), (10, "Di")],
    ]
    assert placed.account.ways == {CUT: 2}
    # The other way round one entity is over an edge: it is lost to all, and counted.
    whole = Document("w", "Ann left. Bo came. Cy slept. Di woke.").with_entities(
        [Span(0, 3, "PER", "Ann"), Span(15, 21, "PER", "me. Cy")]
    )
    placed = place(gold, [whole])
    assert (placed.lost, placed.account.unplaced, placed.account.entities) == (1, 1, 2)


def test_scores_that_are_no_probabilities_are_left_out() -> None:
    gold = [make("a", "Ann left.")]
    placed = place(gold, [make("a", "Ann left.", "Ann", score=87.0)])
    assert placed.documents[0].entities[0].score is None
    assert placed.account.unscored == 1


def test_off_tokens_and_repeated_ones_are_counted() -> None:
    gold = [make("a", "Ann left.")]
    twice = [Span(0, 3, "PER", "Ann", id="1"), Span(0, 3, "PER", "Ann", id="2"), Span(0, 2, "PER", "An")]
    placed = place(gold, [Document("a", "Ann left.").with_entities(twice)])
    assert (placed.account.repeated, placed.account.off_tokens) == (1, 1)
    assert len(placed.documents[0].entities) == 2


def test_a_text_in_another_normal_form_is_matched_by_id_and_without() -> None:
    gold = [make("a", "Николай Чайковский дома.", "Чайковский"), make("b", "Zoë left.", "Zoë")]
    texts = [unicodedata.normalize("NFD", one.text) for one in gold]
    predicted = [
        make("a", texts[0], unicodedata.normalize("NFD", "Чайковский")),
        make("other", texts[1], unicodedata.normalize("NFD", "Zoë")),
    ]
    placed = place(gold, predicted)
    assert [one.entities for one in placed.documents] == [one.entities for one in gold]
    assert (placed.account.respaced, placed.account.altered, placed.account.extra) == (2, 0, [])
