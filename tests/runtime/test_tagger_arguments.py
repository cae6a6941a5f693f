"""What a tagger takes, and what it says of anything else."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

import onoma
from onoma import Document
from onoma.runtime.tagger import Tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A model that comes with Onoma."""
    return onoma.load("en")


def test_a_list_of_words_is_one_tokenised_sentence(tagger: Tagger) -> None:
    document = tagger(["John", "lives", "in", "St. Petersburg", "."])
    assert document.text == "John lives in St. Petersburg ."
    assert document.words == ["John", "lives", "in", "St. Petersburg", "."]
    assert document.sentences == ((0, 5),)
    assert tagger(("John", "lives")).words == ["John", "lives"]
    assert tagger([]).text == ""
    texts = [one.text for one in tagger.pipe([["John", "lives"], "Ann left.", Document("x", "Oslo")])]
    assert texts == ["John lives", "Ann left.", "Oslo"]


@pytest.mark.parametrize(
    ("given", "named"),
    [(None, "None"), (math.nan, r"nan \(float\)"), (3, r"3 \(int\)"), (b"ab", "bytes.*decode"), ({}, "dict")],
)
def test_what_is_no_text(tagger: Tagger, given, named: str) -> None:
    with pytest.raises(TypeError, match=f"not {named}"):
        tagger(given)
    with pytest.raises(TypeError, match="it is text 1"):
        list(tagger.pipe(["Ann left.", given]))
    with pytest.raises(TypeError, match="it is text 1"):
        tagger.tag(["Ann left.", given])


@pytest.mark.parametrize("word", ["", " ", "\t"])
def test_an_empty_word(tagger: Tagger, word: str) -> None:
    with pytest.raises(ValueError, match="word 1 of a sentence is empty"):
        tagger(["Ann", word])


def test_words_that_are_none(tagger: Tagger) -> None:
    with pytest.raises(TypeError, match=r"word 0 is 1 \(int\)"):
        tagger([1])
    with pytest.raises(TypeError, match="word 0 is Document"):
        tagger([Document("a", "b")])


@pytest.mark.parametrize("given", ["one text", b"one text", Document("a", "b"), None, 3])
def test_one_text_is_not_many(tagger: Tagger, given) -> None:
    with pytest.raises(TypeError, match="pipe takes a list of texts, not"):
        tagger.pipe(given)
    with pytest.raises(TypeError, match="tag takes a list of texts, not"):
        tagger.tag(given)


def test_a_wrong_text_late_in_a_stream_is_named_by_its_number(tagger: Tagger) -> None:
    def texts() -> Iterator[object]:
        yield from ["Ann left Oslo."] * 10
        yield None

    with pytest.raises(TypeError, match="it is text 10"):
        list(tagger.pipe(texts(), chunk_tokens=8))
