"""Documents in a file without a name are those that went in."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import OutputError
from onoma.features.growing import Growing
from onoma.files import nameless
from onoma.text import Document, Link, Relation, Span, Token, document_from_sentences, sort_spans
from onoma.text.stored import StoredDocuments, hold_documents, store_documents, take_documents

_CHARACTERS = st.characters(codec=None)  # lone surrogates too, which texts may hold
_WORDS = st.text(_CHARACTERS.filter(lambda one: not one.isspace()), min_size=1, max_size=5)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    sentences = draw(st.lists(st.lists(_WORDS, min_size=1, max_size=4), max_size=3))
    document = document_from_sentences(
        draw(_WORDS), sentences, labels=draw(st.sampled_from([None, (), ("a",)]))
    )
    text = document.text
    spans = [
        Span(start, end, draw(_WORDS), text[start:end], draw(st.sampled_from([None, 0.25])), (), str(number))
        for number, (start, end) in enumerate(
            draw(st.lists(st.sampled_from([(0, 1), (0, 2), (1, 2)]), max_size=3))
        )
        if end <= len(text)
    ]
    relations = (Relation("R", "0", "0"),) if spans else ()
    links = (Link("0", "Q1", "é"),) if spans else ()
    made = document.with_entities(sort_spans(spans))
    return copy.replace(made, relations=relations, links=links) if hasattr(copy, "replace") else made


@given(st.lists(documents(), max_size=4))
def test_what_is_stored_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, given: list[Document]
) -> None:
    stored = store_documents(iter(given), tmp_path_factory.getbasetemp())
    assert list(stored) == given
    assert [stored[index] for index in range(-len(given), 0)] == given
    assert list(stored[1:]) == given[1:]


def test_tokens_one_by_one_are_stored_too(tmp_path: Path) -> None:
    document = Document("d", "a b", (Token("a", 0, 1), Token("b", 2, 3)), ((0, 2),), (Span(0, 1, "X", "a"),))
    (found,) = store_documents([document], tmp_path)
    assert found == document
    assert found.words == ["a", "b"]


def test_documents_go_to_the_disk_when_they_are_too_many(tmp_path: Path) -> None:
    given = [document_from_sentences(str(number), [["a"] * 100]) for number in range(20)]
    held = hold_documents(iter(given), 1 << 20, tmp_path)
    assert isinstance(held, tuple)
    assert isinstance(hold_documents(iter(given), 0, None), tuple)  # nowhere to go
    stored = hold_documents(iter(given), 100_000, tmp_path)
    assert isinstance(stored, StoredDocuments)
    assert list(held) == list(stored) == given
    assert list(take_documents(stored, [3, 1])) == list(take_documents(held, [3, 1])) == [given[3], given[1]]
    assert list(tmp_path.iterdir()) == []  # the file has no name


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
@pytest.mark.parametrize("buffering", [0, 1 << 16])
def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buffering: int) -> None:
    def full(**how: Any) -> Any:
        return Path("/dev/full").open("rb+", buffering=buffering)

    def grow() -> None:
        growing = Growing(np.int32, tmp_path)
        growing.add([1])
        growing.whole()

    monkeypatch.setattr(nameless.tempfile, "TemporaryFile", full)
    given = [document_from_sentences("d", [["a"] * 100])]
    with pytest.raises(OutputError, match="No space left"):
        store_documents(given, tmp_path)
    with pytest.raises(OutputError, match="cannot write"):
        hold_documents(given, 0, tmp_path)
    with pytest.raises(OutputError, match="No space left"):
        grow()
