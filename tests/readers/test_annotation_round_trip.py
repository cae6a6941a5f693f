"""Every tool's format gives back what was written, as far as it has a place for it; detection finds it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.readers import ReadLog, get_format, list_formats, read_documents, write_documents
from onoma.readers.options import ReadOptions
from onoma.text import Document, Link, Relation, Span, sort_spans

FORMATS = ["brat", "doccano", "label-studio", "nerel", "prodigy", "spans-jsonl"]
ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.text(st.sampled_from('ab \n\t\r😀ж\u2028\x85\xa0;:\\"') | ANY, max_size=20)
WORD = st.text(st.characters(exclude_categories=["Cs", "Z", "C"]), min_size=1, max_size=4)


@st.composite
def documents(draw: st.DrawFn, id: str) -> Document:
    text = draw(TEXT)
    spans = []
    solid = [index for index, char in enumerate(text) if not char.isspace()]
    for number in range(draw(st.integers(0, 4)) if solid else 0):
        start, last = sorted((draw(st.sampled_from(solid)), draw(st.sampled_from(solid))))
        # Standoff formats cannot tell a line end at a fragment's edge, or between two, from one inside.
        gap = [index for index in range(start + 1, last) if not {"\n", "\r"} & {*text[index - 1 : index + 2]}]
        fragments: tuple[tuple[int, int], ...] = ()
        if gap and draw(st.booleans()):
            at = draw(st.sampled_from(gap))
            fragments = ((start, at), (at + 1, last + 1))
        spans.append(
            Span(start, last + 1, draw(WORD), text[start : last + 1], None, fragments, f"T{number + 1}")
        )
    ids = [span.id or "" for span in spans]
    pairs = draw(st.lists(st.tuples(WORD, *[st.sampled_from(ids)] * 2), max_size=3)) if ids else []
    links = draw(st.lists(st.tuples(st.sampled_from(ids), WORD, WORD), max_size=2)) if ids else []
    labels = draw(st.none() | st.lists(WORD, max_size=2, unique=True).map(tuple))
    relations = tuple(Relation(*pair) for pair in pairs)
    return Document(
        id, text, (), (), sort_spans(spans), labels, relations, tuple(Link(*link) for link in links)
    )


IDS = st.text(ANY, min_size=1, max_size=6)


@st.composite
def corpora(draw: st.DrawFn) -> list[Document]:
    ids = draw(st.lists(IDS, max_size=3, unique_by=lambda id: id.casefold()))
    return [draw(documents(id)) for id in ids]


def held(document: Document, format: str) -> object:
    """What a format keeps of a document; relations by the place of their ends, as not all keep ids."""
    exact = format in ("brat", "nerel", "spans-jsonl")
    place = {span.id: (span.key, span.fragments if exact else ()) for span in document.entities}
    spans = [(span.key, span.fragments if exact else ()) for span in document.entities]
    return (
        document.id,
        document.text,
        sorted(spans) if exact else sorted(set(spans)),
        [(one.label, place[one.head], place[one.tail]) for one in document.relations],
        [(place[one.entity], one.target, one.text) for one in document.links] if exact else None,
        document.labels if format not in ("brat", "nerel") else None,
    )


def without_copies(document: Document) -> Document:
    """Copies are one entity where ids are not kept: a relation of either would be one of the first."""
    first = {(span.start, span.end, span.label): span for span in reversed(document.entities)}
    kept = document.with_entities(first.values())
    return replace(kept, entities=sort_spans(first.values()))


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=40)
@given(corpus=corpora())
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, format: str, corpus: list[Document]
) -> None:
    if format not in ("brat", "nerel", "spans-jsonl"):
        corpus = [without_copies(document) for document in corpus]
    path = tmp_path_factory.mktemp("round") / "data"
    written = write_documents(path, corpus, format)
    log = ReadLog()
    back = read_documents(path, ReadOptions(format=format, document_labels="field", allow_empty=True), log)
    found, expected = ([held(one, format) for one in some] for some in (back, corpus))
    if format == "brat":  # files have an order of their own
        found, expected = sorted(found, key=repr), sorted(expected, key=repr)
    assert found == expected
    assert written.read == log.ledger().read == sum(len(one.entities) for one in corpus)
    assert written.balanced
    assert log.ledger().balanced


EXAMPLE = Document(
    "1",
    "Ann lives in Bonn.",
    entities=(Span(0, 3, "PER", "Ann", id="T1"), Span(13, 17, "LOC", "Bonn", id="T2")),
    relations=(Relation("LIVES_IN", "T1", "T2"),),
)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("document", [EXAMPLE, replace(EXAMPLE, entities=(), relations=())])
def test_every_written_format_is_detected(tmp_path: Path, format: str, document: Document) -> None:
    suffix = next(iter(get_format(format).suffixes), "") if get_format(format).write else ""
    path = tmp_path / f"x{suffix}"
    write_documents(path, [document], format)
    log = ReadLog()
    (back,) = read_documents(path, log=log)
    assert log.format == format
    assert [span.key for span in back.entities] == [span.key for span in document.entities]


def test_formats_say_whether_they_hold_relations() -> None:
    written = {item.name for item in list_formats() if item.relations and item.written}
    assert written == {*FORMATS, "bioc-json", "bioc-xml", "pubtator"}  # test_biomedical_round_trip.py
