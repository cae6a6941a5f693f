"""GermEval 2014: two layers of tags as nested entities."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotation_reading import check_fault, read_text
from column_reading import read_file
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadLog, detect_format, read_documents, write_documents
from onoma.readers.label_map import LabelMap
from onoma.readers.options import ReadOptions
from onoma.text import DUPLICATE, Document, Span, Token, document_from_sentences, sort_spans

FIRST = (
    "#\thttp://de.wikipedia.org/wiki/Test [2009-10-17]\n"
    "1\tAufgrund\tO\tO\n2\tder\tO\tO\n3\tTU\tB-ORG\tO\n4\tBerlin\tI-ORG\tB-LOC\n5\t.\tO\tO\n\n"
)
SECOND = (
    "#\tIn-tv.de vom 26.02.2005 [2005-02-26] \n"
    "1\tIn\tO\tO\n2\tBonner\tB-LOCderiv\tO\n3\t\tO\tO\n4\tCafés\tO\tO\n\n"
)
TU = ("Aufgrund der TU Berlin .", [("ORG", 13, 22), ("LOC", 16, 22)])
BONN = ("In Bonner Cafés", [("LOCderiv", 3, 9)])


def test_both_layers_are_entities(tmp_path: Path) -> None:
    log = ReadLog()
    assert read_file(tmp_path, FIRST, log=log) == [TU]
    assert log.format == "germeval"
    assert (log.units, log.ledger().kept) == (1, 2)


@pytest.mark.parametrize("name", ["data", "data.tsv", "data.conll"])
def test_it_is_known_without_comments(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FIRST.partition("\n")[2], encoding="utf-8")
    assert detect_format(tmp_path / name).name == "germeval"


def test_an_empty_word_is_reported_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_file(tmp_path, FIRST + SECOND)
    assert (caught.value.code, caught.value.line) == ("empty-word", 11)
    log = ReadLog()
    assert read_file(tmp_path, FIRST + SECOND, log=log, on_error="skip") == [TU]
    assert (log.units, log.lost) == (2, 1)
    assert log.ledger().dropped == {"empty-word": 1}
    assert log.problem_counts == {"empty-word": 1}
    log = ReadLog()
    assert read_file(tmp_path, FIRST + SECOND, log=log, on_error="repair") == [TU, BONN]
    assert log.problem_counts == {"empty-word": 1}
    assert log.ledger().kept == 3


def test_an_empty_word_within_an_entity_cannot_be_mended(tmp_path: Path) -> None:
    text = FIRST + SECOND.replace("3\t\tO\tO", "3\t\tO\tB-LOC")
    assert read_file(tmp_path, text, on_error="repair") == [TU]


COPY = "1\tBerlin\tB-LOC\tB-LOC\n2\tund\tO\tO\n3\tUlm\tB-LOC\tB-PER\n\n"


def test_one_entity_in_both_layers_is_one(tmp_path: Path) -> None:
    log = ReadLog()
    assert read_file(tmp_path, COPY, log=log, format="germeval") == [
        ("Berlin und Ulm", [("LOC", 0, 6), ("LOC", 11, 14), ("PER", 11, 14)])
    ]
    assert log.ledger().dropped == {DUPLICATE: 1}
    assert [(one.code, one.line) for one in log.problems] == [(DUPLICATE, 1)]


def test_labels_are_mapped_before_copies_are_told(tmp_path: Path) -> None:
    log = ReadLog()
    labels = LabelMap({"PER": "LOC"})
    found = read_file(tmp_path, COPY, log=log, format="germeval", labels=labels)
    assert found == [("Berlin und Ulm", [("LOC", 0, 6), ("LOC", 11, 14)])]
    assert log.ledger().dropped == {DUPLICATE: 2}
    assert log.renamed == {("PER", "LOC"): 1}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("1\tBonn\tB-LOC\tO\n2\tist\tO\n", "column-count"),
        ("1\tBonn\tB-LOC\tO\n2\tist\tI-PER\tO\n", "illegal-tag"),
        ("1\tBonn\tB-LOC\tO\n2\tist\tO\tI-PER\n", "illegal-tag"),
        ("1\tBonn\tB-LOC\tO\n2\tist\tO\tX-PER\n", "unknown-tag"),
        ("1\tBonn\tB-LOC\tO\n2\t\tO\tO\n", "empty-word"),
    ],
)
def test_faults_are_located(tmp_path: Path, rows: str, code: str) -> None:
    check_fault(tmp_path, "germeval", f"#\tx [2020]\n{rows}\n{FIRST * 9}", code, 3)
    log = ReadLog()
    assert len(read_text(tmp_path, "germeval", f"{rows}\n{FIRST}", log, on_error="skip")) == 1
    assert log.ledger().dropped[code] >= 1
    assert (log.units, log.lost) == (2, 1)


def test_words_counted_from_1_begin_a_sentence(tmp_path: Path) -> None:
    text = FIRST.replace("\n\n", "\n") * 2
    assert read_file(tmp_path, text) == [TU, TU]
    assert read_file(tmp_path, "".join(line for line in text.splitlines(True) if line[0] != "#")) == [TU, TU]


def test_chunks_are_no_outer_layer(tmp_path: Path) -> None:
    text = "1\tAnn\tB-NP\tB-PER\n2\tleft\tB-VP\tO\n\n"
    (tmp_path / "data.tsv").write_text(text, encoding="utf-8")
    assert detect_format(tmp_path / "data.tsv").name == "conll"


def test_deeper_entities_are_flattened_when_written(tmp_path: Path) -> None:
    text = "a b c d"
    tokens = tuple(Token(text[at], at, at + 1) for at in range(0, 7, 2))
    spans = [(0, 7, "A"), (0, 3, "B"), (0, 1, "C"), (4, 7, "D"), (0, 7, "A")]
    entities = sort_spans(Span(start, end, label, text[start:end]) for start, end, label in spans)
    document = Document("x", text, tokens, ((0, 4),), entities)
    ledger = write_documents(tmp_path / "x", [document], "germeval")
    assert (ledger.kept, ledger.flattened, ledger.dropped) == (3, {"nested": 1}, {DUPLICATE: 1})
    assert (tmp_path / "x").read_text(encoding="utf-8") == (
        "#\t1\n1\ta\tB-A\tB-B\n2\tb\tI-A\tI-B\n3\tc\tI-A\tB-D\n4\td\tI-A\tI-D\n\n"
    )
    assert read_file(tmp_path, (tmp_path / "x").read_text(encoding="utf-8"))[0][1] == [
        ("A", 0, 7), ("B", 0, 3), ("D", 4, 7)
    ]  # fmt: skip


WORDS = st.text(st.characters(exclude_categories=["Cs", "C", "Z"]) | st.just("#"), min_size=1, max_size=4)


@st.composite
def documents(draw: st.DrawFn, id: str) -> Document:
    words = draw(st.lists(WORDS, min_size=1, max_size=5))
    spans = []
    end = 0
    while end < len(words) and draw(st.booleans()):
        first = draw(st.integers(end, len(words) - 1))
        end = draw(st.integers(first + 1, len(words)))
        spans.append((0, first, end, draw(st.sampled_from("AB"))))
        if draw(st.booleans()):
            inner = draw(st.integers(first, end - 1))
            spans.append((0, inner, draw(st.integers(inner + 1, end)), draw(st.sampled_from("CD"))))
    return document_from_sentences(id, [words], spans)


@settings(max_examples=60)
@given(data=st.data(), scheme=st.sampled_from(["BIO", "BIOES", "BILOU"]))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, scheme: str
) -> None:
    path = tmp_path_factory.mktemp("round") / "data"
    corpus = [data.draw(documents(f"data:{number}")) for number in range(1, 3)]
    written = write_documents(path, corpus, "germeval", scheme)
    log = ReadLog()
    assert list(read_documents(path, ReadOptions(format="germeval", scheme=scheme), log)) == corpus
    assert written == log.ledger()
