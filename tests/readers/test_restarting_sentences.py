"""Tables of a token a row whose sentences are counted anew in each document."""

from __future__ import annotations

from pathlib import Path

import pytest

from onoma.readers import ReadLog, read_documents

SENTENCE = (("Anna", "B-PER"), ("Lee", "I-PER"), ("saw", "O"), ("Oslo", "B-LOC"), (".", "O"))


def rows(num_documents: int, *columns: str, sentences: int = 2, separator: str = "\t") -> str:
    lines = []
    for document in range(num_documents):
        for number in range(sentences):
            for at, (word, tag) in enumerate(SENTENCE):
                word = word if at != 1 else f"Lee{document}"
                known = {
                    "doc": f"d{document}",
                    "sent": str(number + 1),
                    "word": word,
                    "tag": tag,
                    "pos": "NN",
                }
                lines.append(separator.join(known[column] for column in columns))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("columns", "count"),
    [
        (("sent", "word", "tag"), 60),
        (("doc", "sent", "word", "tag"), 60),
        (("word", "doc", "sent", "tag"), 60),
        (("doc", "word", "tag"), 30),
        (("doc", "sent", "word", "pos", "tag"), 60),
    ],
)
def test_a_sentence_ends_where_any_of_its_names_does(
    tmp_path: Path, columns: tuple[str, ...], count: int
) -> None:
    (tmp_path / "f.tsv").write_text(rows(30, *columns))
    log = ReadLog()
    documents = list(read_documents(tmp_path / "f.tsv", log=log))
    assert len(documents) == count
    assert log.ledger().kept == 120
    assert {span.text.split()[0] for one in documents for span in one.entities} == {"Anna", "Oslo"}


def test_endless_digits_are_no_numbers(tmp_path: Path) -> None:
    digits = "9" * 5_000
    (tmp_path / "f.tsv").write_text(
        f"1\tAnna\tB-PER\n1\tran\tO\n{digits}\tOslo\tB-LOC\n{digits}\tBo\tO\n" * 20
    )
    assert sum(len(one.entities) for one in read_documents(tmp_path / "f.tsv")) == 40


def test_flags_are_no_names_of_sentences(tmp_path: Path) -> None:
    (tmp_path / "f.conll").write_text("the 0 O\nbig 0 O\nNew 1 B-LOC\nYork 1 I-LOC\n" * 40)
    (document,) = read_documents(tmp_path / "f.conll")
    assert len(document.entities) == 40


def test_a_column_that_is_called_so_and_numbers_rows_names_no_documents(tmp_path: Path) -> None:
    rows = "Sentence: 1,1,Anna,B-PER\n,2,Smith,I-PER\n,3,ran,O\nSentence: 2,4,Bob,B-PER\n,5,Lee,I-PER\n"
    (tmp_path / "f.csv").write_text(f"Sentence #,Document,Word,Tag\n{rows}")
    assert [one.text for one in read_documents(tmp_path / "f.csv")] == ["Anna Smith ran", "Bob Lee"]


def test_one_sentence_a_document_all_of_one_number(tmp_path: Path) -> None:
    (tmp_path / "f.tsv").write_text(rows(30, "doc", "sent", "word", "tag", sentences=1))
    assert len(list(read_documents(tmp_path / "f.tsv"))) == 30


@pytest.mark.parametrize("header", ["doc_id,sentence_id,token,ner_tag", "document,Sentence #,Word,Tag"])
def test_documents_that_are_named_end_sentences(tmp_path: Path, header: str) -> None:
    body = "a,1,Anna,B-PER\na,1,left,O\na,2,Bo,B-PER\nb,1,Oslo,B-LOC\nb,1,Bay,I-LOC\n"
    body += "c,1,Bergen,B-LOC\nc,2,Ed,B-PER\n"
    (tmp_path / "f.csv").write_text(f"{header}\n{body}")
    documents = list(read_documents(tmp_path / "f.csv"))
    assert [one.text for one in documents] == ["Anna left", "Bo", "Oslo Bay", "Bergen", "Ed"]


def test_documents_end_sentences_where_nothing_names_these(tmp_path: Path) -> None:
    body = "a,Anna,B-PER\na,left,O\nb,Oslo,B-LOC\nb,.,O\nb,Bo,B-PER\nc,Ed,B-PER\n"
    (tmp_path / "f.csv").write_text(f"doc_id,token,ner_tag\n{body}")
    assert [one.text for one in read_documents(tmp_path / "f.csv")] == ["Anna left", "Oslo .", "Bo", "Ed"]
