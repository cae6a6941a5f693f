"""DocBin: read through spaCy where it is installed, else through a stand-in with the same public names."""

from __future__ import annotations

import importlib.util
import io
import sys
import zlib
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from onoma.errors import ConfigError, DataError, MissingExtraError
from onoma.readers import ReadLog, ReadOptions, detect_format, read_documents, write_documents
from onoma.text import Document, Span, Token

HAS_SPACY = importlib.util.find_spec("spacy") is not None
TEXT = "Ann left.\nBonn, too."
DOCUMENT = Document(
    "f:1",
    TEXT,
    (
        Token("Ann", 0, 3),
        Token("left", 4, 8),
        Token(".", 8, 9),
        Token("Bonn", 10, 14),
        Token(",", 14, 15),
        Token("too", 16, 19),
        Token(".", 19, 20),
    ),
    ((0, 3), (3, 7)),
    (Span(0, 3, "PER", "Ann"), Span(10, 19, "ALL", "Bonn, too"), Span(10, 14, "LOC", "Bonn")),
    ("news",),
)


def span(start: int, end: int, label: str) -> SimpleNamespace:
    return SimpleNamespace(start_char=start, end_char=end, label_=label)


class Doc:
    """What is used of a spaCy document; the newline is a token, as spaCy has it."""

    text = TEXT
    places = ((0, 3), (4, 8), (8, 9), (9, 10), (10, 14), (14, 15), (16, 19), (19, 20))
    cats = {"news": 0.9, "work": 0.1}  # noqa: RUF012

    def __init__(self) -> None:
        texts = [TEXT[start:end] for start, end in self.places]
        self.tokens = [
            SimpleNamespace(text=text, idx=start, is_space=text.isspace())
            for text, (start, _) in zip(texts, self.places, strict=True)
        ]
        self.ents = [span(0, 3, "PER"), span(10, 14, "LOC")]
        self.spans = {"sc": [span(10, 14, "LOC"), span(10, 19, "ALL")], "other": [span(0, 3, "X")]}
        self.sents = [self.tokens[:3], self.tokens[3:4], self.tokens[4:]]

    def __iter__(self) -> Any:
        return iter(self.tokens)

    def has_annotation(self, name: str) -> bool:
        return name == "SENT_START"


GOOD = zlib.compress(b"\x84\xa7version\xcb")


class DocBin:
    def from_bytes(self, data: bytes) -> DocBin:
        if data != GOOD:
            raise ValueError("bad")
        return self

    def get_docs(self, vocab: object) -> list[Doc]:
        return [Doc()]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    spacy, tokens = ModuleType("spacy"), ModuleType("spacy.tokens")
    spacy.blank = lambda name: SimpleNamespace(vocab=None)  # type: ignore[attr-defined]
    tokens.DocBin = DocBin  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    monkeypatch.setitem(sys.modules, "spacy.tokens", tokens)


def test_a_document(tmp_path: Path, stand_in: None) -> None:
    path = tmp_path / "f.spacy"
    path.write_bytes(GOOD)
    log = ReadLog()
    assert list(read_documents(path, log=log)) == [DOCUMENT]
    assert log.format == "spacy-docbin"
    assert log.problem_counts == {"span-group-ignored": 1}
    assert (log.ledger().read, log.ledger().kept) == (3, 3)


def test_another_file(tmp_path: Path, stand_in: None) -> None:
    path = tmp_path / "f.spacy"
    path.write_bytes(GOOD + b"bad")
    with pytest.raises(DataError, match="not a DocBin") as caught:
        list(read_documents(path))
    assert (caught.value.code, caught.value.path) == ("bad-docbin", str(path))


@pytest.mark.skipif(HAS_SPACY, reason="spaCy is installed")
def test_without_spacy(tmp_path: Path) -> None:
    path = tmp_path / "f.spacy"
    path.write_bytes(b"\x78\x9c\x00")
    assert detect_format(path).name == "spacy-docbin"
    with pytest.raises(MissingExtraError, match=r"pip install 'onoma\[spacy\]'"):
        list(read_documents(path))


@pytest.mark.skipif(not HAS_SPACY, reason="spaCy is not installed")
def test_with_spacy(tmp_path: Path) -> None:
    spacy: Any = importlib.import_module("spacy")
    tokens: Any = importlib.import_module("spacy.tokens")
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    doc = nlp("Ann left. Bonn, too.")
    doc.ents = [doc.char_span(0, 3, "PER"), doc.char_span(10, 14, "LOC")]
    doc.spans["sc"] = [doc.char_span(10, 14, "LOC"), doc.char_span(10, 19, "ALL")]
    doc.cats = {"news": 1.0, "work": 0.0}
    tokens.DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "f.spacy")
    (read,) = read_documents(tmp_path / "f.spacy", ReadOptions())
    assert [one.key for one in read.entities] == [(0, 3, "PER"), (10, 19, "ALL"), (10, 14, "LOC")]
    assert (read.sentences, read.labels) == (((0, 3), (3, 7)), ("news",))


WRITTEN = [
    DOCUMENT,
    Document("f:2", ""),
    Document(
        "f:3", "  \n\tAnn  ,\u00a0Ben\r\n", entities=(Span(4, 7, "PER", "Ann"), Span(11, 14, "PER", "Ben"))
    ),
    Document("f:4", "a-b", (Token("a", 0, 1), Token("b", 2, 3)), ((0, 2),), (Span(0, 1, "X", "a"),), ()),
]


@pytest.mark.skipif(not HAS_SPACY, reason="spaCy is not installed")
def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.spacy"
    ledger = write_documents(path, WRITTEN, "spacy-docbin")
    assert (ledger.read, ledger.kept) == (6, 6)
    assert detect_format(path).name == "spacy-docbin"
    back = list(read_documents(path))
    assert [one.text for one in back] == [one.text for one in WRITTEN]
    assert [one.entities for one in back] == [one.entities for one in WRITTEN]
    assert [one.labels for one in back] == [("news",), None, None, None]
    assert back[0] == DOCUMENT
    assert back[2].words == ["Ann", ",", "Ben"]


@pytest.mark.skipif(not HAS_SPACY, reason="spaCy is not installed")
def test_what_spacy_finds_in_what_is_written(tmp_path: Path) -> None:
    spacy: Any = importlib.import_module("spacy")
    tokens: Any = importlib.import_module("spacy.tokens")
    path = tmp_path / "f.spacy"
    flat = Document(
        "1", "Ann saw Bonn. Ben?", entities=(Span(0, 3, "PER", "Ann"), Span(8, 12, "LOC", "Bonn"))
    )
    write_documents(path, [flat, DOCUMENT], "spacy-docbin")
    first, second = tokens.DocBin().from_disk(path).get_docs(spacy.blank("en").vocab)
    assert [(span.text, span.label_) for span in first.ents] == [("Ann", "PER"), ("Bonn", "LOC")]
    assert "sc" not in first.spans
    assert [sentence.text for sentence in first.sents] == ["Ann saw Bonn.", "Ben?"]
    assert second.ents == ()
    assert [(span.text, span.label_) for span in second.spans["sc"]] == [
        ("Ann", "PER"),
        ("Bonn, too", "ALL"),
        ("Bonn", "LOC"),
    ]
    assert second.cats == {"news": 1.0}


@pytest.mark.skipif(not HAS_SPACY, reason="spaCy is not installed")
def test_entities_that_no_token_begins_or_ends_are_counted(tmp_path: Path) -> None:
    spans = (
        Span(0, 11, "Y", "Ann Lee xyz"),
        Span(0, 9, "X", "Ann Lee x", None, ((0, 3), (8, 9))),
        Span(0, 7, "Z", "Ann Lee", None, ((0, 3), (4, 7))),
        Span(4, 7, "PER", "Lee"),
    )
    document = Document("1", "Ann Lee xyz", entities=spans)
    ledger = write_documents(tmp_path / "f.spacy", [document], "spacy-docbin")
    assert (ledger.read, ledger.kept, ledger.adjusted, ledger.dropped) == (
        4,
        2,
        {"discontinuous": 1},
        {"misaligned": 1},
    )


def test_writing_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.spacy"
    path.write_bytes(b"before")
    wrong = Document("1", "Ann", entities=(Span(0, 3, "PER", "Ben"),))
    if HAS_SPACY:
        with pytest.raises(DataError):
            write_documents(path, [wrong], "spacy-docbin")
        assert path.read_bytes() == b"before"
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingExtraError):
        write_documents(path, [DOCUMENT], "spacy-docbin")
    with pytest.raises(ConfigError, match="binary"):
        write_documents(io.StringIO(), [DOCUMENT], "spacy-docbin")
    assert [one.name for one in tmp_path.iterdir()] == ["f.spacy"]
