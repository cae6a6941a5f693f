"""Kaggle's ner-data layout, a sentence a row."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, detect_format, read_documents, write_documents
from onoma.tags import SCHEMES
from onoma.text import Document, document_from_sentences

GOOD = "text,labels\nNew York is big,B-geo I-geo O O\n"


def read(folder: Path, text: str, log: ReadLog | None = None, **options: object) -> list[Document]:
    path = folder / "f.csv"
    path.write_bytes(text.encode())
    return list(read_documents(path, ReadOptions(**{"format": "text-tags-csv"} | options), log))  # type: ignore[arg-type]


def test_each_row_is_a_document(tmp_path: Path) -> None:
    one, two = read(tmp_path, GOOD + '"He said "" no "" , twice .",O O O O O O O O\n')
    assert (one.id, one.text, one.sentences) == ("f:1", "New York is big", ((0, 4),))
    assert [(span.text, span.label) for span in one.entities] == [("New York", "geo")]
    assert two.words == ["He", "said", '"', "no", '"', ",", "twice", "."]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("text,labels", "text-tags-csv"),
        ("Sentence,Tags", "text-tags-csv"),
        ("tokens,ner_tags", "text-tags-csv"),
        ("sentence,word,tag", "gmb-csv"),
        ("Sentence #,Word,POS,Tag", "gmb-csv"),
    ],
)
def test_detection(tmp_path: Path, header: str, name: str) -> None:
    path = tmp_path / "noname"
    path.write_text(header + "\n")
    assert detect_format(path).name == name


def test_columns_are_found_by_name_in_any_order(tmp_path: Path) -> None:
    (document,) = read(tmp_path, ",Labels,x,Text\n0,B-per O,y,Ben sleeps\n")
    assert (document.text, [span.label for span in document.entities]) == ("Ben sleeps", ["per"])


FOUND = [("Ann", "PER"), ("Oslo", "LOC")]


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ("['Ann', 'left', 'Oslo']", "['B-PER', 'O', 'B-LOC']"),
        ('["Ann", "left", "Oslo"]', '["B-PER", "O", "B-LOC"]'),
        ("['Ann' 'left'\n 'Oslo']", "['B-PER' 'O' 'B-LOC']"),
        ("[ 'Ann',\"left\",'Oslo' ]", "['B-PER', 'O', 'B-LOC',]"),
        ("Ann left Oslo", "['B-PER', 'O', 'B-LOC']"),
        ("['Ann', 'left', 'Oslo']", "B-PER O B-LOC"),
    ],
)
def test_cells_may_be_lists(tmp_path: Path, words: str, tags: str) -> None:
    cells = ['"' + cell.replace('"', '""') + '"' for cell in (words, tags)]
    text = (
        f",tokens;ner_tags\n0,{';'.join(cells)}\n".replace(",", "\t", 1)
        .replace("\n0,", "\n0\t")
        .replace(";", "\t")
    )
    path = tmp_path / "noname"
    path.write_text(text)
    if not words.startswith("[") or tags.startswith("["):
        assert detect_format(path).name == "text-tags-csv"
        log = ReadLog()
        (document,) = read_documents(path, log=log)
        assert document.words == ["Ann", "left", "Oslo"]
        assert [(span.text, span.label) for span in document.entities] == FOUND
        assert log.ledger().kept == 2


def test_lists_of_numbers_need_names(tmp_path: Path) -> None:
    text = "tokens,ner_tags\n\"['Ann', 'left']\",\"[1, 0]\"\n"
    with pytest.raises(DataError, match=r"0 to 1 .*--label-names") as caught:
        read(tmp_path, text)
    assert (caught.value.code, caught.value.line) == ("label-names", 2)
    (document,) = read(tmp_path, text, label_names=("O", "B-PER"))
    assert [(span.text, span.label) for span in document.entities] == [("Ann", "PER")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("\"['Ann', 'left']\",\"['B-PER']\"", "length-mismatch"),
        ("\"['Ann', 'left'\",\"['B-PER','O']\"", "bad-list"),
        ("\"['Ann', left]\",\"['B-PER','O']\"", "bad-list"),
        ("\"['Ann' ... 'left']\",\"['B-PER','O']\"", "bad-list"),
        ("\"['Ann', 'left'] + []\",\"['B-PER','O']\"", "bad-list"),
        ("\"['Ann', ['left']]\",\"['B-PER','O']\"", "bad-list"),
        ("\"[1, 2]\",\"['B-PER','O']\"", "wrong-type"),
        ("\"['Ann', 'left']\",\"[__import__('os'), 'O']\"", "bad-list"),
    ],
)
def test_malformed_lists(tmp_path: Path, row: str, code: str) -> None:
    text = "tokens,ner_tags\n\"['Bo', 'ran']\",\"['B-PER', 'O']\"\n" + row + "\n"
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert (caught.value.code, caught.value.line) == (code, 3)
    log = ReadLog()
    assert len(read(tmp_path, text, log, on_error="skip")) == 1
    assert log.problem_counts[code] == 1
    assert log.ledger().balanced


def test_a_sentence_may_begin_with_a_bracket(tmp_path: Path) -> None:
    (document,) = read(tmp_path, "text,labels\n[ Ann left ],O B-PER O O\n")
    assert document.words == ["[", "Ann", "left", "]"]


def test_what_separates_words(tmp_path: Path) -> None:
    (document,) = read(tmp_path, 'text,labels\n"a  b\nc\td\xa0e ","O O\nO O"\n')
    assert document.words == ["a", "b", "c", "d\xa0e"]


@pytest.mark.parametrize(
    ("row", "code", "line"),
    [
        ("New York,B-geo", "length-mismatch", 3),
        ("Ben,B-per O", "length-mismatch", 3),
        (",", "length-mismatch", 3),
        ("10,000 men,O O", "column-count", 3),
        ("Ben", "truncated", 3),
        ('"Ben,B-per', "unterminated-quote", 3),
        ("Ben,I-per", "illegal-tag", 3),
        ("Ben,per", "unknown-tag", 3),
        ('"a\nb",O O\nc,I-per', "illegal-tag", 5),
    ],
)
def test_malformed(tmp_path: Path, row: str, code: str, line: int) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, f"{GOOD}{row}\n")
    assert (caught.value.code, caught.value.path, caught.value.line) == (code, str(tmp_path / "f.csv"), line)


MISMATCHED = GOOD + "Ben of Rome,B-per O\nBonn,B-geo\n10\xa0000 men,O O O\nin Ulm\xa0now,O B-geo I-geo\n"


def test_rows_that_differ_are_reported_one_by_one(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, MISMATCHED)
    assert str(caught.value).startswith(f"{tmp_path / 'f.csv'}:3:1: 3 words and 2 tags;")
    assert str(caught.value).endswith("[Ben of Rome]")
    log = ReadLog()
    documents = read(tmp_path, MISMATCHED, log, on_error="skip")
    assert [document.id for document in documents] == ["f:1", "f:3"]
    assert log.ledger().dropped == {"length-mismatch": 2}
    assert [(problem.line, problem.message[:20]) for problem in log.problems] == [
        (3, "3 words and 2 tags; "),
        (5, "2 words and 3 tags; "),
        (6, "2 words and 3 tags; "),
    ]


def test_repair_takes_every_white_space_as_a_separator_if_that_fits(tmp_path: Path) -> None:
    log = ReadLog()
    documents = read(tmp_path, MISMATCHED, log, on_error="repair")
    assert [document.text for document in documents] == [
        "New York is big",
        "Bonn",
        "10 000 men",
        "in Ulm now",
    ]
    assert log.ledger().dropped == {"length-mismatch": 1}
    assert log.ledger().kept == 3
    assert log.problem_counts == {"length-mismatch": 3}


@pytest.mark.parametrize("text", ["", "text,labels\n"])
def test_empty_or_header_only(tmp_path: Path, text: str) -> None:
    log = ReadLog()
    assert read(tmp_path, text, log, allow_empty=True) == []
    assert log.problem_counts == {"empty-file": 1}


@pytest.mark.parametrize("word", ["New York", "a\tb", "a\n"])
def test_words_that_cannot_be_written(word: str) -> None:
    with pytest.raises(DataError) as caught:
        write_documents(io.StringIO(), [document_from_sentences("d", [[word]])], "text-tags-csv")
    assert caught.value.code == "not-writable"


WORD = st.text(st.sampled_from("ab,\"'\xa0\u2028é#"), min_size=1, max_size=5).filter(
    lambda w: not w.isspace()
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(WORD, st.sampled_from([None, "x", "y"])), min_size=1, max_size=6), max_size=5
    ),
    st.sampled_from(sorted(set(SCHEMES) - {"IO"})),
)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[tuple[str, str | None]]], scheme: str
) -> None:
    documents = [
        document_from_sentences(
            "d",
            [[word for word, _ in row]],
            [(0, at, at + 1, label) for at, (_, label) in enumerate(row) if label is not None],
        )
        for row in rows
    ]
    path = tmp_path_factory.mktemp("rows") / "f.csv"
    written = write_documents(path, documents, "text-tags-csv", scheme)
    again = list(read_documents(path, ReadOptions(format="text-tags-csv", scheme=scheme, allow_empty=True)))
    assert [(d.text, d.tokens, d.entities) for d in again] == [
        (d.text, d.tokens, d.entities) for d in documents
    ]
    assert written.kept == sum(len(document.entities) for document in documents)


@pytest.mark.parametrize("name", ["word_labels", "tag list", "NER_labels"])
@pytest.mark.parametrize("cell", ['"B-PER,O,B-LOC"', '"B-PER, O, B-LOC"', "B-PER O B-LOC"])
def test_tags_between_commas(tmp_path: Path, name: str, cell: str) -> None:
    text = f"sentence,{name}\nAnn left Oslo,{cell}\n"
    (document,) = read(tmp_path, text, format=None)
    assert [(span.text, span.label) for span in document.entities] == [("Ann", "PER"), ("Oslo", "LOC")]
