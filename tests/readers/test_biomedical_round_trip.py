"""PubTator and BioC give back what was written, as far as they have a place for it; detection finds them."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_annotation_round_trip import EXAMPLE, corpora, without_copies

from onoma.errors import DataError
from onoma.readers import ReadLog, get_format, read_documents, write_documents
from onoma.readers.options import ReadOptions
from onoma.text import Document, Link

FORMATS = ["bioc-json", "bioc-xml", "pubtator"]
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
CONCEPTS = st.integers(1, 99).map(lambda number: f"MESH:D{number}")


def held(document: Document, format: str) -> object:
    """What a format keeps of a document; links by the place of their entity, as ids may be new."""
    place = {span.id: span.key for span in document.entities}
    exact = format != "pubtator"
    return (
        document.id,
        document.text if exact else re.sub(r"[\t\r\n]", " ", document.text).rstrip(),
        [(span.key, span.fragments if exact else ()) for span in document.entities],
        sorted((place[one.entity], one.target) for one in document.links),
        [(one.label, place[one.head], place[one.tail]) for one in document.relations] if exact else None,
    )


def linked(document: Document, data: st.DataObject) -> Document:
    """The document with links to concepts, whose ids are of the usual form."""
    ids = [span.id or "" for span in document.entities]
    pairs = st.lists(st.tuples(st.sampled_from(ids), CONCEPTS), max_size=3, unique=True)
    links = data.draw(pairs) if ids else []
    return replace(document, links=tuple(Link(*pair) for pair in links))


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=60)
@given(corpus=corpora(), data=st.data())
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, format: str, corpus: list[Document], data: st.DataObject
) -> None:
    if format == "pubtator":
        ids = [f"{number}{string.ascii_letters[number]}" for number in range(len(corpus))]
        corpus = [replace(document, id=id) for id, document in zip(ids, corpus, strict=True)]
    corpus = [linked(without_copies(document), data) for document in corpus]
    path = tmp_path_factory.mktemp("round") / "data"
    if format == "bioc-xml" and CONTROL.search(repr_of(corpus)):
        with pytest.raises(DataError, match="cannot stand in XML"):
            write_documents(path, corpus, format)
        return
    written = write_documents(path, corpus, format)
    log = ReadLog()
    back = list(read_documents(path, ReadOptions(format=format, on_error="repair", allow_empty=True), log))
    assert [held(one, format) for one in back] == [held(one, format) for one in corpus]
    assert written.read == log.ledger().read == sum(len(one.entities) for one in corpus)
    assert written.balanced
    assert log.ledger().balanced


def repr_of(corpus: list[Document]) -> str:
    """All strings that are written."""
    parts = [part for one in corpus for part in (one.id, one.text, *(link.target for link in one.links))]
    parts += [part for one in corpus for span in one.entities for part in (span.label, span.id or "")]
    return "".join([*parts, *(relation.label for one in corpus for relation in one.relations)])


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("document", [EXAMPLE, replace(EXAMPLE, entities=(), relations=())])
@pytest.mark.parametrize("named", [True, False])
def test_every_written_format_is_detected(
    tmp_path: Path, format: str, document: Document, named: bool
) -> None:
    path = tmp_path / f"x{get_format(format).suffixes[0] if named else ''}"
    write_documents(path, [document], format)
    log = ReadLog()
    (back,) = read_documents(path, log=log)
    assert log.format == format
    assert [span.key for span in back.entities] == [span.key for span in document.entities]
