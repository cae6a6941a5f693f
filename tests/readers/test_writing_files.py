"""Writing: whole or not at all; columns round-trip; what cannot be written is counted or refused."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import ConfigError, DataError, OutputError
from onoma.readers import ReadLog, ReadOptions, read_documents, write_documents
from onoma.tags import SCHEMES
from onoma.text import Document, Span, Token, document_from_sentences, sort_spans

ONE = Document("a", "x")


def columns(*documents: Document, scheme: str = "BIO") -> tuple[str, dict[str, object]]:
    stream = io.StringIO()
    ledger = write_documents(stream, documents, "conll", scheme)
    assert ledger.balanced
    return stream.getvalue(), ledger.as_dict()


def sentence(text: str, *entities: tuple[int, int, str]) -> Document:
    """A document of one sentence; entities are given by token."""
    return document_from_sentences("d", [text.split(" ")], [(0, *entity) for entity in entities])


def test_columns() -> None:
    text, ledger = columns(sentence("New York is", (0, 2, "LOC")), scheme="BIOES")
    assert text == "New\tB-LOC\nYork\tE-LOC\nis\tO\n\n"
    assert (ledger["read"], ledger["kept"]) == (1, 1)


def test_docstart_appears_with_the_first_longer_document() -> None:
    two = document_from_sentences("d", [["b"], ["c"]])
    text, _ = columns(sentence("a"), two, sentence("d"))
    assert text == "a\tO\n\n-DOCSTART-\tO\n\nb\tO\n\nc\tO\n\n-DOCSTART-\tO\n\nd\tO\n\n"


def test_outermost_is_written_and_the_rest_counted() -> None:
    document = sentence("a b c d e", (0, 3, "X"), (0, 1, "Y"), (0, 3, "Z"), (2, 4, "X"), (4, 5, "X"))
    text, ledger = columns(document)
    assert text.split()[1::2] == ["B-X", "I-X", "I-X", "O", "B-X"]
    assert (ledger["read"], ledger["kept"]) == (5, 2)
    assert ledger["flattened"] == {"nested": 2, "crossing": 1}


def test_misaligned_and_crossing_sentences_are_counted() -> None:
    tokens = (Token("ab", 0, 2), Token("cd", 3, 5))
    spans = (Span(0, 5, "X", "ab cd"), Span(1, 2, "X", "b"), Span(3, 5, "Y", "cd"))
    text, ledger = columns(Document("d", "ab cd", tokens, ((0, 1), (1, 2)), spans))
    assert text == "-DOCSTART-\tO\n\nab\tO\n\ncd\tB-Y\n\n"
    assert ledger["dropped"] == {"crosses-sentences": 1, "misaligned": 1}


def test_discontinuous_is_written_as_its_hull() -> None:
    tokens = (Token("a", 0, 1), Token("b", 2, 3), Token("c", 4, 5))
    spans = (Span(0, 5, "X", "a b c", None, ((0, 1), (4, 5))),)
    text, ledger = columns(Document("d", "a b c", tokens, ((0, 3),), spans))
    assert text.split()[1::2] == ["B-X", "I-X", "I-X"]
    assert ledger["adjusted"] == {"discontinuous": 1}


def test_io_counts_what_it_merges() -> None:
    _, ledger = columns(sentence("a b c", (0, 1, "X"), (1, 2, "X"), (2, 3, "Y")), scheme="IO")
    assert (ledger["kept"], ledger["flattened"]) == (2, {"merged": 1})


@pytest.mark.parametrize("word", ["a\tb", "a\nb", "a\0", "-DOCSTART-", "\xa0"])
def test_words_that_a_column_cannot_hold(word: str) -> None:
    with pytest.raises(DataError) as caught:
        columns(document_from_sentences("d", [[word]]))
    assert caught.value.code == "not-writable"


def test_labels_that_a_column_cannot_hold() -> None:
    with pytest.raises(DataError, match="spans-jsonl"):
        columns(sentence("a", (0, 1, "X\tY")))


def test_untokenised_documents_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        columns(Document("d", "some text"))
    assert caught.value.code == "no-tokens"


WORD = st.one_of(
    st.sampled_from(["#", "-DOCSTART", "\ufeffa", "a b", "a\xa0b", "\u2028a", "O", "{"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r\0"), min_size=1, max_size=4),
).filter(lambda word: not word.isspace())


@st.composite
def documents(draw: st.DrawFn) -> Document:
    sentences = draw(st.lists(st.lists(WORD, min_size=1, max_size=4), max_size=3))
    spans = []
    for index, words in enumerate(sentences):
        cuts = sorted(draw(st.sets(st.integers(0, len(words)), max_size=4)))
        for first, end in pairwise(cuts):
            if label := draw(st.sampled_from(["", "PER", "B-x", "ж", "New Label"])):
                spans.append((index, first, end, label))
    return document_from_sentences("d", sentences, spans)


@settings(max_examples=200, deadline=None)
@given(st.lists(documents(), max_size=4), st.sampled_from(sorted(set(SCHEMES) - {"IO"})))
def test_columns_round_trip(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[Document], scheme: str
) -> None:
    path = tmp_path_factory.mktemp("round") / "f.conll"
    written = write_documents(path, corpus, "conll", scheme)
    log = ReadLog()
    back = list(read_documents(path, ReadOptions(format="conll", scheme=scheme), log))
    assert [(d.text, d.tokens, d.sentences, d.entities) for d in back] == [
        (d.text, d.tokens, d.sentences, d.entities) for d in corpus
    ]
    assert written == log.ledger()


def test_gzip_is_reproducible(tmp_path: Path) -> None:
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        write_documents(tmp_path / name, [ONE])
    data = (tmp_path / "a.jsonl.gz").read_bytes()
    assert data == (tmp_path / "b.jsonl.gz").read_bytes()
    assert gzip.decompress(data) == b'{"id": "a", "text": "x", "entities": []}\n'


def failing() -> Iterator[Document]:
    yield ONE
    raise DataError("stop", code="stop")


@pytest.mark.parametrize("name", ["f.jsonl", "f.jsonl.gz"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    with pytest.raises(DataError, match="stop"):
        write_documents(path, failing())
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == [name]


def test_a_file_may_be_converted_in_place(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    write_documents(path, [ONE])
    write_documents(path, read_documents(path))
    assert list(read_documents(path)) == [ONE]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "f.jsonl", tmp_path / "link.jsonl"
    path.write_text("old")
    link.symlink_to(path)
    write_documents(link, [ONE])
    assert link.is_symlink()
    assert list(read_documents(path)) == [ONE]


@pytest.mark.parametrize("name", ["f.zip", "", "none/f.jsonl"])
def test_unwritable_places(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError):
        write_documents(tmp_path / name, [ONE])


def test_unknown_names() -> None:
    with pytest.raises(ConfigError, match="did you mean 'spans-jsonl'"):
        write_documents(io.StringIO(), [ONE], "spans-json")
    with pytest.raises(ConfigError, match="did you mean 'BIOES'"):
        write_documents(io.StringIO(), [ONE], "conll", "BIOESS")


def test_lone_surrogates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        write_documents(tmp_path / "f.jsonl", [Document("a", "x\ud800y")])
    assert caught.value.code == "lone-surrogate"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("span", [Span(0, 2, "X", "ab"), Span(0, 1, "X", "y"), Span(1, 1, "X", "")])
def test_spans_that_are_not_the_text_are_refused(span: Span) -> None:
    with pytest.raises(DataError) as caught:
        write_documents(io.StringIO(), [Document("a", "x", entities=sort_spans([span]))])
    assert caught.value.code == "surface-mismatch"
