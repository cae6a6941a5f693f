"""What was written as GLiNER, CLUENER, spaCy's tuples or Doc.to_json is read again as it was."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.readers import ReadLog, ReadOptions, read_documents, write_documents
from onoma.text import Document, Link, Span, Token, sort_spans

ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.text(st.sampled_from('ab \n\t\r😀ж\u2028\x85\xa0;:\\"') | ANY, max_size=20)
WORD = st.text(st.characters(exclude_categories=["Cs", "Z", "C"]), min_size=1, max_size=4)
GAPS = st.sampled_from(["", " ", "  ", "\n", " \n ", "\t"])


def spans_at(draw: st.DrawFn, text: str, starts: list[int], ends: list[int]) -> tuple[Span, ...]:
    found = {}
    for _ in range(draw(st.integers(0, 4)) if starts else 0):
        first, last = sorted(draw(st.integers(0, len(starts) - 1)) for _ in range(2))
        label = draw(WORD)
        found[starts[first], ends[last], label] = Span(
            starts[first], ends[last], label, text[starts[first] : ends[last]]
        )
    return sort_spans(found.values())


@st.composite
def texts(draw: st.DrawFn, id: str) -> Document:
    text = draw(TEXT)
    solid = [index for index, char in enumerate(text) if not char.isspace()]
    spans = spans_at(draw, text, solid, [index + 1 for index in solid])
    labels = draw(st.none() | st.lists(WORD, max_size=2, unique=True).map(tuple))
    return Document(id, text, entities=spans, labels=labels)


@st.composite
def tokenised(draw: st.DrawFn, id: str, gaps: st.SearchStrategy[str]) -> Document:
    words = draw(st.lists(WORD, min_size=1, max_size=6))
    text, tokens = "", []
    for word in words:
        text += draw(gaps) if tokens else ""
        tokens.append(Token(word, len(text), len(text) + len(word)))
        text += word
    spans = spans_at(draw, text, [token.start for token in tokens], [token.end for token in tokens])
    return Document(id, text, tuple(tokens), ((0, len(tokens)),), spans)


@st.composite
def docs(draw: st.DrawFn, id: str) -> Document:
    """As `tokenised`, with white space anywhere, sentences and labels."""
    document = draw(tokenised(id, GAPS))
    number = len(document.tokens)
    cuts = sorted({0, number, draw(st.integers(0, number)), draw(st.integers(0, number))})
    before = draw(GAPS)
    tokens = tuple(
        Token(text, start + len(before), end + len(before)) for text, start, end in document.tokens
    )
    spans = tuple(
        one._replace(start=one.start + len(before), end=one.end + len(before)) for one in document.entities
    )
    labels = draw(st.none() | st.lists(WORD, max_size=2, unique=True).map(tuple))
    text = before + document.text + draw(GAPS)
    return Document(id, text, tokens, tuple(pairwise(cuts)), spans, labels)


MADE = {
    "spacy-tuples": texts,
    "spacy-doc-json": docs,
    "cluener": texts,
    "gliner": lambda id: tokenised(id, st.just(" ")),
}


@pytest.mark.parametrize("format", MADE)
@settings(max_examples=60)
@given(data=st.data())
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, format: str, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("round") / "f"
    documents = [data.draw(MADE[format](f"f:{number}")) for number in (1, 2)]
    if format == "cluener":
        documents = [replace(document, labels=None) for document in documents]
    written = write_documents(path, documents, format)
    log = ReadLog()
    assert list(read_documents(path, ReadOptions(format=format), log)) == documents
    assert written.kept == log.ledger().kept == sum(len(document.entities) for document in documents)


EXAMPLE = Document(
    "f:1", "Ann lives in Bonn.", entities=(Span(0, 3, "PER", "Ann"), Span(13, 17, "LOC", "Bonn"))
)


@pytest.mark.parametrize("format", MADE)
@pytest.mark.parametrize("document", [EXAMPLE, replace(EXAMPLE, entities=())])
def test_every_written_format_is_detected(tmp_path: Path, format: str, document: Document) -> None:
    write_documents(tmp_path / "f", [document], format)
    log = ReadLog()
    (back,) = read_documents(tmp_path / "f", log=log)
    assert log.format == format
    assert [span[2:4] for span in back.entities] == [span[2:4] for span in document.entities]


@pytest.mark.parametrize("format", ["spacy-tuples", "spacy-doc-json"])
def test_links_are_written(tmp_path: Path, format: str) -> None:
    document = replace(EXAMPLE, entities=(EXAMPLE.entities[0]._replace(id="E1"),), links=(Link("E1", "Q1"),))
    write_documents(tmp_path / "f", [document], format)
    (back,) = read_documents(tmp_path / "f")
    assert (back.entities, back.links) == (document.entities, document.links)


@pytest.mark.parametrize("format", MADE)
def test_of_a_discontinuous_entity_the_hull_is_written_and_counted(tmp_path: Path, format: str) -> None:
    parts = Span(0, 17, "X", EXAMPLE.text[:17], fragments=((0, 3), (13, 17)))
    ledger = write_documents(tmp_path / "f", [replace(EXAMPLE, entities=(parts,))], format)
    assert (ledger.kept, ledger.adjusted) == (0, {"discontinuous": 1})
