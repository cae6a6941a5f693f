"""Kaggle's GMB corpus, a token a row."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import ConfigError, DataError
from onoma.readers import (
    ReadLog,
    ReadOptions,
    detect_format,
    read_documents,
    write_documents,
)
from onoma.tags import SCHEMES
from onoma.text import Document, document_from_sentences

HEADER = "Sentence #,Word,POS,Tag\n"
TWO = HEADER + "Sentence: 1,London,NNP,B-geo\n,protest,NN,O\nSentence: 2,Ben,NNP,B-per\n,Ali,NNP,I-per\n"


def read(folder: Path, text: str, log: ReadLog | None = None, **options: object) -> list[Document]:
    path = folder / "f.csv"
    path.write_bytes(text.encode())
    return list(read_documents(path, ReadOptions(**{"format": "gmb-csv"} | options), log))  # type: ignore[arg-type]


def mentions(documents: list[Document]) -> list[tuple[str, str]]:
    return [(span.text, span.label) for document in documents for span in document.entities]


def test_each_sentence_is_a_document(tmp_path: Path) -> None:
    one, two = read(tmp_path, TWO)
    assert (one.id, one.text, one.words) == ("f:1", "London protest", ["London", "protest"])
    assert mentions([one, two]) == [("London", "geo"), ("Ben Ali", "per")]


@pytest.mark.parametrize(
    "token", ["None", "NA", "NaN", "null", '"', ",", '""', "5\xa0storm", "1,00,000", "nan"]
)
def test_tokens_survive(tmp_path: Path, token: str) -> None:
    quoted = '"' + token.replace('"', '""') + '"'
    for field in {token if not {'"', ","} & {*token} else quoted, quoted}:
        assert read(tmp_path, f"{HEADER}Sentence: 1,{field},NN,O\r\n,x,NN,O\r\n")[0].words == [token, "x"]


@pytest.mark.parametrize(
    "header",
    [
        "Tag,POS,Word,Sentence #",
        "tag,pos,token,sentence_id",
        "NER_tag,x,Words,sentence_idx",
        "labels,x,tokens,Sentence",
    ],
)
def test_columns_are_found_by_name_in_any_order(tmp_path: Path, header: str) -> None:
    text = f"{header}\nB-geo,NNP,London,Sentence: 1\nO,NN,protest,\nB-per,NNP,Ben,Sentence: 2\n"
    assert [document.words for document in read(tmp_path, text)] == [["London", "protest"], ["Ben"]]
    assert detect_format(tmp_path / "f.csv").name == "gmb-csv"


def test_the_sentence_may_be_named_on_each_row(tmp_path: Path) -> None:
    text = "sentence_idx,word,tag\n1.0,a,O\n1.0,b,O\n2.0,c,O\n2.0,d,O\n1.0,e,O\n"
    assert [document.text for document in read(tmp_path, text)] == ["a b", "c d", "e"]


def test_a_name_that_comes_again_opens_a_sentence(tmp_path: Path) -> None:
    text = HEADER + "Sentence: 1,a,,O\n,b,,O\nSentence: 1,c,,O\n"
    assert [document.text for document in read(tmp_path, text)] == ["a b", "c"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Sentence #;Word;POS;Tag\nSentence: 1;Ann;NNP;B-per\n;left;VBD;O\n", ["Ann left"]),
        ("Sentence #\tWord\tPOS\tTag\n1\tAnn\tNNP\tB-per\n2\tleft\tVBD\tO\n", ["Ann", "left"]),
        ("Word,Tag\nAnn,B-per\nleft,O\n,\nOslo,B-geo\n", ["Ann left", "Oslo"]),
        ("Word,Tag\nAnn,B-per\nleft,O\n\n\nOslo,B-geo\n", ["Ann left", "Oslo"]),
        ("Word;Tag\nAnn;B-per\nleft;O\n;\n;\nOslo;B-geo\n;\n", ["Ann left", "Oslo"]),
        (",Word,Tag\n0,Ann,B-per\n1,left,O\n2,,\n3,Oslo,B-geo\n", ["Ann left", "Oslo"]),
        (",Sentence #,Word,Tag\n0,Sentence: 1,Ann,B-per\n1,,left,O\n2,Sentence: 2,b,O\n", ["Ann left", "b"]),
        ("Word,Tag\nAnn,B-per\nleft,O\n.,O\nOslo,B-geo\n?,O\n", ["Ann left .", "Oslo ?"]),
        ("Word,Tag\nAnn,B-per\nleft,O\n", ["Ann left"]),
    ],
)
def test_other_delimiters_and_ends_of_sentences(tmp_path: Path, text: str, sentences: list[str]) -> None:
    path = tmp_path / "noname"
    path.write_text(text)
    assert detect_format(path).name == "gmb-csv"
    log = ReadLog()
    assert [document.text for document in read_documents(path, log=log)] == sentences
    assert log.ledger().balanced
    told = "Word,Tag" in text and "\n," not in text and "\n\n" not in text and "2,," not in text
    assert bool(log.problem_counts["sentence-ends"]) == (told and "#" not in text)


def test_no_known_columns_are_said_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no known columns in the header \(it has a, b\)"):
        read(tmp_path, "a,b\n1,2\n")


def test_the_tag_column_may_be_named(tmp_path: Path) -> None:
    text = "Sentence #,Word,Tag,NER\n1,London,NNP,B-geo\n"
    assert mentions(read(tmp_path, text, tag_column=4)) == [("London", "geo")]
    with pytest.raises(DataError, match="several columns for the tag"):
        read(tmp_path, text)
    with pytest.raises(DataError, match="no column for the tag"):
        read(tmp_path, text, tag_column=5)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a,b\n1,2\n", "header", 1, None),
        ("Word,POS,Label,Tag\na,b,O,O\n", "header", 1, None),
        ("Word,Tag\n" + "a,O\n" * 1001, "no-sentence", 2, None),
        ("Word,Tag\na,B-per\n\nb,I-per\n", "illegal-tag", 4, 2),
        ("Word,Tag\na,O\n,\n,O\n", "empty-word", 4, 1),
        ('Sentence #,"Word,POS,Tag\n', "unterminated-quote", 1, 2),
        (HEADER + ",a,,O\n", "no-sentence", 2, 1),
        (TWO + "Sentence: 3,a,O\n,b,,O\n", "column-count", 6, 4),
        (TWO + "Sentence: 3,10,000,CD,O\n,b,,O\n", "column-count", 6, 5),
        (TWO + "Sentence: 3,a", "truncated", 6, 3),
        (TWO + 'Sentence: 3,",``,O\n,b,NN,O\n', "unterminated-quote", 6, 2),
        (TWO + 'Sentence: 3,",``,O\n,b,NN,O\n,",``,O\n,c,NN,O\n', "unterminated-quote", 6, 2),
        (TWO + 'Sentence: 3,5",CD,O\n,b,NN,O\n', "stray-quote", 6, 2),
        (TWO + "Sentence: 3,,NN,O\n", "empty-word", 6, 2),
        (TWO + "Sentence: 3,a,NN,\n", "empty-tag", 6, 4),
        (TWO + "Sentence: 3,a,NN,geo\n", "unknown-tag", 6, 4),
        (TWO + "Sentence: 3,a,NN,O\n,b,NN,I-geo\n", "illegal-tag", 7, 4),
        (TWO + 'Sentence: 3,"a\nb",NN,O\n,b,NN,I-geo\n', "illegal-tag", 8, 4),
        (TWO + "\nSentence: 3,a,NN,O\n\n\n,b,NN,I-geo\n", "illegal-tag", 10, 4),
    ],
)
def test_malformed(tmp_path: Path, text: str, code: str, line: int, column: int | None) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    error = caught.value
    assert (error.code, error.path, error.line) == (code, str(tmp_path / "f.csv"), line)
    assert column in (None, error.column)
    assert "\n" not in str(error)


@pytest.mark.parametrize("text", ["", "\n\n", HEADER, HEADER.strip()])
def test_empty_or_header_only(tmp_path: Path, text: str) -> None:
    log = ReadLog()
    assert read(tmp_path, text, log, allow_empty=True) == []
    assert log.problem_counts == {"empty-file": 1}


FAULTY = TWO + 'Sentence: 3,a,,B-geo\n,",,O\n,b,,B-geo\nSentence: 4,c,,O\n,d,,I-geo\nSentence: 5,e,,B-tim\n'


def test_skip_leaves_sentences_out_and_counts(tmp_path: Path) -> None:
    log = ReadLog()
    documents = read(tmp_path, FAULTY, log, on_error="skip")
    assert [document.id for document in documents] == ["f:1", "f:2", "f:5"]
    assert log.ledger().dropped == {"unterminated-quote": 2, "illegal-tag": 1}
    assert [(problem.code, problem.line) for problem in log.problems] == [
        ("unterminated-quote", 7),
        ("illegal-tag", 10),
    ]


def test_repair_mends_tags_as_in_conll(tmp_path: Path) -> None:
    log = ReadLog()
    documents = read(tmp_path, FAULTY, log, on_error="repair")
    assert mentions(documents)[-2:] == [("d", "geo"), ("e", "tim")]
    assert log.ledger().adjusted == {"illegal-tag": 1}
    assert log.ledger().dropped == {"unterminated-quote": 2}


@pytest.mark.parametrize("kind", ["plain", "zip", "gz"])
def test_another_encoding(tmp_path: Path, kind: str) -> None:
    data = (HEADER + "Sentence: 1,Orléans,NNP,B-geo\n,…,:,O\n").replace("\n", "\r\n").encode("cp1252")
    path = tmp_path / {"plain": "d.csv", "zip": "d.csv.zip", "gz": "d.csv.gz"}[kind]
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("d.csv", data)
    else:
        path.write_bytes(gzip.compress(data) if kind == "gz" else data)
    (document,) = read_documents(path, ReadOptions(encoding="cp1252"))
    assert (document.id, document.words) == ("d:1", ["Orléans", "…"])
    with pytest.raises(DataError, match="--encoding cp1252") as caught:
        list(read_documents(path))
    assert caught.value.line == 2


def test_written_as_the_original_but_for_pos() -> None:
    stream = io.StringIO()
    documents = [
        document_from_sentences("d", [["New", "York", '"'], [","]], [(0, 0, 2, "geo")]),
        document_from_sentences("e", [["x"]], [(0, 0, 1, "per")]),
    ]
    assert write_documents(stream, documents, "gmb-csv").kept == 2
    assert stream.getvalue() == (
        HEADER + 'Sentence: 1,New,,B-geo\n,York,,I-geo\n,"""",,O\nSentence: 2,",",,O\nSentence: 3,x,,B-per\n'
    )


@pytest.mark.parametrize("word", ["a\nb", "a\r", "\xa0"])
def test_words_that_cannot_be_written(word: str) -> None:
    with pytest.raises(DataError) as caught:
        write_documents(io.StringIO(), [document_from_sentences("d", [[word]])], "gmb-csv")
    assert caught.value.code == "not-writable"
    with pytest.raises(DataError, match="tokenise"):
        write_documents(io.StringIO(), [Document("d", "raw text")], "gmb-csv")
    with pytest.raises(ConfigError, match="unknown tag scheme"):
        write_documents(io.StringIO(), [], "gmb-csv", "BIOX")


WORD = st.text(st.sampled_from("ab,\"' \t\xa0\u2028é#"), min_size=1, max_size=5).filter(
    lambda w: not w.isspace()
)


@st.composite
def sentences(draw: st.DrawFn, word: st.SearchStrategy[str] = WORD) -> Document:
    words = draw(st.lists(word, min_size=1, max_size=6))
    cuts = sorted(draw(st.sets(st.integers(0, len(words)), max_size=4)))
    spans = [(0, first, end, draw(st.sampled_from(["geo", "per", "x,y"]))) for first, end in pairwise(cuts)]
    return document_from_sentences("d", [words], spans)


@settings(max_examples=150, deadline=None)
@given(st.lists(sentences(), max_size=5), st.sampled_from(sorted(set(SCHEMES) - {"IO"})))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, documents: list[Document], scheme: str) -> None:
    path = tmp_path_factory.mktemp("gmb") / "f.csv"
    written = write_documents(path, documents, "gmb-csv", scheme)
    log = ReadLog()
    again = list(read_documents(path, ReadOptions(format="gmb-csv", scheme=scheme, allow_empty=True), log))
    assert [(d.text, d.tokens, d.entities) for d in again] == [
        (d.text, d.tokens, d.entities) for d in documents
    ]
    assert log.ledger().kept == written.kept == sum(len(document.entities) for document in documents)


def test_the_real_corpus_in_both_layouts(shared_data: Path) -> None:
    path = shared_data / "gmb" / "ner_dataset.csv.zip"
    log, log_of_rows = ReadLog(), ReadLog()
    counts: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    tokens = read_documents(path, ReadOptions(encoding="cp1252"), log)
    rows = read_documents(shared_data / "gmb" / "ner.csv.gz", log=log_of_rows)
    for document, row in zip(tokens, rows, strict=True):
        words = document.words
        counts["sentences"] += 1
        counts["tokens"] += len(words)
        counts["None"] += words.count("None")
        counts["quotes"] += sum('"' in word for word in words)
        counts["no-break space"] += "\xa0" in document.text
        counts["same"] += document.text == row.text and document.entities == row.entities
        labels.update(span.label for span in document.entities)
    assert counts == {
        "sentences": 47_959,
        "tokens": 1_048_575,
        "None": 10,
        "quotes": 3_686,
        "no-break space": 1,
        "same": 47_958,  # the other layout lost the no-break space
    }
    assert (labels.total(), 1 + 2 * len(labels)) == (111_891, 17)
    for ledger in (log.ledger(), log_of_rows.ledger()):
        assert (ledger.read, ledger.kept) == (111_891, 111_891)
    with pytest.raises(DataError, match="--encoding cp1252"):
        list(read_documents(path))
